"""Faults put between the program and the operating system of one process: never into our own code.

``install`` replaces the calls of ``os``, ``ctypes`` and ``sqlite3`` by which anything reaches a disk with ones that
count, and that fail at a chosen count. It holds for the whole process and cannot be taken back: only for a child that
ends afterwards.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happens at the chosen operation."""

    KILL_BEFORE = "kill-before"
    KILL_AFTER = "kill-after"
    FULL = "full"
    STAYS_FULL = "stays-full"
    BROKEN = "eio"
    SHORT = "short-write"
    FSYNC = "fsync-error"


_GROWS = frozenset({"write", "create", "mkdir", "rename", "link", "sql"})
_WANTED = {
    Kind.FULL: _GROWS,
    Kind.STAYS_FULL: _GROWS,
    Kind.SHORT: frozenset({"write", "sql"}),
    Kind.FSYNC: frozenset({"fsync"}),
}
_SQL = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT", "CREATE")
_SMALL = 2048
"""Bytes to which files may grow while SQLite meets its fault: its journal begins, the pages do not fit."""


@dataclass
class Faults:
    """Counts operations; at ``at`` (or the next that fits ``kind``) the fault happens. ``at`` 0: only counts."""

    kind: Kind | None = None
    at: int = 0
    count: int = 0
    fired: str = ""
    armed: bool = True

    def take(self, operation: str) -> bool:
        """Counts one operation; whether it fails now."""
        if not self.armed:
            return False
        self.count += 1
        if self.kind is None or operation not in _WANTED.get(self.kind, (operation,)):
            return False
        if self.fired:
            return self.kind is Kind.STAYS_FULL
        if self.count < self.at:
            return False
        self.fired = operation
        return True


def die() -> None:
    """Ends this process as ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def install(faults: Faults) -> None:
    """Replaces the calls of this process by counted ones."""
    plain = (
        ("replace", "rename"), ("rename", "rename"), ("link", "link"), ("unlink", "unlink"), ("rmdir", "unlink"),
        ("mkdir", "mkdir"),
    )  # fmt: skip
    for name, operation in plain:
        setattr(os, name, _failing(faults, operation, getattr(os, name)))
    os.fsync = _failing(faults, "fsync", os.fsync)
    real_write, real_open = os.write, os.open
    counted_write = _failing(faults, "write", real_write)
    counted_open = _failing(faults, "create", real_open)

    def write(descriptor: int, data: Any, /) -> int:
        return int((counted_write if _is_file(descriptor) else real_write)(descriptor, data))

    def open_file(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        return int((counted_open if flags & os.O_CREAT else real_open)(path, flags, mode, dir_fd=dir_fd))

    os.write, os.open = write, open_file
    _install_library(faults)
    _install_sqlite(faults)


def _is_file(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _failing(faults: Faults, operation: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*words: Any, **named: Any) -> Any:
        if not faults.take(operation):
            return real(*words, **named)
        if faults.kind is Kind.KILL_AFTER:
            real(*words, **named)
        if faults.kind in (Kind.KILL_AFTER, Kind.KILL_BEFORE):
            die()
        if faults.kind is Kind.SHORT:
            return real(words[0], memoryview(words[1])[: len(words[1]) // 2])
        number = errno.EIO if faults.kind in (Kind.BROKEN, Kind.FSYNC) else errno.ENOSPC
        raise OSError(number, os.strerror(number))

    return counted


def _install_library(faults: Faults) -> None:
    """``renameat2`` is called through ctypes: a failing one sets errno, as the C library does."""
    real_library = ctypes.CDLL

    class Library:
        def __init__(self, *words: Any, **named: Any) -> None:
            self._real = real_library(*words, **named)

        def __getattr__(self, name: str) -> Any:
            found = getattr(self._real, name)
            return Function(found) if name == "renameat2" else found

    class Function:
        argtypes: Any = None
        restype: Any = None

        def __init__(self, real: Any) -> None:
            self._real = real

        def __call__(self, *words: Any) -> int:
            self._real.argtypes, self._real.restype = self.argtypes, self.restype
            try:
                return int(_failing(faults, "rename", self._real)(*words))
            except OSError as error:
                ctypes.set_errno(error.errno or errno.EIO)
                return -1

    setattr(ctypes, "CDLL", Library)  # noqa: B010 - a replacement of another type, on purpose


def _install_sqlite(faults: Faults) -> None:
    @contextlib.contextmanager
    def statement(text: str) -> Iterator[None]:
        if not text.lstrip().upper().startswith(_SQL) or not faults.take("sql"):
            yield
            return
        if faults.kind is Kind.KILL_BEFORE:
            die()
        if faults.kind is Kind.KILL_AFTER:
            yield
            die()
        if faults.kind is Kind.BROKEN:
            raise sqlite3.OperationalError("disk I/O error")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    class Cursor(sqlite3.Cursor):
        def execute(self, text: str, values: Any = (), /) -> Any:
            with statement(text):
                return super().execute(text, values)

        def executemany(self, text: str, rows: Any, /) -> Any:
            with statement(text):
                return super().executemany(text, rows)

    def counted(kind: Any) -> Any:
        """The kind of connection that the program asked for, counted."""

        class Connection(kind):  # type: ignore[misc]
            def cursor(self, factory: Any = Cursor) -> Any:
                return super().cursor(factory)

            def commit(self) -> None:
                with statement("COMMIT"):
                    super().commit()

        return Connection

    real = sqlite3.connect

    def connect(*words: Any, **named: Any) -> Any:
        factory = counted(named.pop("factory", sqlite3.Connection))
        return real(*words, factory=factory, **named)

    sqlite3.connect = connect
    setattr(sqlite3.dbapi2, "connect", connect)  # noqa: B010 - the name SQLAlchemy looks up
