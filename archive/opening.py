"""Opening 开启馆藏: the ports of the holdings of one installation."""

from __future__ import annotations

from archive.installation import Ledgers, open_store
from archive.kernel.clock import Clock
from archive.kernel.holds import HoldCheck
from archive.kernel.settings import Home
from archive.kernel.work import Works
from archive.keys.store import KeyStore
from archive.ports import Holdings
from archive.sealing_parts import open_sealing
from archive.spec.editions import spec_files

VERSION = "0.1.0"


def open_holdings(
    home: Home, works: Works, keys: KeyStore, ledgers: Ledgers, holds: HoldCheck, clock: Clock
) -> Holdings:
    """Store, keys, seals and ledger of the installation, ready for every deed of the holdings."""
    store = open_store(home)
    store.init(spec_files())
    settings = home.settings
    return Holdings(
        settings.bureau.archive_id,
        settings.bureau,
        settings.grade == "trial",
        works,
        store,
        keys,
        open_sealing(home, keys, clock),
        ledgers,
        holds,
        f"Anjuan 案卷 {VERSION}",
        settings.witness.folder,
    )
