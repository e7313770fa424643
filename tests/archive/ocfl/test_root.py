"""Storage roots: made once, completed after a crash, judged with the official codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.ocfl.root import init_root, object_path
from archive.ocfl.root_validator import validate_root
from tests.archive.ocfl.faults import LOSSES, FaultyFiles, Killed
from tests.archive.ocfl.making import OBJECT_ID, first_version

SPECS = {"README.txt": b"read me\n", "spec/format.md": b"format\n"}
PLACE = object_path(OBJECT_ID)


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_made_twice_is_made_once(tmp_path: Path) -> None:
    init_root(tmp_path / "root", SPECS)
    before = snapshot(tmp_path / "root")
    init_root(tmp_path / "root", SPECS)
    assert snapshot(tmp_path / "root") == before
    assert [finding.code for finding in validate_root(tmp_path / "root", deep=True)] == ["W016"]
    with pytest.raises(FileExistsError):
        init_root(tmp_path / "root", {"README.txt": b"another\n"})


def test_other_folders_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "home.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        init_root(tmp_path, SPECS)
    with pytest.raises(ValueError, match="not a name"):
        init_root(tmp_path / "root", {"../out.txt": b""})


def test_a_crash_at_any_step_is_completed_by_the_next_call(tmp_path: Path) -> None:
    init_root(tmp_path / "good", SPECS)
    at, done = 0, False
    while not done:
        at += 1
        root = tmp_path / "root"
        files = FaultyFiles(at, "kill-after" if at % 2 else "kill-before")
        try:
            init_root(root, SPECS, files=files)
            done = True
        except Killed:
            files.forget(LOSSES[at % 3])
        if root.exists():
            init_root(root, SPECS)
            assert snapshot(root) == snapshot(tmp_path / "good")
            shutil.rmtree(root)
    assert at > 30


BROKEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "no declaration": ("E069", lambda root: (root / "0=ocfl_1.1").unlink()),
    "wrong declaration": ("E080", lambda root: (root / "0=ocfl_1.1").write_text("ocfl_1.1")),
    "unknown declaration": ("E079", lambda root: (root / "0=ocfl_1.1").rename(root / "0=ocfl_9.9")),
    "two declarations": ("E076", lambda root: (root / "0=ocfl_1.0").write_text("ocfl_1.0\n")),
    "layout without description": (
        "E070",
        lambda root: (root / "ocfl_layout.json").write_text('{"extension": "0004-hashed-n-tuple-storage-layout"}'),
    ),
    "layout unregistered": (
        "E071",
        lambda root: (root / "ocfl_layout.json").write_text('{"extension": "mine", "description": ""}'),
    ),
    "file in hierarchy": ("E072", lambda root: (root / PLACE).parent.joinpath("x").write_text("x")),
    "empty folder": ("E073", lambda root: (root / "abc").mkdir()),
    "moved object": ("E083", lambda root: (root / PLACE).rename(root / PLACE[:11] / "moved")),
    "copied object": ("E037", lambda root: shutil.copytree(root / PLACE, root / "copy")),
    "file in extensions": ("E112", lambda root: (root / "extensions/x").write_text("x")),
    "link": ("E090", lambda root: (root / "out").symlink_to("/etc")),
    "damaged object": ("E092", lambda root: (root / PLACE / "v1/content/data/oaaaa").write_bytes(b"x")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_roots(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    init_root(root, SPECS)
    first_version(root, tmp_path / "one")
    code, breaking = BROKEN[name]
    breaking(root)
    assert code in {finding.code for finding in validate_root(root, deep=True) if finding.is_error}
