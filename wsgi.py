"""Porch 门厅: joins settings, ports and doors. Builds nothing when imported; functions make everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import access.doors.cli
import archive.doors.cli
import ingest.doors.cli
import retention.doors.cli
import search.doors.cli
import search.doors.tasks
from access.copies import HoldingsCopyMaker, LocalCopyStore, RequestTexts
from access.doors.init_cli import make_init
from access.guard import TableGuard
from access.ports import Counter
from access.service.signing_in import sign_in
from archive.doors.console import Console
from archive.doors.service_cli import make_service_commands, run_once
from archive.installation import (
    KeyBodies,
    Ledgers,
    open_keys,
    open_ledgers,
    open_roots,
    open_sessions,
    open_store,
    spec_files,
    unlocked_roots,
    upgrade_database,
)
from archive.kernel.clock import Clock, SystemClock
from archive.kernel.database import Sessions
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue, Refusal
from archive.kernel.settings import Home, read_home
from archive.kernel.work import Works
from archive.keys.roots import RootProvider
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ledger.service.journal import journal_maker
from archive.ports import Holdings
from archive.rules.markings import tier_of
from archive.sealing_parts import open_sealing
from archive.service.destroying import TOPIC, destruction_handler
from ingest.doors.demo_cli import make_demo
from ingest.ports import TakeIn, open_take_in
from retention.service import Holds
from search.engines.fts5 import Fts5Engine
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.terms import IndexKey

PACKAGES = ("archive", "access", "retention", "search", "ingest")
VERSION = "0.1.0"


def make_ports(
    path: Path, clock: Clock | None = None, roots: RootProvider | None = None, unlock_dir: Path | None = None
) -> Ports:
    """The ports of the installation in ``path``; each is made when a door first asks for it."""
    home, now = read_home(path), clock or SystemClock()
    ports: Ports

    def open_root_provider() -> RootProvider:
        return roots or (unlocked_roots(home, now, unlock_dir) if unlock_dir else open_roots(home, now))

    factories: dict[type[Any], Callable[[], Any]] = {
        Home: lambda: home,
        Clock: lambda: now,
        Sessions: lambda: open_sessions(home),
        KeyStore: lambda: open_keys(home, open_root_provider()),
        Ledgers: lambda: open_ledgers(home, ports.get(KeyStore), ports.get(Sessions), now),
        Works: lambda: Works(ports.get(Sessions), now, TableGuard, journal_maker(KeyBodies(ports.get(KeyStore)))),
        Holdings: lambda: _holdings(ports, home, now),
        TakeIn: lambda: open_take_in(ports.get(Holdings), home.settings),
        Counter: lambda: _counter(ports, home),
        SearchPorts: lambda: _search(ports, home),
        Catalogue: lambda: Catalogue.load(PACKAGES),
    }
    ports = Ports(factories)
    return ports


def _holdings(ports: Ports, home: Home, clock: Clock) -> Holdings:
    keys, settings = ports.get(KeyStore), home.settings
    store = open_store(home)
    store.init(spec_files())
    sealing = open_sealing(home, keys, clock)
    return Holdings(
        settings.bureau.archive_id,
        settings.bureau,
        settings.grade == "trial",
        ports.get(Works),
        store,
        keys,
        sealing,
        ports.get(Ledgers),
        Holds(),
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


def handlers(ports: Ports) -> dict[str, Callable[[Any], None]]:
    """What follows from the outbox, by topic."""
    holdings = ports.get(Holdings)
    indexing = search.doors.tasks.handlers(ports.get(Works), ports.get(SearchPorts), HoldingsForSearch(holdings))
    return {**indexing, TOPIC: destruction_handler(holdings)}


def _open_demo(path: Path, passphrases: Path) -> Ports:
    return make_ports(path, unlock_dir=passphrases)


def serve_pages(ports: Ports, host: str, port: int) -> None:
    """Serves the pages until stopped."""
    raise NotImplementedError


class _Lines(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; a refusal becomes its text and exit code 3."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            console: Console = ctx.obj
            console.refuse(refusal)


@click.group(cls=_Lines, help="案卷 Anjuan: an archive for closed administrative enforcement cases")
@click.option("--home", default="anjuan-home", envvar="ANJUAN_HOME", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output")
@click.option("--as", "login", default="", envvar="ANJUAN_AS", help="以谁的身份 · who acts")
@click.option("--password-file", default="", envvar="ANJUAN_PASSWORD_FILE", help="口令文件 · file with the password")
@click.option(
    "--unlock-dir", default=None, envvar="ANJUAN_UNLOCK_DIR", type=click.Path(path_type=Path), help="<tier>.txt"
)
@click.option("--lang", default="zh", envvar="ANJUAN_LANG", type=click.Choice(["zh", "en"]))
@click.pass_context
def cli(ctx: click.Context, /, home: Path, unlock_dir: Path | None, **words: Any) -> None:
    """The command line."""
    ctx.obj = Console(
        home,
        words["as_json"],
        words["lang"],
        lambda path: make_ports(path, unlock_dir=unlock_dir),
        lambda ports, name, secret: sign_in(ports.get(Works), name, secret),
        Catalogue.load(PACKAGES),
        words["login"],
        words["password_file"],
    )


for _command in (
    make_init(make_ports, upgrade_database),
    make_demo(_open_demo, upgrade_database, lambda ports: run_once(ports, handlers), serve_pages),
    *make_service_commands(handlers),
    *archive.doors.cli.commands,
    *ingest.doors.cli.commands,
    *access.doors.cli.commands,
    *retention.doors.cli.commands,
    *search.doors.cli.commands,
):
    cli.add_command(_command)
