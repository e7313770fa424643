"""Package 提交包: the protocol, and the plain folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from archive.kernel.refusals import Refusal
from ingest.rules.names import printable
from ingest.terms import Entry, Problem

BLOCK = 1024 * 1024


class Package(Protocol):
    """A submission as files 提交包. ``entries`` is complete; ``read`` gives each file once, in pieces."""

    @property
    def name(self) -> str:
        """What people call the package."""
        ...

    def entries(self) -> tuple[Entry, ...]:
        """Every file in it; raises Refusal for what cannot be a package."""
        ...

    def problems(self) -> list[Problem]:
        """What is wrong with its structure: links, devices, lying lists. Known after ``entries``."""
        ...

    def read(self, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each named file with its bytes, in whatever order the source gives them; each once."""
        ...


class FolderPackage:
    """A plain folder 普通文件夹; no link is followed, nothing outside is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._path.name

    def entries(self) -> tuple[Entry, ...]:
        """Every regular file below the folder."""
        self._problems = []
        return tuple(sorted(self._walk(""), key=lambda entry: entry.name))

    def problems(self) -> list[Problem]:
        """Links, devices and other things that are no files."""
        return list(self._problems)

    def read(self, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each file in the order asked for."""
        for name in names:
            yield name, self._pieces(name)

    def _walk(self, folder: str) -> Iterator[Entry]:
        try:
            found = sorted(os.scandir(self._path / folder), key=lambda entry: entry.name)
        except OSError as error:
            raise Refusal("ingest.package-unreadable", package=str(self._path), why=error.strerror) from error
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                self._problems.append(Problem("ingest.entry-special", printable(name), facts={"what": "链接 / link"}))
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(name)
            elif entry.is_file(follow_symlinks=False):
                yield Entry(name, entry.stat(follow_symlinks=False).st_size)
            else:
                self._problems.append(Problem("ingest.entry-special", printable(name), facts={"what": "设备 / device"}))

    def _pieces(self, name: str) -> Iterator[bytes]:
        descriptor = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refusal("ingest.entry-changed", file=printable(name))
            while piece := stream.read(BLOCK):
                yield piece
