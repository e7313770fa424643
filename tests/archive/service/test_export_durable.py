"""A copy that leaves the building is whole under its name or not there, whatever fails, and meets no destruction."""

from __future__ import annotations

import contextlib
import filecmp
import shutil
from pathlib import Path

import pytest

from archive.installation import Ledgers
from archive.kernel.outbox import drain
from archive.kernel.refusals import Refusal
from archive.ocfl.copying import copy_folder
from archive.ocfl.files import DiskFiles
from archive.ports import object_id
from archive.service.destroying import TOPIC, destroy_case, destruction_handler
from archive.service.exporting import export_case, export_keys
from archive.terms import Tier
from tests.archive.ocfl.faults import LOSSES, FaultyFiles, Killed
from tests.archive.service.test_destroying import _order
from tests.support.cases import Paper, SealedExample, seal_example
from tests.support.house import House, person


@pytest.fixture(scope="module")
def sealed(house: House) -> SealedExample:
    return seal_example(house, (Paper("笔录"),))


def alike(first: Path, second: Path) -> bool:
    found = filecmp.dircmp(first, second, ignore=[])
    if found.left_only or found.right_only or found.funny_files:
        return False
    same = filecmp.cmpfiles(first, second, found.common_files, shallow=False)[0]
    return len(same) == len(found.common_files) and all(alike(first / n, second / n) for n in found.common_dirs)


@pytest.mark.parametrize("kind", ["eio", "enospc", "short", "kill-before", "kill-after"])
def test_whatever_fails_the_copy_is_whole_or_absent(sealed: SealedExample, tmp_path: Path, kind: str) -> None:
    holdings, actor = sealed.house.holdings, person(sealed.house, "archivist")
    counted = FaultyFiles(10**6, kind)
    export_case(holdings, actor, sealed.case_id, tmp_path / "whole", counted)
    assert alike(tmp_path / "whole" / sealed.case_id, sealed.folder)
    steps = counted.count
    for number, at in enumerate(sorted({1, 2, 3, *range(4, steps - 3, 9), *range(steps - 3, steps + 1)})):
        folder, files, done = tmp_path / f"{number}", FaultyFiles(at, kind), False
        with contextlib.suppress(OSError, Killed):
            done = export_case(holdings, actor, sealed.case_id, folder, files).exists()
        if kind.startswith("kill"):
            files.forget(LOSSES[number % len(LOSSES)])
        target = folder / sealed.case_id
        assert target.exists() or not done, (kind, at)
        assert not target.exists() or alike(target, sealed.folder), (kind, at)
        if not kind.startswith("kill") and not target.exists():
            assert not folder.exists() or not list(folder.iterdir()), (kind, at)
        shutil.rmtree(folder, ignore_errors=True)


def test_what_was_acknowledged_survives_a_power_cut(sealed: SealedExample, tmp_path: Path) -> None:
    holdings, actor, files = sealed.house.holdings, person(sealed.house, "archivist"), FaultyFiles(10**6, "eio")
    whole = export_case(holdings, actor, sealed.case_id, tmp_path / "a" / "b", files)
    keys = export_keys(holdings, actor, sealed.case_id, Tier.GENERAL, tmp_path / "a" / "b", files)
    files.forget(0)
    assert alike(whole, sealed.folder)
    assert keys.read_bytes().endswith(b"}") and keys.stat().st_mode & 0o177 == 0


class Meeting(DiskFiles):
    """Files during whose writing the case's destruction is decided, and the outbox tries to carry it out."""

    def __init__(self, sealed: SealedExample) -> None:
        self.sealed, self.met = sealed, 0

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        house = self.sealed.house
        if not self.met:
            with house.works.work(person(house, "deputy")) as work:
                destroy_case(work, house.holdings, _order(house, self.sealed.case_id))
            house.ports.get(Ledgers).sequence()
            drained = drain(house.works.sessions, house.clock, {TOPIC: destruction_handler(house.holdings)})
            assert (drained.done, drained.stuck) == (0, 0)
        self.met += 1
        assert self.sealed.folder.exists()
        return super().write(descriptor, data)


def test_a_destruction_waits_for_the_copy_and_the_copy_is_dropped(fresh: House, tmp_path: Path) -> None:
    sealed = seal_example(fresh, (Paper("笔录"),))
    files = Meeting(sealed)
    with pytest.raises(Refusal) as refused:
        export_case(fresh.holdings, person(fresh, "archivist"), sealed.case_id, tmp_path / "out", files)
    assert refused.value.code == "archive.case-not-sealed" and files.met > 10
    assert not list((tmp_path / "out").iterdir())
    fresh.clock.advance(fresh.clock.now() - fresh.clock.now().replace(hour=0))
    drain(fresh.works.sessions, fresh.clock, {TOPIC: destruction_handler(fresh.holdings)})
    assert fresh.holdings.store.object_folder(object_id(sealed.case_id)) is None


def test_a_link_in_an_object_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="neither"):
        copy_folder(DiskFiles(), tmp_path / "from", tmp_path / "to")
