"""Keys and ledgers at the command line: who acts is asked and recorded, and a fresh installation reaches its first
unlock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

import wsgi
from access.doors.cli import sign_in_for_work
from access.doors.init_cli import found
from archive.doors.root_cli import make_cli
from archive.founding import Plan
from archive.installation import AGENT_SOCKET, Ledgers, passphrase_roots, upgrade_database
from archive.kernel.clock import FixedClock
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.keys.agent import UnlockAgent
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.terms import Tier
from tests.doors_cli.conftest import Answer, Line
from tests.support.house import CHEAP, PASSPHRASES, PASSWORD, START, UNIT
from tests.support.webapp import Site


def _words(tmp_path: Path) -> dict[str, list[str]]:
    """Every command here, with the login whose duty it is."""
    shares: list[str] = []
    for number in range(3):
        (path := tmp_path / f"{number}.txt").write_text("not a share at all")
        shares += ["--share-file", str(path)]
    (tmp_path / "phrase").write_text(PASSPHRASES[Tier.PERSONAL])
    return {
        "unlock": ["keys", "unlock", "--tier", "personal", "--passphrase-file", str(tmp_path / "phrase")],
        "drill": ["keys", "drill", "--tier", "general", *shares],
        "checkpoint": ["ledger", "checkpoint", "--out", str(tmp_path / "pins")],
        "prove": ["ledger", "prove", "entry_" + "a" * 26, str(tmp_path / "proof")],
        "verify": ["ledger", "verify"],
    }


@pytest.mark.parametrize("command", ["unlock", "drill", "checkpoint", "prove", "verify"])
def test_nothing_is_done_for_nobody_or_for_another_duty(anjuan: Line, tmp_path: Path, command: str) -> None:
    words = _words(tmp_path)[command]
    nobody = anjuan(*words)
    assert (nobody.code, "--as" in nobody.err) == (2, True)
    for login in ("archivist", "security", "party"):
        assert anjuan(*words, login=login).reasons == ["access.duty-lacking"]
    assert not (tmp_path / "pins").exists() and not (tmp_path / "proof").exists()


def test_a_drill_with_other_shares_fails_and_is_recorded(site: Site, anjuan: Line, tmp_path: Path) -> None:
    answer = anjuan(*_words(tmp_path)["drill"], login="confidentiality")
    assert answer.reasons == ["archive.drill-failed"]
    drilled = site.house.ports.get(Ledgers).entries("keys.drilled", "general")[0]
    assert drilled.body is not None
    assert drilled.body["actor"]["id"] == site.house.people["confidentiality"].id
    assert drilled.body["facts"] == {"tier": "general", "ok": False, "shares": 3}


def test_unlocking_needs_the_serving_process(site: Site, anjuan: Line, tmp_path: Path) -> None:
    answer = anjuan(*_words(tmp_path)["unlock"], login="confidentiality")
    assert answer.reasons == ["archive.agent-absent"]
    assert not site.house.ports.get(Ledgers).entries("keys.unlock-granted", "personal")


def test_audits_and_proofs_name_the_auditor(site: Site, anjuan: Line, tmp_path: Path) -> None:
    assert anjuan("ledger", "checkpoint", login="auditor").code == 0
    assert anjuan("ledger", "checkpoint", login="sysadmin").code == 0
    assert anjuan("ledger", "verify", login="sysadmin").reasons == ["access.duty-lacking"]
    assert anjuan("ledger", "verify", login="auditor").code == 0
    unknown = anjuan(*_words(tmp_path)["prove"], login="auditor")
    assert unknown.reasons == ["archive.ledger-entry-unknown"]
    ledgers = site.house.ports.get(Ledgers)
    (audit, *_) = ledgers.entries("ledger.audit-begun", "")
    assert audit.body is not None and audit.body["actor"]["id"] == site.house.people["auditor"].id


@dataclass
class Fresh:
    """An installation as ``init`` left it, with the serving process's agent beside it."""

    path: Path
    secrets: Path
    ports: Ports
    roots: PassphraseRoots
    work: Path

    def type(self, *words: str, login: str = "", password: str = PASSWORD) -> Answer:
        (secret := self.work / "password").write_text(password)
        who = ["--as", login, "--password-file", str(secret)] if login else []
        cli = make_cli(lambda home, unlock: self.ports, sign_in_for_work, wsgi.PACKAGES, wsgi.cli.commands.values())
        done = CliRunner().invoke(cli, ["--home", str(self.path), "--json", *who, *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    def set_password(self, login: str, one_time: Path) -> None:
        (new := self.work / "new").write_text(PASSWORD)
        old = one_time.read_text("utf-8").strip()
        answer = self.type("user", "password", "--new-password-file", str(new), login=login, password=old)
        assert answer.code == 0, answer.out + answer.err


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    clock, home = FixedClock(START), tmp_path / "home"
    plan = Plan(home, "trial", PASSPHRASES, memory_kib=CHEAP)
    opens = partial(wsgi.make_ports, clock=clock)
    founded = found(plan, clock, opens, upgrade_database, tmp_path / "secrets")
    roots = passphrase_roots(founded.ports.get(Home), clock, memory_kib=CHEAP)
    roots.open_general()
    agent = UnlockAgent(home.joinpath(*AGENT_SOCKET), roots)
    (work := tmp_path / "work").mkdir()
    yield Fresh(home, founded.secrets_dir, founded.ports, roots, work)
    agent.close()


def test_a_fresh_installation_reaches_its_first_unlock_by_its_own_people(fresh: Fresh) -> None:
    for login in ("sysadmin", "security"):
        fresh.set_password(login, fresh.secrets / f"{login}.one-time-password")
    once = fresh.work / "baomi.once"
    added = fresh.type(
        "user", "add", "baomi", "保密员", "--unit", UNIT, "--one-time-file", str(once),
        login="sysadmin",
    )  # fmt: skip
    assert added.code == 0, added.out + added.err
    duty = ("user", "duty", "baomi", "confidentiality_officer", "--unit", "*")
    assert fresh.type(*duty, login="security").code == 0
    fresh.set_password("baomi", once)
    officer = {"login": "baomi"}

    (phrase := fresh.work / "phrase").write_text("not the passphrase")
    unlock = ("keys", "unlock", "--tier", "personal", "--passphrase-file", str(phrase), "--hours", "2")
    assert fresh.type(*unlock, **officer).reasons == ["archive.tier-secret-wrong"]
    assert not fresh.roots.is_unlocked(Tier.PERSONAL)
    phrase.write_text(PASSPHRASES[Tier.PERSONAL])
    opened = fresh.type(*unlock, **officer)
    assert (opened.code, json.loads(opened.out)["until"]) == (0, "2026-11-24T04:00:00+00:00")
    assert fresh.roots.is_unlocked(Tier.PERSONAL) and not fresh.roots.is_unlocked(Tier.TRADE)
    (granted,) = fresh.ports.get(Ledgers).entries("keys.unlock-granted", "personal")
    assert granted.body is not None and granted.body["actor"]["name"] == "保密员"

    shares = [word for n in (1, 3, 5) for word in ("--share-file", str(fresh.secrets / f"share-personal-{n}.txt"))]
    assert fresh.type("keys", "drill", "--tier", "personal", *shares, **officer).code == 0


def test_the_keys_are_backed_up_by_the_administrator_and_it_is_recorded(
    site: Site, anjuan: Line, tmp_path: Path
) -> None:
    assert anjuan("keys", "backup", str(tmp_path / "no"), login="archivist").reasons == ["access.duty-lacking"]
    assert not (tmp_path / "no").exists()
    done = anjuan("keys", "backup", str(tmp_path / "backup"), login="sysadmin")
    assert done.code == 0 and (tmp_path / "backup" / "backup.json").is_file()
    epoch = done.json["epoch"]
    (entry, *_) = site.house.holdings.checkpoints.entries("keys.backed-up", f"keys/{epoch}")
    assert entry.body is not None and entry.body["facts"]["folder"] == str(tmp_path / "backup")
