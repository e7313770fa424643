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

BLOCK = 1024 * 1024  # a whole block of the encrypting writer, which then copies nothing
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Package(Protocol):
    """A submission as files 提交包. ``entries`` is complete; ``read`` gives each file once, in pieces."""

    @property
    def name(self) -> str:
        """What people call the package."""
        ...

    def entries(self) -> tuple[Entry, ...]:
        """Every file in it, asked once; raises Refusal for what cannot be a package."""
        ...

    def problems(self) -> list[Problem]:
        """What is wrong with its structure: links, devices, lying lists. Grows while files are read."""
        ...

    def read(self, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each named file with its bytes, in whatever order the source gives them; each once."""
        ...

    def close(self) -> None:
        """Lets go of the source."""
        ...


class FolderPackage:
    """A plain folder 普通文件夹; no link is followed on any level, nothing outside is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._path.absolute().name

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

    def close(self) -> None:
        """Nothing is held."""

    def _walk(self, folder: str) -> Iterator[Entry]:
        try:
            found = sorted(os.scandir(self._path / folder), key=lambda entry: entry.name)
        except OSError as error:
            raise Refusal("ingest.package-unreadable", package=str(self._path), why=error.strerror) from error
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                self._problems.append(special(name, "link"))
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(name)
            elif entry.is_file(follow_symlinks=False):
                facts = entry.stat(follow_symlinks=False)
                yield Entry(name, facts.st_size, f"{facts.st_ino}:{facts.st_mtime_ns}:{facts.st_ctime_ns}")
            else:
                self._problems.append(special(name, "special"))

    def _pieces(self, name: str) -> Iterator[bytes]:
        with os.fdopen(self._open(name), "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise Refusal("ingest.entry-changed", file=printable(name))
            while piece := stream.read(BLOCK):
                yield piece

    def _open(self, name: str) -> int:
        """Opens level by level, so that a folder swapped for a link meanwhile leads nowhere."""
        *folders, last = name.split("/")
        try:
            at = os.open(self._path, _FOLDER & ~os.O_NOFOLLOW)
            for folder in folders:
                above, at = at, os.open(folder, _FOLDER, dir_fd=at)
                os.close(above)
            try:
                return os.open(last, _FILE, dir_fd=at)
            finally:
                os.close(at)
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise Refusal("ingest.entry-unreadable", file=printable(name), why=error.strerror or "") from error


_WHAT = {
    "link": "链接 / link",
    "special": "设备或特殊文件 / device or special file",
    "differs": "压缩包目录与文件头所述不一 / the lists of the archive contradict each other",
}


def special(name: str, what: str) -> Problem:
    """Something in a package that is no regular file."""
    if what == "encrypted":
        return Problem("ingest.entry-encrypted", printable(name))
    if what == "method":
        return Problem("ingest.entry-method", printable(name))
    return Problem("ingest.entry-special", printable(name), facts={"what": _WHAT.get(what, what)})
