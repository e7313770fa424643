"""Porch 门厅: joins settings, ports and doors. Builds nothing when imported; functions make everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

import access.doors.cli
import access.doors.web
import archive.doors.cli
import archive.doors.web.door
import ingest.doors.cli
import ingest.doors.web
import retention.doors.cli
import retention.doors.web
import search.doors.cli
import search.doors.tasks
import search.doors.web
from access.copies import open_counter
from access.doors.init_cli import make_init
from access.guard import TableGuard
from access.ports import Counter
from access.service.gone_cases import gone_case_handler
from archive.doors.page_reading import start_reader
from archive.doors.root_cli import make_cli
from archive.doors.service_cli import LongWork, Passes, make_service_commands, run_once
from archive.doors.serving import serve
from archive.doors.web.app import make_flask
from archive.installation import (
    AGENT_SOCKET,
    KeyBodies,
    Ledgers,
    open_keys,
    open_ledgers,
    open_roots,
    open_sessions,
    unlocked_roots,
    upgrade_database,
)
from archive.kernel.clock import Clock, SystemClock
from archive.kernel.database import Sessions
from archive.kernel.house import require_own_names
from archive.kernel.outbox import in_turn
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue
from archive.kernel.settings import Home, read_home
from archive.kernel.work import Works
from archive.keys.agent import UnlockAgent
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.roots import RootProvider
from archive.keys.store import KeyStore
from archive.ledger.service.journal import journal_maker
from archive.opening import open_holdings
from archive.ports import Holdings
from archive.service.destroying import GONE, TOPIC, destruction_handler
from ingest.doors.demo_cli import make_demo
from ingest.doors.tasks import receive_once, start_receiver
from ingest.ports import TakeIn, open_take_in
from ingest.service.recovery import recover
from retention.service import Holds
from search.holdings import HoldingsForSearch
from search.opening import open_search
from search.ports import SearchPorts

PACKAGES = ("archive", "access", "retention", "search", "ingest")


def make_ports(
    path: Path, unlock_dir: Path | None = None, clock: Clock | None = None, roots: RootProvider | None = None
) -> Ports:
    """The ports of the installation in ``path``, each made when a door first asks for it; every tier is opened whose
    passphrase lies in ``unlock_dir``.
    """
    require_own_names()
    home, now = read_home(path), clock or SystemClock()
    ports: Ports

    factories: dict[type[Any], Callable[[], Any]] = {
        Home: lambda: home,
        Clock: lambda: now,
        Sessions: lambda: open_sessions(home),
        RootProvider: lambda: roots or (unlocked_roots(home, now, unlock_dir) if unlock_dir else open_roots(home, now)),
        KeyStore: lambda: open_keys(home, ports.get(RootProvider)),  # type: ignore[type-abstract]
        Ledgers: lambda: open_ledgers(home, ports.get(KeyStore), ports.get(Sessions), now),
        Works: lambda: Works(ports.get(Sessions), now, TableGuard, journal_maker(KeyBodies(ports.get(KeyStore)))),
        Holdings: lambda: open_holdings(home, ports.get(Works), ports.get(KeyStore), ports.get(Ledgers), Holds(), now),
        TakeIn: lambda: open_take_in(ports.get(Holdings), home.settings),
        Counter: lambda: open_counter(ports.get(Holdings), ports.get(KeyStore), home.place("releases")),
        SearchPorts: lambda: open_search(ports.get(Holdings), ports.get(KeyStore), home.place("index")),
        Catalogue: lambda: Catalogue.load(PACKAGES),
    }
    ports = Ports(factories)
    return ports


def handlers(ports: Ports) -> dict[str, Callable[[Any], None]]:
    """What follows from the outbox, by topic."""
    holdings = ports.get(Holdings)
    indexing = search.doors.tasks.handlers(ports.get(Works), ports.get(SearchPorts), HoldingsForSearch(holdings))
    gone = in_turn(indexing[GONE], gone_case_handler(ports.get(Counter)))
    return {**indexing, GONE: gone, TOPIC: destruction_handler(holdings)}


def recover_ports(ports: Ports) -> list[str]:
    """Brings to its end, or back to its beginning, what was under way in an installation; gives the alarms."""
    return recover(ports.get(TakeIn), ports.get(Counter)).alarms


def make_app(ports: Ports) -> Flask:
    """The web application of an installation, staff pages and reading room."""
    doors = (archive.doors.web.door.door, access.doors.web.door, search.doors.web.door, retention.doors.web.door)
    return make_flask(ports, (*doors, ingest.doors.web.door), import_name=__name__)


def serve_pages(ports: Ports, host: str, port: int, listens: Callable[[str], None]) -> None:
    """Serves the pages until stopped, and tells the address once it listens there; tiers that ``ports`` has unlocked
    stay so, others by ``keys unlock``.
    """
    home, roots = ports.get(Home), ports.get(RootProvider)  # type: ignore[type-abstract]

    def open_app() -> tuple[Flask, Callable[[], object]]:
        fresh = make_ports(home.path, roots=roots)
        if isinstance(roots, PassphraseRoots):
            fresh.keep(UnlockAgent(home.place(*AGENT_SOCKET), roots))
        start_reader(fresh)
        start_receiver(fresh)
        return make_app(fresh), Passes(fresh, handlers, recover_ports)

    serve(host, port, open_app, lambda: listens(f"http://{host}:{port}"))


cli = make_cli(
    make_ports,
    access.doors.cli.sign_in_for_work,
    PACKAGES,
    (
        make_init(make_ports, upgrade_database),
        make_demo(make_ports, upgrade_database, lambda ports: run_once(ports, handlers)),
        *make_service_commands(handlers, serve_pages, recover_ports, LongWork(start_receiver, receive_once)),
        *archive.doors.cli.commands,
        *ingest.doors.cli.commands,
        *access.doors.cli.commands,
        *retention.doors.cli.commands,
        *search.doors.cli.commands,
    ),
)
