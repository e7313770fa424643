"""File operations 文件操作: the one door through which objects and bags are written, so that each can fail."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Protocol

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
# the file system or the kernel does not know the flag: the fallback below is used instead
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})


class Files(Protocol):
    """File operations 文件操作; each raises OSError when it did not happen, and none ever overwrites silently."""

    def open_new(self, path: Path) -> int:
        """A descriptor for writing a file that must not exist yet (FileExistsError otherwise)."""

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """How many bytes were taken, which may be fewer than given."""

    def fsync(self, descriptor: int) -> None:
        """Return only when the file's bytes are on the disk."""

    def close(self, descriptor: int) -> None:
        """Close the descriptor; an error here is a lost write and is raised."""

    def fsync_folder(self, path: Path) -> None:
        """Return only when the folder's names are on the disk."""

    def make_folder(self, path: Path) -> None:
        """Make one folder whose parent exists (FileExistsError when the name is taken)."""

    def rename_new(self, source: Path, target: Path) -> None:
        """Rename without overwriting; FileExistsError when ``target`` exists in whatever form."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename a file over another one atomically."""

    def remove(self, path: Path) -> None:
        """Remove one file."""

    def remove_folder(self, path: Path) -> None:
        """Remove one empty folder."""


class DiskFiles:
    """Real file operations 实际文件操作 on a POSIX file system."""

    def open_new(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def fsync_folder(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        os.mkdir(path, 0o750)

    def rename_new(self, source: Path, target: Path) -> None:
        if not _rename_noreplace(source, target):
            rename_exclusively(source, target)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def remove(self, path: Path) -> None:
        os.unlink(path)

    def remove_folder(self, path: Path) -> None:
        os.rmdir(path)


def _rename_noreplace(source: Path, target: Path) -> bool:
    """renameat2 with RENAME_NOREPLACE; False where kernel or file system lacks it."""
    if not sys.platform.startswith("linux"):
        return False
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return False
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    function.restype = ctypes.c_int
    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename without overwriting where renameat2 is missing; FileExistsError when ``target`` exists.

    A folder: the name is taken with an exclusive mkdir, and rename replaces that folder only while it is empty.
    A file: a second hard link is exclusive, then the first name goes.
    """
    if source.is_symlink() or not source.is_dir():
        os.link(source, target, follow_symlinks=False)
        os.unlink(source)
        return
    os.mkdir(target, 0o750)
    try:
        os.rename(source, target)
    except OSError:
        os.rmdir(target)
        raise


def write_all(files: Files, descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``; a short write is an error, for on a regular file it means a full or broken disk."""
    size = len(data) if isinstance(data, bytes) else data.nbytes
    taken = files.write(descriptor, data)
    if taken != size:
        raise OSError(errno.EIO, f"short write: {taken} of {size} bytes")


def write_file(files: Files, path: Path, data: bytes) -> None:
    """Write a new file whole and have it on the disk; the caller still syncs the folder that names it."""
    descriptor = files.open_new(path)
    try:
        write_all(files, descriptor, data)
        files.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    files.close(descriptor)


def make_folders(files: Files, base: Path, relative: str) -> list[Path]:
    """Make the folders of ``relative`` below ``base`` that are missing; returns them, outermost first, unsynced."""
    made: list[Path] = []
    folder = base
    for name in relative.split("/") if relative else []:
        folder = folder / name
        try:
            files.make_folder(folder)
        except FileExistsError:
            if folder.is_symlink() or not folder.is_dir():
                raise
        else:
            made.append(folder)
    return made


def sync_tree(files: Files, top: Path) -> None:
    """Sync every folder below and including ``top``, innermost first: no name points at nothing after a crash."""
    for folder, _, _ in os.walk(top, topdown=False, onerror=_raise, followlinks=False):
        files.fsync_folder(Path(folder))


def _raise(error: OSError) -> None:
    raise error
