"""Files that fail 故障文件: the k-th operation fails, or the machine dies there and forgets what was not synced."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from archive.ocfl.files import DiskFiles


class Killed(BaseException):
    """The process is gone; nothing runs after it, not even clean-up."""


@dataclass
class _Name:
    """A name that was made or moved and not synced since; ``before`` is what a replaced file held."""

    kind: str
    source: Path
    target: Path
    before: bytes | None = None


# which unsynced names survive: none, every second, every other second
LOSSES = (0, 0x5555_5555_5555, 0xAAAA_AAAA_AAAA)


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
        self._unsynced_names: list[_Name] = []

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
        self._unsynced_names.append(_Name("new", path, path))
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
        self._unsynced_names = [each for each in self._unsynced_names if each.target.parent != path]
        self._end(dies)

    def make_folder(self, path: Path) -> None:
        dies = self._step("make_folder")
        super().make_folder(path)
        self._unsynced_names.append(_Name("folder", path, path))
        self._end(dies)

    def rename_new(self, source: Path, target: Path) -> None:
        dies = self._step("rename_new")
        super().rename_new(source, target)
        self._move(source, target)
        self._unsynced_names.append(_Name("rename", source, target))
        self._end(dies)

    def replace(self, source: Path, target: Path) -> None:
        dies = self._step("replace")
        before = target.read_bytes()
        super().replace(source, target)
        self._move(source, target)
        self._unsynced_names.append(_Name("replace", source, target, before))
        self._end(dies)

    def _move(self, source: Path, target: Path) -> None:
        """What was not synced under the old name is not synced under the new one."""
        self._unsynced_files = {_moved(path, source, target) for path in self._unsynced_files}
        # the moved name itself now lives or dies with the renaming
        self._unsynced_names = [name for name in self._unsynced_names if name.target != source]
        for name in self._unsynced_names:
            name.target = _moved(name.target, source, target)

    def forget(self, keep: int) -> None:
        """Lose the bytes of files that were not synced, and each unsynced name whose bit in ``keep`` is not set."""
        for path in self._unsynced_files:
            if path.exists():
                os.truncate(path, 0)
        for number, name in reversed(list(enumerate(self._unsynced_names))):
            if keep >> number & 1 or not name.target.exists():
                continue
            if name.kind == "new":
                name.target.unlink()
            elif name.kind == "folder":
                shutil.rmtree(name.target)
            elif name.kind == "rename" and name.source.parent.exists():
                os.rename(name.target, name.source)
                for other in self._unsynced_names[:number]:
                    other.target = _moved(other.target, name.target, name.source)
            elif name.kind == "replace" and name.before is not None:
                name.target.write_bytes(name.before)


def _moved(path: Path, source: Path, target: Path) -> Path:
    return target / path.relative_to(source) if path.is_relative_to(source) else path
