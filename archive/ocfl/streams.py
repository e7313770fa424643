"""Stored streams 流式写入: a stream becomes a synced new file, with its SHA-512 known when the last byte is written."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from archive.ocfl.files import Files, write_all

_BLOCK = 1024 * 1024
_SLOTS = 4
# the disk starts on the first bytes while the last are still coming, instead of after them
_SYNC_EVERY = 16 * 1024 * 1024


class Finishing:
    """Files whose last sync still runs 待落盘文件, so that the next file is copied meanwhile.

    Leave the ``with`` block before anything relies on the files: there every error is raised.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._running: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        if error is None:
            for each in self._running:
                each.result()

    def finish(self, descriptor: int) -> None:
        """Sync and close ``descriptor`` in the background."""
        self._running.append(self._pool.submit(finish, self._files, descriptor))


def finish(files: Files, descriptor: int) -> None:
    """Sync and close a written file."""
    try:
        files.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    files.close(descriptor)


class ReadInto(Protocol):
    """A stream that fills a buffer 可读流 and returns how much, 0 at its end."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from its start."""


def store_stream(files: Files, path: Path, source: ReadInto, finishing: Finishing | None = None) -> tuple[str, int]:
    """Write ``source`` to the new file ``path``; returns (SHA-512 in lower-case hex, size in bytes), on the disk.

    The source is read once; one thread digests, one syncs early, and memory stays at four blocks of 1 MiB. The caller
    syncs the folder. Any error of writing or syncing, also of an early sync, is raised and the file must not be used.
    With ``finishing`` the last sync runs on, and its error is raised at the end of that block.
    """
    descriptor = files.open_new(path)
    try:
        with ThreadPoolExecutor(max_workers=1) as digesting, ThreadPoolExecutor(max_workers=1) as syncing:
            stored = _copy(files, descriptor, source, digesting, syncing)
    except BaseException:
        os.close(descriptor)
        raise
    if finishing is None:
        finish(files, descriptor)
    else:
        finishing.finish(descriptor)
    return stored


def _copy(
    files: Files, descriptor: int, source: ReadInto, digesting: ThreadPoolExecutor, syncing: ThreadPoolExecutor
) -> tuple[str, int]:
    digest = hashlib.sha512()
    slots = [memoryview(bytearray(_BLOCK)) for _ in range(_SLOTS)]
    pending: list[Future[None] | None] = [None] * _SLOTS
    sync: Future[None] | None = None
    size = unsynced = turn = 0
    while True:
        if (waiting := pending[turn]) is not None:
            waiting.result()
        taken = source.readinto(slots[turn])
        if not taken:
            break
        data = slots[turn][:taken]
        pending[turn] = digesting.submit(digest.update, data)
        write_all(files, descriptor, data)
        size += taken
        unsynced += taken
        if unsynced >= _SYNC_EVERY and (sync is None or sync.done()):
            if sync is not None:
                # an error of a sync is told once: it must not be lost here
                sync.result()
            sync, unsynced = syncing.submit(files.fsync, descriptor), 0
        turn = (turn + 1) % _SLOTS
    for waiting in (*pending, sync):
        if waiting is not None:
            waiting.result()
    return digest.hexdigest(), size
