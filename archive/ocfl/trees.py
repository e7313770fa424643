"""Folder tree 文件夹树: a folder's files, read without following any link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FolderTree:
    """A folder as a tree 文件夹: every element of a name is opened below the one before, so a link cannot lead out.

    Use it as a context manager, or call ``close``. The names are listed once, when first asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._listing: dict[str, list[str]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the folder's descriptor back."""
        os.close(self._top)

    def names(self) -> Iterable[str]:
        return self._list()["file"]

    def folders(self) -> Iterable[str]:
        return self._list()["folder"]

    def strangers(self) -> Iterable[str]:
        return self._list()["stranger"]

    def open(self, name: str) -> BinaryIO:
        *parents, last = name.split("/")
        folder = self._descend("/".join(parents))
        try:
            descriptor = os.open(last, _FILE, dir_fd=folder)
        finally:
            os.close(folder)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(f"not a regular file: {name}")
        return os.fdopen(descriptor, "rb", buffering=0)

    def _descend(self, name: str) -> int:
        """A descriptor of the folder ``name``, opened element by element."""
        folder = os.dup(self._top)
        for part in name.split("/") if name else []:
            if part in ("", ".", ".."):
                os.close(folder)
                raise OSError(f"not a name below the folder: {name}")
            try:
                below = os.open(part, _FOLDER, dir_fd=folder)
            finally:
                os.close(folder)
            folder = below
        return folder

    def _list(self) -> dict[str, list[str]]:
        if self._listing is None:
            listing: dict[str, list[str]] = {"file": [], "folder": [], "stranger": []}
            waiting = [""]
            while waiting:
                prefix = waiting.pop()
                for name, kind in self._entries(prefix):
                    listing[kind].append(name)
                    if kind == "folder":
                        waiting.append(name)
            self._listing = {kind: sorted(found) for kind, found in listing.items()}
        return self._listing

    def _entries(self, prefix: str) -> Iterable[tuple[str, str]]:
        folder = self._descend(prefix)
        try:
            with os.scandir(folder) as entries:
                found = [(f"{prefix}/{entry.name}" if prefix else entry.name, kind_of(entry)) for entry in entries]
        finally:
            os.close(folder)
        return found


def kind_of(entry: os.DirEntry[str]) -> str:
    """``file``, ``folder`` or ``stranger`` (a link, device or socket) of a listed name, without following it."""
    if entry.is_symlink():
        return "stranger"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "stranger"
