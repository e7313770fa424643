"""Each operation of publishing fails or dies once: the object is the old one or the new one, never a third."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive.ocfl.files import DiskFiles
from archive.ocfl.reading import read_object
from archive.ocfl.recovery import ObjectDamaged, Recovery, recover, remove_empty_folders
from archive.ocfl.root import init_root, object_path
from archive.ocfl.root_validator import validate_root
from archive.ocfl.validator import validate_object
from tests.archive.ocfl.faults import LOSSES, FaultyFiles, Killed
from tests.archive.ocfl.making import FIRST, OBJECT_ID, SECOND, first_version, second_version

KINDS = ["enospc", "short", "kill-before", "kill-after"]
PLACE = object_path(OBJECT_ID)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    init_root(path, {"README.txt": b"how to read\n"})
    (tmp_path / "scratch").mkdir()
    return path


def is_intact(path: Path) -> bool:
    return not [finding for finding in validate_object(path, deep=True) if finding.is_error]


def test_first_version_is_there_whole_or_not_at_all(root: Path, tmp_path: Path) -> None:
    for kind in KINDS:
        at, is_past = 0, False
        while not is_past:
            at += 1
            files, acknowledged = FaultyFiles(at, kind), False
            try:
                first_version(root, tmp_path / "staging", files)
                acknowledged = True
            except (OSError, Killed):
                pass
            if kind.startswith("kill"):
                files.forget(LOSSES[at % 3])
            exists = (root / PLACE).exists()
            assert exists or not acknowledged
            if exists:
                assert is_intact(root / PLACE), (kind, at)
                assert recover(DiskFiles(), root / PLACE, tmp_path / "scratch") is Recovery.CLEAN
                shutil.rmtree(root / PLACE)
            is_past = files.count < at
            remove_empty_folders(DiskFiles(), root, PLACE)
            assert not [finding for finding in validate_root(root, deep=False) if finding.is_error]
            shutil.rmtree(tmp_path / "staging", ignore_errors=True)
        assert at > 40


@pytest.mark.parametrize("kind", KINDS)
def test_next_version_leaves_old_or_new_object(root: Path, tmp_path: Path, kind: str) -> None:
    previous = first_version(root, tmp_path / "first")
    untouched = tmp_path / "untouched"
    shutil.copytree(root, untouched)
    outcomes = set()
    at, is_past = 0, False
    while not is_past:
        at += 1
        for keep in LOSSES if kind.startswith("kill") else [0]:
            shutil.rmtree(root)
            shutil.copytree(untouched, root)
            files = FaultyFiles(at, kind)
            acknowledged = False
            try:
                second_version(root, tmp_path / "staging", previous, files)
                acknowledged = True
            except (OSError, Killed):
                pass
            if kind.startswith("kill"):
                files.forget(keep)
            is_past = files.count < at
            outcomes.add(recover(DiskFiles(), root / PLACE, tmp_path / "scratch"))
            assert is_intact(root / PLACE), (kind, at, keep)
            view = read_object(root / PLACE)
            assert len(view.inventory.versions) in ((2,) if acknowledged else (1, 2)), (kind, at, keep)
            content = {**FIRST, **(SECOND if len(view.inventory.versions) == 2 else {})}
            for name, data in content.items():
                with view.open(name) as stream:
                    assert stream.read() == data
            shutil.rmtree(tmp_path / "staging", ignore_errors=True)
    assert at > 50
    assert {Recovery.CLEAN, Recovery.FINISHED} <= outcomes


def test_recovery_may_die_and_be_repeated(root: Path, tmp_path: Path) -> None:
    previous = first_version(root, tmp_path / "first")
    untouched = tmp_path / "untouched"
    shutil.copytree(root, untouched)
    files = FaultyFiles(10**6, "eio")
    second_version(root, tmp_path / "count", previous, files)
    replace_at = files.count - 5  # the sidecar was not replaced yet
    finished, at = False, 0
    while not finished:
        at += 1
        shutil.rmtree(root)
        shutil.copytree(untouched, root)
        with pytest.raises(Killed):
            second_version(root, tmp_path / f"staging{at}", previous, FaultyFiles(replace_at, "kill-after"))
        dying = FaultyFiles(at, "kill-before")
        try:
            recover(dying, root / PLACE, tmp_path / "scratch")
            finished = True
        except Killed:
            dying.forget(0)
        recover(DiskFiles(), root / PLACE, tmp_path / "scratch")
        assert is_intact(root / PLACE)
        assert len(read_object(root / PLACE).inventory.versions) == 2
    assert at > 8


def test_unfinished_content_is_moved_away_and_kept(root: Path, tmp_path: Path) -> None:
    previous = first_version(root, tmp_path / "first")
    files = FaultyFiles(10**6, "eio")
    shutil.copytree(root, tmp_path / "copy")
    second_version(tmp_path / "copy", tmp_path / "second", previous, files)
    shutil.copytree(tmp_path / "copy" / PLACE / "v2", root / PLACE / "v2")
    (root / PLACE / "v2/content/data/odddd").write_bytes(b"late documenT")
    assert recover(DiskFiles(), root / PLACE, tmp_path / "scratch") is Recovery.ROLLED_BACK
    assert is_intact(root / PLACE)
    assert [path.read_bytes() for path in (tmp_path / "scratch").glob("*/content/data/odddd")] == [b"late documenT"]


def test_damage_is_a_fault_not_a_repair(root: Path, tmp_path: Path) -> None:
    first_version(root, tmp_path / "first")
    (root / PLACE / "inventory.json").write_bytes(b"{}")
    with pytest.raises(ObjectDamaged):
        recover(DiskFiles(), root / PLACE, tmp_path / "scratch")
