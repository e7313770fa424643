"""The commands ``sip`` and ``ingest``: answers, reports, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pikepdf
from click.testing import CliRunner, Result

import wsgi
from archive.doors.root_cli import make_cli
from archive.kernel.actor import Actor
from archive.kernel.ports import Ports
from ingest.doors.cli import commands
from tests.ingest.support import Desk
from tests.support.house import PASSWORD, person


def _run(desk: Desk, *words: str) -> Result:
    def sign_in(ports: Ports, login: str, secret: str) -> Actor:
        assert secret == PASSWORD
        return person(desk.house, login)

    cli = make_cli(lambda path, unlock: desk.house.ports, sign_in, wsgi.PACKAGES, commands)
    secret = desk.folder / "secret.txt"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(PASSWORD, "utf-8")
    who = ["--home", str(desk.house.path), "--as", "archivist", "--password-file", str(secret)]
    return CliRunner().invoke(cli, [*who, *words])


def _json(result: Result) -> Any:
    return json.loads(result.stdout.splitlines()[-1])


def test_template_and_check(desk: Desk, tmp_path: Path) -> None:
    made = _run(desk, "--json", "sip", "template", str(tmp_path / "template"))
    assert made.exit_code == 0 and len(_json(made)["written"]) == 3
    good = desk.write("cli check", {"a.txt": b"x"})
    assert _run(desk, "sip", "check", str(good)).exit_code == 0
    (good / "b.txt").write_bytes(b"not listed")
    refused = _run(desk, "sip", "check", str(good))
    assert refused.exit_code == 3 and "ingest.file-unlisted" in refused.output


def test_many_at_once_with_a_report_for_each(desk: Desk, tmp_path: Path) -> None:
    good, bad = desk.write("cli good", {"a.txt": b"good"}), desk.write("cli bad", {"a.txt": b""})
    result = _run(desk, "--json", "ingest", str(bad), str(good), "--report-dir", str(tmp_path))
    assert result.exit_code == 3, result.output
    first, second = _json(result)["packages"]
    assert (first["refused"], second["refused"]) == (True, False)
    assert [reason["code"] for reason in first["reasons"]] == ["ingest.file-empty"]
    assert first["reasons"][0]["zh"]["do"] and second["state"] == "sealed"
    for name in ("cli good", "cli bad"):
        report = json.loads((tmp_path / f"{name}.report.json").read_text("utf-8"))
        assert report["package_name"] == name
        with pikepdf.open(tmp_path / f"{name}.report.pdf") as pdf:
            assert len(pdf.pages) >= 1
    again = _run(desk, "ingest", str(good))
    assert again.exit_code == 0 and second["reference_code"] in again.output


def test_a_refusal_is_told_line_by_line(desk: Desk) -> None:
    result = _run(desk, "ingest", str(desk.write("cli told", {"CON.txt": b"x", "b ": b"y"})))
    assert result.exit_code == 3
    assert result.output.count("[ingest.name-unsafe]") == 2
