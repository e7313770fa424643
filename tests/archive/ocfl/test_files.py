"""File operations: nothing is overwritten, and a short write or a failed sync never passes for success."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.ocfl.files import DiskFiles, make_folders, rename_exclusively, write_file
from tests.archive.ocfl.faults import FaultyFiles

OCCUPIED: list[Callable[[Path], None]] = [Path.mkdir, Path.touch, lambda path: path.symlink_to("/nowhere")]
WAYS: list[Callable[[Path, Path], None]] = [DiskFiles().rename_new, rename_exclusively]


@pytest.mark.parametrize("rename", WAYS)
def test_renaming_never_overwrites(tmp_path: Path, rename: Callable[[Path, Path], None]) -> None:
    for name, is_folder in (("file", False), ("folder", True), ("empty", True)):
        source = tmp_path / f"source-{name}"
        if is_folder:
            (source / "below").mkdir(parents=True)
        else:
            source.write_bytes(b"new")
        for number, occupy in enumerate(OCCUPIED):
            target = tmp_path / f"{name}{number}"
            occupy(target)
            with pytest.raises(FileExistsError):
                rename(source, target)
            assert source.exists()
            assert not (target / "below").exists()
        rename(source, tmp_path / f"{name}-done")
        assert not source.exists()
        assert (tmp_path / f"{name}-done").is_dir() == is_folder


def test_a_new_file_is_new(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("there", "link"):
        with pytest.raises(FileExistsError):
            write_file(DiskFiles(), tmp_path / name, b"new")
    assert (tmp_path / "there").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


def test_short_writes_and_failed_syncs_are_errors(tmp_path: Path) -> None:
    for at, kind, number in ((2, "short", errno.EIO), (2, "enospc", errno.ENOSPC), (3, "eio", errno.EIO)):
        with pytest.raises(OSError, match=r".") as caught:
            write_file(FaultyFiles(at, kind), tmp_path / f"{kind}{at}", b"some bytes")
        assert caught.value.errno == number


def test_folders_are_made_once_and_not_through_links(tmp_path: Path) -> None:
    assert make_folders(DiskFiles(), tmp_path, "a/b") == [tmp_path / "a", tmp_path / "a/b"]
    assert make_folders(DiskFiles(), tmp_path, "a/b/c") == [tmp_path / "a/b/c"]
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with pytest.raises(FileExistsError):
        make_folders(DiskFiles(), tmp_path, "link/x")
