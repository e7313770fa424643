"""What the sender is told: a case that waited and was sealed by this very command, a path that is not there."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

import wsgi
from archive.doors.root_cli import make_cli
from ingest.doors.cli import commands
from tests.ingest.support import Desk
from tests.ingest.test_cli import _json, _run
from tests.support.house import PASSWORD, make_house, open_house, person


def test_a_missing_path_is_one_refused_package_among_others(desk: Desk, tmp_path: Path) -> None:
    good = desk.write("cli beside missing", {"a.txt": b"beside"})
    result = _run(desk, "--json", "ingest", str(tmp_path / "nowhere"), str(good))
    first, second = _json(result)["packages"]
    assert result.exit_code == 3 and [reason["code"] for reason in first["reasons"]] == ["ingest.package-missing"]
    assert second["state"] == "sealed"


def test_what_waited_is_told_as_sealed_with_every_file(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    desk = Desk(house, tmp_path / "packages")
    private = {"claims": [{"kind": "PRIVACY", "whose": "甲某", "ground": "个人信息"}]}
    path = desk.write("waits", {"a.txt": b"waits"}, lambda d: d["items"][0].update(marking=private))
    locked = open_house(house.path, house.clock, unlocked=False)
    locked.people.update(house.people)

    def run(ports: object) -> dict[str, object]:
        cli = make_cli(lambda *_: ports, lambda *_: person(house, "archivist"), wsgi.PACKAGES, commands)  # type: ignore[arg-type]
        (tmp_path / "secret").write_text(PASSWORD)
        who = ["--home", str(house.path), "--as", "archivist", "--password-file", str(tmp_path / "secret"), "--json"]
        done = CliRunner().invoke(cli, [*who, "ingest", str(path)])
        assert done.exit_code == 0, done.output
        packages = json.loads(done.stdout.splitlines()[-1])["packages"]
        assert isinstance(packages[0], dict)
        return packages[0]

    waiting = run(locked.ports)
    assert waiting["waits_for"] == ["personal"]
    sealed = run(house.ports)
    assert (sealed["state"], sealed["repeated"], sealed["trial"]) == ("sealed", False, True)
    assert [line["name"] for line in sealed["received"]] == ["a.txt"]  # type: ignore[attr-defined]
    again = run(house.ports)
    assert again["repeated"] is True and again["received"] == sealed["received"]
