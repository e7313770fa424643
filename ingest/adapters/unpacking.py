"""Unpacking 解包: what a limited child reads of a zip or tar, listed whole or handed over as a stream.

The parent never parses the archive. It checks every word of the child against what was listed: numbers, order, sizes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart
from archive.renditions.limits import MIB, Limits
from archive.renditions.sandbox import Outcome, run_child
from archive.renditions.walls import ENVIRONMENT, capability, child_command
from ingest.rules.names import printable

ROOM = "ingest.children"
_FRAME = 9
_LARGEST_FRAME = MIB
_PATIENCE_S = 30.0
_PER_SECOND = 20 * MIB
_HEAVY = {"time", "memory", "output"}


@dataclass(frozen=True, slots=True)
class Member:
    """One member as the child found it 归档成员; ``kind`` is "" for a regular file, else what it is instead."""

    number: int
    name: str
    size: int
    kind: str
    stamp: str


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """An archive that stays open 已打开的压缩包: its descriptor, kind (zip, tar, tar.gz), name and limits."""

    descriptor: int
    kind: str
    name: str
    limits: IngestPart

    @property
    def size(self) -> int:
        """Bytes of the archive itself."""
        return os.fstat(self.descriptor).st_size

    def chunks(self) -> Iterator[bytes]:
        """The whole archive in order (unused by the child that asks for parts)."""
        at = 0
        while piece := self.read_at(at, MIB):
            yield piece
            at += len(piece)

    def read_at(self, offset: int, length: int) -> bytes:
        """A part of the archive; short only when it was cut meanwhile."""
        found = b""
        while len(found) < length and (piece := os.pread(self.descriptor, length - len(found), offset + len(found))):
            found += piece
        if len(found) < length and offset + len(found) < self.size:
            raise OSError("short read")
        return found.ljust(length, b"\0") if offset + length <= self.size else found

    def wishes(self) -> dict[str, Any]:
        """The limits as the child wants them."""
        most = self.limits
        return {
            "kind": self.kind,
            "most_members": most.max_files + most.max_files // 2,
            "most_bytes": most.max_package_bytes,
            "most_ratio": most.max_ratio,
        }


def list_archive(archive: OpenArchive) -> tuple[Member, ...]:
    """Every member of the archive. Refuses one that is broken, a bomb, or too large, with the reason."""
    seconds = archive.size / _PER_SECOND
    bounds = Limits(wall_s=25 + seconds, cpu_s=25 + int(seconds), output=24 * MIB)
    result = run_child("container.list", archive, bounds, served=True, room=ROOM, **archive.wishes())
    if result.outcome is not Outcome.OK:
        raise archive_refusal(archive, result.reason or str(result.outcome), result.detail)
    try:
        rows = json.loads(result.blobs[0])
        return tuple(_member(number, *row) for number, row in enumerate(rows))
    except (ValueError, TypeError, IndexError, RecursionError):
        raise archive_refusal(archive, "protocol") from None


def _member(number: int, name: object, size: object, kind: object, stamp: object) -> Member:
    if not isinstance(name, str) or not isinstance(size, int) or size < 0 or isinstance(size, bool):
        raise TypeError
    if not isinstance(kind, str) or not isinstance(stamp, str):
        raise TypeError
    return Member(number, name, size, kind, stamp)


def archive_refusal(archive: OpenArchive, reason: str, detail: str = "") -> Refusal:
    """Why an archive as a whole is refused."""
    name, why = archive.name, f"{reason} {printable(detail)}".strip()
    if reason == "members":
        return Refusal("ingest.package-too-many", files=f"> {archive.limits.max_files}", most=archive.limits.max_files)
    if reason == "bytes":
        most = archive.limits.max_package_bytes
        return Refusal("ingest.package-too-large", size=f"> {most}", most=most)
    if reason == "stream":
        return Refusal("ingest.package-bomb", package=name, ratio=archive.limits.max_ratio)
    code = "ingest.package-too-heavy" if reason in _HEAVY else "ingest.package-unreadable"
    return Refusal(code, package=name, why=why)


def stream_archive(archive: OpenArchive, members: dict[int, Member]) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """The wanted members with their bytes, each once, in the order of the archive.

    Raises Refusal when the archive breaks on the way or a member is not what was listed.
    """
    stream = _Stream(archive, members)
    try:
        yield from stream.members()
    finally:
        stream.end()


@dataclass
class _Stream:
    """A child that hands members over, and what it has still to deliver."""

    archive: OpenArchive
    wanted: dict[int, Member]
    process: subprocess.Popen[bytes] = field(init=False)
    pipe: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        ours, theirs = os.pipe()
        with contextlib.suppress(OSError):
            fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, MIB)
        source = os.open(f"/proc/self/fd/{self.archive.descriptor}", os.O_RDONLY | os.O_CLOEXEC)
        wishes = os.memfd_create("wanted", os.MFD_CLOEXEC)
        try:
            os.write(wishes, json.dumps(sorted(self.wanted)).encode())
            os.lseek(wishes, 0, os.SEEK_SET)
            self._start(source, wishes, theirs)
        finally:
            for descriptor in (source, wishes, theirs):
                os.close(descriptor)
        self.pipe = os.fdopen(ours, "rb", buffering=0)

    def _start(self, source: int, wishes: int, out: int) -> None:
        seconds = int((self.archive.size + sum(m.size for m in self.wanted.values())) / _PER_SECOND)
        limits = Limits(cpu_s=60 + 4 * seconds)
        inside = capability().sandbox == "bubblewrap"
        bounds = {
            "file_size": 0,
            "open_files": limits.open_files,
            "cpu_s": limits.cpu_s,
            "memory": limits.memory,
            "processes": limits.processes if inside else 0,
        }
        request = {**self.archive.wishes(), "task": "container.stream", "source_fd": source, "want_fd": wishes}
        words = json.dumps({**request, "out_fd": out, "limits": bounds}).encode() + b"\n"
        self.process = subprocess.Popen(
            child_command("container", limits, ROOM),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(source, wishes, out),
            env=ENVIRONMENT,
            start_new_session=True,
            cwd="/",
        )
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
            pipe.write(words)

    def members(self) -> Iterator[tuple[Member, Iterator[bytes]]]:
        """Each member; what the caller leaves unread of it is passed over."""
        left = dict(self.wanted)
        while True:
            mark, number, data = self._frame()
            if mark == b"Z" and not left:
                return
            member = left.pop(number, None) if mark == b"M" else None
            if member is None:
                raise self._wrong(mark, data)
            pieces = self._pieces(member)
            yield member, pieces
            for _ in pieces:
                pass

    def _pieces(self, member: Member) -> Iterator[bytes]:
        got = 0
        while True:
            mark, number, data = self._frame()
            got += len(data) if mark == b"D" else 0
            if mark == b"X":
                raise self._wrong(mark, data, member.name[:80])
            if got > member.size or mark not in (b"D", b"E"):
                raise archive_refusal(self.archive, "size", member.name[:80])
            if mark == b"E":
                if got != member.size or number != member.number:
                    raise archive_refusal(self.archive, "size", member.name[:80])
                return
            yield data

    def _wrong(self, mark: bytes, data: bytes, where: str = "") -> Refusal:
        reason = data.decode("ascii", "replace")[:20] if mark == b"X" else "protocol"
        return archive_refusal(self.archive, reason, where)

    def _frame(self) -> tuple[bytes, int, bytes]:
        head = self._exactly(_FRAME)
        value, length = struct.unpack(">II", head[1:])
        if length > _LARGEST_FRAME:
            raise archive_refusal(self.archive, "protocol")
        return head[:1], value, self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        found = bytearray()
        patience = _PATIENCE_S + self.archive.size / _PER_SECOND
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            while len(found) < length:
                if not selector.select(patience):
                    raise archive_refusal(self.archive, "time")
                piece = os.read(self.pipe.fileno(), length - len(found))
                if not piece:
                    raise archive_refusal(self.archive, "crashed")
                found += piece
        return bytes(found)

    def end(self) -> None:
        """The child is gone and its pipe closed, whatever happened."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        self.pipe.close()
