"""Files that fail 故障文件: the k-th operation fails, or the machine dies there and forgets what was not synced."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from archive.ocfl.files import DiskFiles


class Killed(BaseException):
    """The process is gone; nothing runs after it, not even clean-up."""


class FaultyFiles(DiskFiles):
    """Real operations until number ``at``, which then fails in the manner of ``kind``.

    ``enospc`` and ``eio``: the operation raises and was not done. ``short``: a write takes half. ``kill-before`` and
    ``kill-after``: the process dies there. After ``forget`` the disk shows what a power cut leaves when it keeps only
    what was synced, or a part of the rest.
    """

    def __init__(self, at: int, kind: str) -> None:
        self._at = at
        self._kind = kind
        self._dead = False
        self.count = 0
        self._open: dict[int, Path] = {}
        self._unsynced_files: set[Path] = set()
        self._unsynced_names: list[tuple[str, Path, Path, bytes | None]] = []

    def _step(self, name: str) -> bool:
        """Count an operation; True when the process dies just after it."""
        if self._dead:
            raise Killed
        self.count += 1
        if self.count != self._at:
            return False
        if self._kind == "kill-before":
            self._dead = True
            raise Killed
        if self._kind == "short":
            if name == "write":
                return True
            raise OSError(errno.EIO, "injected")
        if self._kind == "kill-after":
            self._dead = True
            return True
        raise OSError(errno.ENOSPC if self._kind == "enospc" else errno.EIO, "injected")

    def _end(self, dies: bool) -> None:
        if dies:
            raise Killed

    def open_new(self, path: Path) -> int:
        dies = self._step("open")
        descriptor = super().open_new(path)
        self._open[descriptor] = path
        self._unsynced_files.add(path)
        self._unsynced_names.append(("new", path, path, None))
        if dies:
            super().close(descriptor)
        self._end(dies)
        return descriptor

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        special = self._step("write")
        if special and self._kind == "short" and len(data) > 0:
            return super().write(descriptor, data[: len(data) // 2])
        taken = super().write(descriptor, data)
        self._end(special and self._kind != "short")
        return taken

    def fsync(self, descriptor: int) -> None:
        dies = self._step("fsync")
        self._unsynced_files.discard(self._open[descriptor])
        self._end(dies)

    def close(self, descriptor: int) -> None:
        dies = self._step("close")
        super().close(descriptor)
        self._end(dies)

    def fsync_folder(self, path: Path) -> None:
        dies = self._step("fsync_folder")
        self._unsynced_names = [each for each in self._unsynced_names if path not in (each[1].parent, each[2].parent)]
        self._end(dies)

    def make_folder(self, path: Path) -> None:
        dies = self._step("make_folder")
        super().make_folder(path)
        self._unsynced_names.append(("folder", path, path, None))
        self._end(dies)

    def rename_new(self, source: Path, target: Path) -> None:
        dies = self._step("rename_new")
        super().rename_new(source, target)
        self._unsynced_names.append(("rename", source, target, None))
        self._end(dies)

    def replace(self, source: Path, target: Path) -> None:
        dies = self._step("replace")
        before = target.read_bytes()
        super().replace(source, target)
        self._unsynced_names.append(("replace", source, target, before))
        self._end(dies)

    def forget(self, keep_names: int) -> None:
        """Lose the bytes of files that were not synced, and all unsynced renames after the first ``keep_names``."""
        for path in self._unsynced_files:
            if path.exists():
                os.truncate(path, 0)
        for kind, source, target, before in reversed(self._unsynced_names[keep_names:]):
            if kind == "rename" and target.exists() and not source.exists():
                os.rename(target, source)
            elif kind == "replace" and before is not None and target.exists():
                if not source.exists():
                    os.rename(target, source)
                target.write_bytes(before)
            elif kind == "new":
                source.unlink(missing_ok=True)
