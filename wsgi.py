"""Porch 门厅: joins settings, ports and doors. Builds nothing when imported; functions make everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import access.tables
import archive.tables
import retention.tables
import search.tables
from access.copies import HoldingsCopyMaker, LocalCopyStore, RequestTexts
from access.guard import TableGuard
from access.ports import Counter
from archive.installation import (
    KeyBodies,
    Ledgers,
    open_keys,
    open_ledgers,
    open_roots,
    open_sessions,
    open_store,
    spec_files,
)
from archive.kernel.clock import Clock, SystemClock
from archive.kernel.database import Sessions
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue
from archive.kernel.settings import Home, read_home
from archive.kernel.work import Works
from archive.keys.roots import RootProvider
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ledger.service.journal import journal_maker
from archive.ports import Holdings
from archive.rules.markings import tier_of
from archive.sealing_parts import open_sealing
from search.engines.fts5 import Fts5Engine
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.terms import IndexKey

PACKAGES = ("archive", "access", "retention", "search", "ingest")
VERSION = "0.1.0"
TABLES = (access.tables, archive.tables, retention.tables, search.tables)


def make_ports(path: Path, clock: Clock | None = None, roots: RootProvider | None = None) -> Ports:
    """The ports of the installation in ``path``; each is made when a door first asks for it."""
    home = read_home(path)
    now = clock or SystemClock()
    ports: Ports
    factories: dict[type[Any], Callable[[], Any]] = {
        Home: lambda: home,
        Clock: lambda: now,
        Sessions: lambda: open_sessions(home),
        KeyStore: lambda: open_keys(home, roots or open_roots(home, now)),
        Ledgers: lambda: open_ledgers(home, ports.get(KeyStore), ports.get(Sessions), now),
        Works: lambda: _works(ports, now),
        Holdings: lambda: _holdings(ports, home, now),
        Counter: lambda: _counter(ports, home),
        SearchPorts: lambda: _search(ports, home),
        Catalogue: lambda: Catalogue.load(PACKAGES),
    }
    ports = Ports(factories)
    return ports


def _works(ports: Ports, clock: Clock) -> Works:
    return Works(ports.get(Sessions), clock, TableGuard, journal_maker(KeyBodies(ports.get(KeyStore))))


def _holdings(ports: Ports, home: Home, clock: Clock) -> Holdings:
    keys, settings = ports.get(KeyStore), home.settings
    store = open_store(home)
    store.init(spec_files())
    return Holdings(
        settings.bureau.archive_id,
        settings.bureau,
        settings.grade == "trial",
        ports.get(Works),
        store,
        keys,
        open_sealing(home, keys, clock),
        ports.get(Ledgers),
        f"Anjuan 案卷 {VERSION}",
        settings.witness.folder,
    )


def _counter(ports: Ports, home: Home) -> Counter:
    keys, holdings = ports.get(KeyStore), ports.get(Holdings)
    copies = LocalCopyStore(home.place("releases"), keys.derive("releases", Tier.GENERAL))
    texts = RequestTexts(keys.derive("requests", Tier.GENERAL))
    return Counter(ports.get(Works), holdings, HoldingsCopyMaker(holdings), copies, texts)


def _search(ports: Ports, home: Home) -> SearchPorts:
    keys, source = ports.get(KeyStore), HoldingsForSearch(ports.get(Holdings))

    def key_for(key: IndexKey) -> bytes:
        purpose = f"index/{key.unit}/{key.marking_set}/{key.case_id or '-'}"
        return keys.derive(purpose, tier_of(key.level, key.kinds))

    engine = Fts5Engine(home.place("index"), key_for)
    return SearchPorts(engine, keys.derive("index-names", Tier.GENERAL), source, source)
