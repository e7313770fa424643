"""Child program 子程序 for archives: lists a zip or tar, then hands its members over one by one.

Names, sizes and kinds are told as they stand; what they mean is judged by the parent. A list is never longer than
asked, an unpacked stream never larger than its member says.
"""

from __future__ import annotations

import io
import json
import os
import struct
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request, Unfit
from ingest.children.zips import ZipReader, ZipRow

PIECE = 256 * 1024
FLOOR = 64 * 1024 * 1024
NAME_CUT = 2_000
_BROKEN = (
    tarfile.TarError, zlib.error, EOFError, ValueError, IndexError, KeyError, struct.error,
    NotImplementedError, RuntimeError, UnicodeError, OverflowError, OSError,
)  # fmt: skip


class Gunzip(io.RawIOBase):
    """The content of a gzip stream, forwards only 解压流: checks every checksum, stops a bomb while it grows."""

    def __init__(self, source: BinaryIO, ratio: int, most: int) -> None:
        super().__init__()
        self._source, self._ratio, self._most = source, ratio, most
        self._engine: Any = zlib.decompressobj(31)
        self._rest, self._taken, self._at, self._done = b"", 0, 0, False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or offset < self._at:
            raise ValueError("a compressed stream is read forwards")
        while self._at < offset and self.read(min(PIECE, offset - self._at)):
            pass
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        while not self._done and len(view):
            if self._engine.eof:
                self._next_member()
                continue
            got = self._engine.decompress(self._rest, len(view))
            if not got and not self._engine.eof and not self._engine.unconsumed_tail:
                self._rest = self._source.read(PIECE)
                self._taken += len(self._rest)
                if not self._rest:
                    raise EOFError("cut gzip stream")
                continue
            self._rest = self._engine.unconsumed_tail or self._engine.unused_data
            if got:
                view[: len(got)] = got
                self._count(len(got))
                return len(got)
        return 0

    def _next_member(self) -> None:
        if not self._rest:
            self._rest = self._source.read(PIECE)
            self._taken += len(self._rest)
        if self._rest:
            self._engine = zlib.decompressobj(31)
        else:
            self._done = True

    def _count(self, got: int) -> None:
        self._at += got
        if self._at > self._most + FLOOR:
            raise Unfit("bytes")
        if self._at > FLOOR and self._at > self._taken * self._ratio:
            raise Unfit("stream")


def list_members(request: Request) -> Answer:
    """Every member as [name, size, what it is, stamp]; "" is a regular file."""
    source: Any = io.BufferedReader(runtime.shared_source(request), 4096)  # small: headers lie far apart
    try:
        list_all = _zip_list if request["kind"] == "zip" else _tar_list
        found = list(list_all(source, request))
    except _BROKEN as broken:
        raise Unfit("damaged", detail=type(broken).__name__) from None
    if sum(row[1] for row in found) > int(request["most_bytes"]):
        raise Unfit("bytes")
    return Answer(len(found), (runtime.as_json(found),))


def stream_members(request: Request) -> Answer:
    """Writes the members whose numbers are wanted to ``out_fd`` in frames, in the order in which they lie there."""
    with os.fdopen(int(request["want_fd"]), "rb") as wishes:
        wanted = frozenset(json.load(wishes))
    source = os.fdopen(int(request["source_fd"]), "rb")
    with os.fdopen(int(request["out_fd"]), "wb", buffering=0) as out:
        try:
            stream = _zip_stream if request["kind"] == "zip" else _tar_stream
            for mark, value, data in stream(source, request, wanted):
                _send(out, mark, value, data)
            _send(out, b"Z", 0)
        except Unfit as unfit:
            _send(out, b"X", 0, unfit.code.encode())
        except MemoryError:
            _send(out, b"X", 0, b"memory")
        except _BROKEN:
            _send(out, b"X", 0, b"damaged")
    return Answer(None)


def _send(out: IO[bytes], mark: bytes, value: int, data: bytes = b"") -> None:
    view = memoryview(mark + struct.pack(">II", value, len(data)) + data)
    while view:
        view = view[out.write(view) or 0 :]


def _zip_list(source: BinaryIO, request: Request) -> Iterator[tuple[str, int, str, str]]:
    reader = ZipReader(source, int(request["most_members"]))
    total = sum(row.size for row in reader.rows)
    if total > FLOOR and total > int(request["size"]) * int(request["most_ratio"]):
        raise Unfit("stream")
    for row, name in zip(reader.rows, _zip_names(reader.rows), strict=True):
        yield name, row.size, row.kind, f"{row.crc:08x}{row.offset:x}"


def _zip_names(rows: list[ZipRow]) -> list[str]:
    """Names without the UTF-8 flag come from Chinese Windows more often than from anywhere else; one archive was made
    by one program, so what one such name cannot be, none of them is.
    """
    silent = [row.raw for row in rows if not row.is_utf8 and row.unicode_name is None]
    encoding = next((name for name in ("utf-8", "gb18030") if all(_reads(raw, name) for raw in silent)), "cp437")
    names = []
    for row in rows:
        stated = row.unicode_name if row.unicode_name is not None else row.raw if row.is_utf8 else None
        text = row.raw.decode(encoding) if stated is None else stated.decode("utf-8", "surrogateescape")
        names.append(text[:NAME_CUT])
    return names


def _reads(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)[:NAME_CUT]
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "surrogateescape")[:NAME_CUT]


def _zip_stream(source: BinaryIO, request: Request, wanted: frozenset[int]) -> Iterator[tuple[bytes, int, bytes]]:
    reader = ZipReader(source, int(request["most_members"]))
    for number in reader.order(wanted):
        yield b"M", number, b""
        for piece in reader.data(number):
            yield b"D", 0, piece
        yield b"E", number, b""


class Watched:
    """A stream that remembers what was read last 末次读取: ``tarfile`` takes a broken header for the end."""

    def __init__(self, stream: Any) -> None:
        self._stream, self.last = stream, b""
        self.tell, self.seek = stream.tell, stream.seek

    def read(self, size: int) -> bytes:
        """``size`` bytes unless the stream ends."""
        found = bytearray()
        while len(found) < size and (piece := self._stream.read(size - len(found))):
            found += piece
        self.last = bytes(found)
        return self.last


def _open_tar(source: BinaryIO, request: Request) -> tuple[tarfile.TarFile, Watched]:
    stream: Any = source
    if request["kind"] == "tar.gz":
        stream = Gunzip(source, int(request["most_ratio"]), int(request["most_bytes"]))
    watched = Watched(stream)
    reading: Any = watched
    return tarfile.TarFile(fileobj=reading, mode="r", encoding="utf-8", errors="surrogateescape"), watched


def _tar_list(source: BinaryIO, request: Request) -> Iterator[tuple[str, int, str, str]]:
    archive, watched = _open_tar(source, request)
    number = total = 0
    while (info := archive.next()) is not None:
        number, total = number + 1, total + info.size
        if number > int(request["most_members"]):
            raise Unfit("members")
        if total > int(request["most_bytes"]):
            raise Unfit("bytes")
        if info.size < 0 or info.offset_data < info.offset:
            raise Unfit("damaged")
        name = _decode(info.name.encode("utf-8", "surrogateescape")) + ("/" if info.isdir() else "")
        yield name, info.size, _tar_kind(info), f"{int(info.mtime)}"
        archive.members = []  # type: ignore[attr-defined]  # tarfile keeps every member it has seen
    _judge_end(watched)


def _judge_end(watched: Watched) -> None:
    """The end is marked by zeros, and nothing hides behind it."""
    if len(watched.last) < tarfile.BLOCKSIZE:
        raise Unfit("truncated")
    while not watched.last.strip(b"\0"):
        if not watched.read(PIECE):
            return
    raise Unfit("damaged", detail="no proper end")


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link"
    if info.isdir():
        return "folder"
    return "" if info.isreg() and not info.issparse() else "special"


def _tar_stream(source: BinaryIO, request: Request, wanted: frozenset[int]) -> Iterator[tuple[bytes, int, bytes]]:
    archive, _ = _open_tar(source, request)
    number, left = -1, len(wanted)
    while left and (info := archive.next()) is not None:
        number += 1
        if number in wanted:
            left -= 1
            yield b"M", number, b""
            member = archive.extractfile(info)
            if member is None:
                raise Unfit("damaged")
            got = 0
            while piece := member.read(PIECE):
                got += len(piece)
                yield b"D", 0, piece
            if got != info.size:
                raise Unfit("truncated")
            yield b"E", number, b""
        archive.members = []  # type: ignore[attr-defined]  # tarfile keeps every member it has seen


if __name__ == "__main__":
    runtime.run({"container.list": list_members, "container.stream": stream_members})
