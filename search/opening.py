"""Opening 开启检索: the ports of search of one installation, on encrypted index files in its folder."""

from __future__ import annotations

from pathlib import Path

from archive.keys.store import KeyStore
from archive.ports import Holdings
from archive.rules.markings import tier_of
from archive.terms import Tier
from search.engines.fts5 import Fts5Engine
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.terms import IndexKey


def open_search(holdings: Holdings, keys: KeyStore, folder: Path) -> SearchPorts:
    """The default engine; each index file has a key of its own under the tier of what it holds."""
    source = HoldingsForSearch(holdings)

    def key_for(key: IndexKey) -> bytes:
        purpose = f"index/{key.unit}/{key.marking_set}/{key.case_id or '-'}"
        return keys.derive(purpose, tier_of(key.level, key.kinds))

    secret = keys.derive("index-names", Tier.GENERAL)
    return SearchPorts(Fts5Engine(folder, key_for), secret, source, source, keys.is_unlocked)
