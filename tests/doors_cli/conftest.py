"""The command line over a house with one sealed case, in this process: what a person types and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import wsgi
from access.doors.cli import sign_in_for_work
from archive.doors.root_cli import make_cli
from tests.support.house import PASSWORD, House
from tests.support.webapp import Site, shared_site


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def reasons(self) -> list[str]:
        return [reason["code"] for reason in self.json["refused"]]


Line = Callable[..., Answer]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A house with one sealed, indexed case; tests add to it and take nothing away."""
    return shared_site(tmp_path_factory)


@pytest.fixture(scope="session")
def anjuan(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """``anjuan(words…, login=…)`` types a command with ``--json`` and gives the answer."""
    folder = tmp_path_factory.mktemp("line")
    (folder / "password").write_text(PASSWORD + "\n", "utf-8")
    return make_line(site.house, folder / "password")


def make_line(house: House, password: Path) -> Line:
    commands = wsgi.cli.commands.values()
    cli = make_cli(lambda home, unlock: house.ports, sign_in_for_work, wsgi.PACKAGES, commands)

    def typed(*words: str, login: str = "", as_json: bool = True, lang: str = "en") -> Answer:
        shared = ["--home", str(house.path), "--lang", lang, *(["--json"] if as_json else [])]
        who = ["--as", login, "--password-file", str(password)] if login else []
        done = CliRunner().invoke(cli, [*shared, *who, *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return typed
