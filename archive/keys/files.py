"""Files of the key room 密钥文件: every write is whole, private (0600) and on the medium before it counts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from archive.keys.terms import Bytes

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


class Files(Protocol):
    """The operations on a file system that can fail 文件操作: tests put faults here."""

    def read(self, path: Path) -> bytes:
        """All bytes; FileNotFoundError when there is none."""
        ...

    def create(self, path: Path, data: Bytes) -> None:
        """Writes a new private file and waits for the medium; FileExistsError when there is one."""
        ...

    def replace(self, path: Path, data: Bytes) -> None:
        """Puts ``data`` in place of the file (or of none) at once and durably; the old bytes are overwritten."""
        ...

    def connect(self, path: Path) -> sqlite3.Connection:
        """Opens a SQLite file that exists; the caller sets its pragmas."""
        ...

    def shred(self, path: Path) -> None:
        """Overwrites, waits, removes; nothing to do when there is no such file."""
        ...

    def folder(self, path: Path) -> None:
        """Makes a private folder with its parents, durable; nothing to do when there is one."""
        ...


class FileSink:
    """A new private file that is written once 新建文件写入端; never over an existing one."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)

    def write(self, data: Bytes, /) -> int:
        """Writes from the start of ``data``; tells how many bytes were taken."""
        return os.write(self._fd, data)

    def fsync(self) -> None:
        """Waits for the medium."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Closes the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class LocalFiles:
    """The file system of this machine 本机文件."""

    def read(self, path: Path) -> bytes:
        """All bytes; FileNotFoundError when there is none."""
        return path.read_bytes()

    def create(self, path: Path, data: Bytes) -> None:
        """Writes a new private file and waits for the medium; FileExistsError when there is one."""
        with FileSink(path) as sink:
            _put_all(sink, data)
            sink.fsync()
        sync_folder(path.parent)

    def replace(self, path: Path, data: Bytes) -> None:
        """Puts ``data`` in place of the file (or of none) at once and durably; the old bytes are overwritten."""
        fresh = path.with_name(path.name + ".new")
        self.shred(fresh)
        self.create(fresh, data)
        old = _open_if_there(path)
        try:
            os.replace(fresh, path)
            sync_folder(path.parent)
            if old is not None:
                _overwrite(old)
        finally:
            if old is not None:
                os.close(old)

    def connect(self, path: Path) -> sqlite3.Connection:
        """Opens a SQLite file that exists; the caller sets its pragmas."""
        address = f"{path.resolve().as_uri()}?mode=rw"
        return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=60)

    def shred(self, path: Path) -> None:
        """Overwrites, waits, removes; nothing to do when there is no such file."""
        fd = _open_if_there(path)
        if fd is None:
            return
        try:
            _overwrite(fd)
        finally:
            os.close(fd)
        path.unlink(missing_ok=True)
        sync_folder(path.parent)

    def folder(self, path: Path) -> None:
        """Makes a private folder with its parents, durable; nothing to do when there is one."""
        if path.is_dir():
            return
        self.folder(path.parent)
        path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        sync_folder(path.parent)


def _put_all(sink: FileSink, data: Bytes) -> None:
    view = memoryview(data)
    while len(view):
        count = sink.write(view)
        if count <= 0:
            raise OSError("short write")
        view = view[count:]


def _open_if_there(path: Path) -> int | None:
    try:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _overwrite(fd: int) -> None:
    """Zeros over every byte of an open file, on the medium."""
    left = os.fstat(fd).st_size
    os.lseek(fd, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(fd, bytes(min(left, 1 << 20)))
    os.fsync(fd)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def sync_folder(path: Path) -> None:
    """Waits until the names in a folder are on the medium 落盘目录."""
    with _opened(path, os.O_RDONLY | os.O_DIRECTORY) as fd:
        os.fsync(fd)
