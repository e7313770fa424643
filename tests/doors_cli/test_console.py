"""What every command shares: exit codes, one JSON value, languages, secrets that never come as arguments."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import wsgi
from access.doors.cli import sign_in_for_work
from access.identity.passwords import hash_password
from access.service.people import find_person
from access.tables import PersonRow
from archive.doors.console import Console
from archive.kernel.actor import machine_actor, nobody
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue, Refusal
from tests.doors_cli.conftest import Line
from tests.support.house import PASSWORD, UNIT
from tests.support.webapp import Site


def test_a_folder_without_an_installation_is_refused_and_left_alone(tmp_path: Path) -> None:
    done = CliRunner().invoke(wsgi.cli, ["--home", str(tmp_path / "none"), "--lang", "en", "doctor"])
    assert done.exit_code == 3
    assert "[archive.home-missing]" in done.stdout
    assert not (tmp_path / "none").exists()


def test_a_refusal_has_code_basis_and_what_to_do(anjuan: Line) -> None:
    answer = anjuan("case", "show", "J019-ZY·XX·2026·D30-9999", login="archivist")
    assert answer.code == 3
    (reason,) = answer.json["refused"]
    assert reason["code"] == "archive.case-unknown"
    assert reason["what"] and reason["do"]


def test_languages_differ_and_the_code_stays(anjuan: Line) -> None:
    words = ("user", "duty", "archivist", "auditor", "--unit", UNIT)
    zh, en = (anjuan(*words, login="security", as_json=False, lang=lang) for lang in ("zh", "en"))
    assert (zh.code, en.code) == (3, 3)
    assert "拒绝" in zh.out and "Refused" in en.out
    assert "access.duties-incompatible" in zh.out and "access.duties-incompatible" in en.out


def test_without_a_name_nothing_is_done(anjuan: Line) -> None:
    answer = anjuan("case", "list")
    assert answer.code == 2
    assert "--as" in answer.err


def test_without_a_terminal_a_password_comes_from_a_file(site: Site) -> None:
    words = ["--home", str(site.house.path), "--lang", "en", "--as", "archivist", "case", "list"]
    done = CliRunner().invoke(wsgi.cli, words)
    assert done.exit_code == 2
    assert "files" in done.stderr


def test_a_wrong_password_is_refused(site: Site, tmp_path: Path, anjuan: Line) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-password")
    words = ["--home", str(site.house.path), "--json", "--as", "stranger", "--password-file", str(wrong), "due"]
    done = CliRunner().invoke(wsgi.cli, words)
    assert done.exit_code == 3
    assert "access.sign-in-failed" in done.stdout


def test_a_one_time_password_opens_nothing_else(site: Site) -> None:
    with site.house.works.work(machine_actor("tests", "tests")) as work:
        row = work.session.get_one(PersonRow, find_person(work, "archivist2"))
        row.password, row.must_change = hash_password(PASSWORD), True  # as it was made: others share the site
    with pytest.raises(Refusal) as caught:
        sign_in_for_work(site.house.ports, "archivist2", PASSWORD)
    assert caught.value.code == "access.password-one-time"


def test_a_table_in_a_pipe_keeps_identifiers_whole(site: Site, anjuan: Line) -> None:
    answer = anjuan("case", "list", login="archivist", as_json=False)
    assert any(str(site.case_id) in line for line in answer.out.splitlines())


@pytest.mark.parametrize("name", ["方案[a]", "甲[/x].pdf", "[bold]"])
def test_brackets_in_a_name_are_shown_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    console = Console(tmp_path, False, "zh", lambda home: Ports({}), lambda *_: nobody(), Catalogue.load(("archive",)))
    console.table("", ("题名",), [(name,)])
    with pytest.raises(SystemExit) as ended:
        console.refuse(Refusal("archive.home-missing", home=name))
    assert ended.value.code == 3
    assert capsys.readouterr().out.count(name) == 2


def test_an_empty_secret_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    console = Console(tmp_path, False, "en", lambda home: Ports({}), lambda *_: nobody(), Catalogue.load(("archive",)))
    with pytest.raises(click.UsageError, match="empty"):
        console.secret(str(tmp_path / "empty"), "Password")
