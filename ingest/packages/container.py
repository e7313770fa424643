"""Container 压缩包: a zip, tar or tar.gz as package; only a limited child ever reads what is inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart
from ingest.adapters.unpacking import Member, OpenArchive, list_archive, stream_archive
from ingest.packages.package import special
from ingest.rules.contents import DESCRIPTIONS
from ingest.rules.names import check_folder, is_plain, printable
from ingest.terms import Entry, Problem


def archive_kind(path: Path) -> str:
    """``zip``, ``tar``, ``tar.gz`` by the first bytes, or "" for what is none of them."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:3] == b"\x1f\x8b\x08":
        return "tar.gz"
    return "tar" if head[257:262] == b"ustar" else ""


class ContainerPackage:
    """An archive whose members are the submission 压缩提交包; one top folder around everything is passed over."""

    def __init__(self, path: Path, kind: str, limits: IngestPart) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._archive = OpenArchive(self._descriptor, kind, path.name, limits)
        self._problems: list[Problem] = []
        self._members: dict[str, Member] = {}

    @property
    def name(self) -> str:
        """The archive's file name."""
        return self._archive.name

    def entries(self) -> tuple[Entry, ...]:
        """Every regular file in it, from the list; members of other kinds and names given twice are problems."""
        files: list[Member] = []
        for member in list_archive(self._archive):
            if member.kind == "folder":
                self._problems += check_folder(member.name)
            elif member.kind:
                self._problems.append(special(member.name, member.kind))
            else:
                files.append(member)
        top = _top_folder([member.name for member in files])
        for member in files:
            name = member.name.removeprefix("./")[len(top) :]
            if name in self._members:
                self._problems.append(Problem("ingest.entry-twice", printable(name)))
            self._members[name] = member
        facts = os.fstat(self._descriptor)
        stamp = f"{facts.st_ino}:{facts.st_mtime_ns}:{facts.st_ctime_ns}"
        return tuple(Entry(name, m.size, f"{m.number}:{m.stamp}:{stamp}") for name, m in sorted(self._members.items()))

    def problems(self) -> list[Problem]:
        """Links, devices, encrypted members, names given twice."""
        return list(self._problems)

    def read(self, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each file in the order of the archive."""
        if not names:
            return
        wanted = {self._members[name].number: self._members[name] for name in names}
        back = {self._members[name].number: name for name in names}
        for member, pieces in stream_archive(self._archive, wanted):
            yield back[member.number], pieces

    def close(self) -> None:
        """Closes the archive."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _top_folder(names: list[str]) -> str:
    """``folder/`` when every file lies in one folder and none of them is the description; else nothing."""
    plain = [name.removeprefix("./") for name in names]
    if any(name in DESCRIPTIONS or name == "bagit.txt" for name in plain):
        return ""
    tops = {name.partition("/")[0] if "/" in name else "" for name in plain}
    top = tops.pop() if len(tops) == 1 else ""
    return f"{top}/" if top and is_plain(top) else ""


def open_container(path: Path, limits: IngestPart) -> ContainerPackage:
    """The archive at ``path``; refuses what is no zip, tar or tar.gz."""
    try:
        kind = archive_kind(path)
        if not kind:
            raise Refusal("ingest.package-unreadable", package=path.name, why="不是 zip、tar、tar.gz / none of these")
        return ContainerPackage(path, kind, limits)
    except OSError as error:
        raise Refusal("ingest.package-unreadable", package=path.name, why=error.strerror or "") from error
