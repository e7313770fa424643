"""Streams become files whole: right digest at any size, no early failure of a sync lost."""

from __future__ import annotations

import errno
import hashlib
import io
from pathlib import Path

import pytest

from archive.ocfl.files import DiskFiles
from archive.ocfl.streams import Finishing, store_stream
from tests.archive.ocfl.faults import FaultyFiles


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1, 40 * 2**20 + 7])
def test_digest_size_and_bytes(tmp_path: Path, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    stored = store_stream(DiskFiles(), tmp_path / "o", io.BytesIO(data[:size]))
    assert stored == (hashlib.sha512(data[:size]).hexdigest(), size)
    assert (tmp_path / "o").read_bytes() == data[:size]


class FirstSyncFails(DiskFiles):
    """The first sync fails, all later ones succeed, as a kernel tells a lost write once."""

    failed = False

    def fsync(self, descriptor: int) -> None:
        if not self.failed:
            self.failed = True
            raise OSError(errno.EIO, "lost write")
        super().fsync(descriptor)


@pytest.mark.parametrize("size", [1, 20 * 2**20, 70 * 2**20])
def test_a_sync_error_told_once_is_not_lost(tmp_path: Path, size: int) -> None:
    with pytest.raises(OSError, match="lost write"):
        store_stream(FirstSyncFails(), tmp_path / "o", io.BytesIO(bytes(size)))


def test_a_full_disk_and_a_short_write_are_errors(tmp_path: Path) -> None:
    for at, kind in ((2, "enospc"), (3, "short"), (1, "eio")):
        with pytest.raises(OSError, match=r"injected|short write"):
            store_stream(FaultyFiles(at, kind), tmp_path / kind, io.BytesIO(bytes(3 * 2**20)))


def test_files_finished_in_the_background_are_synced_and_their_errors_raised(tmp_path: Path) -> None:
    files = FaultyFiles(10**6, "eio")
    with Finishing(files) as finishing:
        stored = [store_stream(files, tmp_path / name, io.BytesIO(b"bytes"), finishing) for name in "abc"]
    assert stored == [(hashlib.sha512(b"bytes").hexdigest(), 5)] * 3
    files.forget(keep=-1)
    assert [(tmp_path / name).read_bytes() for name in "abc"] == [b"bytes"] * 3
    failing = FirstSyncFails()
    with pytest.raises(OSError, match="lost write"), Finishing(failing) as finishing:
        store_stream(failing, tmp_path / "d", io.BytesIO(b"bytes"), finishing)
        store_stream(failing, tmp_path / "e", io.BytesIO(b"bytes"), finishing)
