"""The drop folder: what counts as complete, one result for each, resumed after a crash, nothing of another unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.kernel.refusals import Catalogue, Refusal
from archive.renditions.terms import ScanResult, Verdict
from ingest.service.drop_folder import DropFolder
from tests.ingest.support import Desk


class _Seconds:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> _Seconds:
    return _Seconds()


@pytest.fixture
def drop(desk: Desk, tmp_path: Path, seconds: _Seconds) -> Iterator[DropFolder]:
    folder = tmp_path / "drop"
    folder.mkdir()
    part = desk.ports.settings.ingest.model_copy(update={"drop_folder": str(folder), "drop_unit": "zd1"})
    ports = replace(desk.ports, settings=desk.ports.settings.model_copy(update={"ingest": part}))
    yield DropFolder(ports, Catalogue.load(("archive", "access", "ingest")), seconds)


def _put(desk: Desk, drop: DropFolder, name: str, change: Callable[[Any], None] | None = None, text: str = "") -> Path:
    made = desk.write(f"{name}-{id(drop)}", {"甲.txt": (text or f"{name} {drop.path}").encode()}, change)
    assert drop.path is not None
    return made.rename(drop.path / name)


def _all(drop: DropFolder) -> list[str]:
    return list(iter(drop.take_next, None))


def _result(path: Path, ending: str) -> Any:
    return json.loads(path.with_name(path.name + ending).read_text("utf-8"))


def test_a_marker_says_complete_and_each_package_gets_one_result(desk: Desk, drop: DropFolder) -> None:
    good = [_put(desk, drop, f"case{number}") for number in range(3)]
    bad = _put(desk, drop, "bad", lambda told: told["items"][0].update(doc_type="LETTER"))
    foreign = _put(desk, drop, "foreign", lambda told: told.update(unit="zd2"))
    assert drop.take_next() is None, "nothing says yet that they are complete"
    for package in (*good, bad, foreign):
        package.with_name(package.name + ".ready").touch()
    assert _all(drop) == ["bad", "case0", "case1", "case2", "foreign"]
    codes = {_result(package, ".receipt.json")["reference_code"] for package in good}
    assert len(codes) == 3 and {_result(package, ".receipt.json")["state"] for package in good} == {"sealed"}
    (reason,) = _result(bad, ".refused.json")["reasons"]
    assert (reason["code"], reason["file"]) == ("ingest.type-unknown", "甲.txt")
    assert [one["code"] for one in _result(foreign, ".refused.json")["reasons"]] == ["ingest.drop-unit"]
    assert sorted(path.name for path in bad.parent.iterdir() if path.is_file()) == sorted(
        [*(f"case{number}.receipt.json" for number in range(3)), "bad.refused.json", "foreign.refused.json"]
    ), "markers are gone, nothing half written is left"
    assert _all(drop) == []


def test_without_a_marker_it_must_lie_still_for_a_while(desk: Desk, drop: DropFolder, seconds: _Seconds) -> None:
    package = _put(desk, drop, "still")
    assert drop.take_next() is None
    seconds.now = 40
    (package / "甲.txt").write_bytes(b"still growing")
    assert drop.take_next() is None
    seconds.now = 90
    assert drop.take_next() is None, "it changed fifty seconds ago"
    seconds.now = 101
    assert drop.take_next() == "still"
    assert _result(package, ".receipt.json")["state"] == "sealed"


def test_a_mended_package_is_taken_again_when_it_is_marked_again(desk: Desk, drop: DropFolder) -> None:
    package = _put(desk, drop, "mended", lambda told: told["items"][0].update(doc_type="LETTER"))
    marker = package.with_name("mended.ready")
    marker.touch()
    assert _all(drop) == ["mended"]
    told = json.loads((package / "case.json").read_text("utf-8"))
    del told["items"][0]["doc_type"]
    (package / "case.json").write_text(json.dumps(told), "utf-8")
    assert _all(drop) == []
    marker.touch()
    assert _all(drop) == ["mended"]
    assert (
        _result(package, ".receipt.json")["state"] == "sealed" and not package.with_name("mended.refused.json").exists()
    )


def test_a_crash_between_seal_and_receipt_gives_the_receipt_of_the_same_case(desk: Desk, drop: DropFolder) -> None:
    package = _put(desk, drop, "crashed")
    package.with_name("crashed.ready").touch()
    _all(drop)
    first = _result(package, ".receipt.json")
    package.with_name("crashed.receipt.json").unlink()
    package.with_name("crashed.ready").touch()
    _all(drop)
    again = _result(package, ".receipt.json")
    assert (again["reference_code"], again["repeated"]) == (first["reference_code"], True)


class _Scanner:
    broken = True

    def scan(self, chunks: Any) -> ScanResult:
        if self.broken:
            raise Refusal("archive.scan-failed", detail="away")
        return ScanResult(Verdict.CLEAN, "", "engine 1")


def test_what_is_no_fault_of_the_package_is_tried_again(desk: Desk, drop: DropFolder, seconds: _Seconds) -> None:
    drop.ports = replace(drop.ports, scanner=_Scanner())
    package, other = _put(desk, drop, "first"), _put(desk, drop, "second")
    for one in (package, other):
        one.with_name(one.name + ".ready").touch()
    assert _all(drop) == ["first", "second"] and not list(package.parent.glob("*.json"))
    drop.ports = replace(drop.ports, scanner=desk.ports.scanner)
    assert _all(drop) == []
    seconds.now = 61
    assert _all(drop) == ["first", "second"]
    assert _result(package, ".receipt.json")["state"] == "sealed"
