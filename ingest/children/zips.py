"""Zip 压缩包 read strictly: what the end record, the directory, the local headers and the data say must be one and the
same, and every byte of the file must belong to one of them. Nothing is repaired; a zip that two programs could read in
two ways is refused.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from archive.renditions.children.runtime import Unfit

_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4s4B4H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_DESCRIPTOR = 24
_DIRECTORY_CAP = 64 * 1024 * 1024
_STEP = 256 * 1024
_ENCRYPTED = 0x2041  # bits 0, 6 and 13: member, strong encryption, masked directory
_UTF8 = 0x0800
_LATER = 0x0008
STORED, DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class _Directory:
    count: int
    size: int
    offset: int


@dataclass(slots=True)
class ZipRow:
    """One member as the directory lists it 压缩包成员; ``kind`` is "" for a regular file, else what it is instead."""

    raw: bytes
    unicode_name: bytes | None
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    kind: str

    @property
    def is_utf8(self) -> bool:
        """Whether the name states its encoding."""
        return bool(self.flags & _UTF8)


class ZipReader:
    """One zip archive behind a seekable file, of ``most`` members at most."""

    def __init__(self, source: BinaryIO, most: int) -> None:
        self._source, self._size, self._most = source, source.seek(0, os.SEEK_END), most
        directory = self._directory()
        self.rows = self._central(directory)
        self._judge_layout(directory)

    def order(self, wanted: frozenset[int]) -> list[int]:
        """The wanted members as they lie in the file."""
        return sorted(wanted, key=lambda number: self.rows[number].offset)

    def data(self, number: int) -> Iterator[bytes]:
        """The bytes of one member; raises Unfit when size or checksum is not what was stated."""
        row = self.rows[number]
        at, _ = self._local(row)
        if row.kind:
            raise Unfit("damaged", detail=row.kind)
        count = crc = 0
        plain = row.method == STORED or not row.packed
        for piece in self._stored(at, row) if plain else self._inflated(at, row):
            count += len(piece)
            if count > row.size:
                raise Unfit("damaged", detail="size")
            crc = zlib.crc32(piece, crc)
            yield piece
        if count != row.size or crc != row.crc:
            raise Unfit("damaged", detail="size" if count != row.size else "checksum")

    def _stored(self, at: int, row: ZipRow) -> Iterator[bytes]:
        self._source.seek(at)
        left = row.packed
        while left:
            piece = self._source.read(min(_STEP, left))
            if not piece:
                raise Unfit("truncated")
            left -= len(piece)
            yield piece

    def _inflated(self, at: int, row: ZipRow) -> Iterator[bytes]:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        for piece in self._stored(at, row):
            while piece and not engine.eof:
                try:
                    out = engine.decompress(piece, _STEP)
                except zlib.error:
                    raise Unfit("damaged", detail="deflate") from None
                piece = engine.unconsumed_tail
                if out:
                    yield out
            if engine.unused_data:
                raise Unfit("damaged", detail="size")
        if not engine.eof:
            rest = engine.flush()
            if rest:
                yield rest
            if not engine.eof:
                raise Unfit("truncated")

    def _at(self, offset: int, length: int) -> bytes:
        if offset < 0 or offset + length > self._size:
            raise Unfit("truncated")
        self._source.seek(offset)
        data = self._source.read(length)
        if len(data) != length:
            raise Unfit("truncated")
        return data

    def _directory(self) -> _Directory:
        """Where the central directory lies, by the one end record that ends exactly where the file ends."""
        tail = self._at(max(0, self._size - 65_557), min(self._size, 65_557))
        ends = [at for at in _finds(tail, b"PK\x05\x06") if _ends_at(tail, at)]
        if not ends:
            raise Unfit("truncated" if b"PK\x05\x06" not in tail else "damaged", detail="no end where the file ends")
        if len(ends) > 1:
            raise Unfit("damaged", detail="two-ends")
        _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, ends[0])
        end = self._size - len(tail) + ends[0]
        if (disk or first_disk or here != count) and 0xFFFF not in (disk, first_disk, here, count):
            raise Unfit("damaged", detail="multi-disk")
        stated = _Directory(count, size, offset)
        begin = end
        if end >= _LOCATOR.size and self._at(end - _LOCATOR.size, 4) == b"PK\x06\x07":
            stated, begin = self._large(end, stated)
        elif count == 0xFFFF or 0xFFFFFFFF in (size, offset):
            raise Unfit("damaged")
        if stated.offset + stated.size != begin:
            short = stated.offset + stated.size > begin
            raise Unfit("truncated" if short else "damaged", detail="directory not at its place")
        if stated.count > self._most or stated.size > _DIRECTORY_CAP:
            raise Unfit("members")
        return stated

    def _large(self, end: int, small: _Directory) -> tuple[_Directory, int]:
        """The zip64 end record; what the small one states must agree unless it says "see there"."""
        _, disk, at, disks = _LOCATOR.unpack(self._at(end - _LOCATOR.size, _LOCATOR.size))
        if disk or disks > 1:
            raise Unfit("damaged", detail="multi-disk")
        found = _END64.unpack(self._at(at, _END64.size))
        magic, length, _, _, disk, first_disk, here, count, size, offset = found
        if magic != b"PK\x06\x06" or at + 12 + length != end - _LOCATOR.size:
            raise Unfit("damaged", detail="zip64 end not at its place")
        if disk or first_disk or here != count:
            raise Unfit("damaged", detail="multi-disk")
        pairs = ((small.count, count, 0xFFFF), (small.size, size, 0xFFFFFFFF), (small.offset, offset, 0xFFFFFFFF))
        if any(old not in (new, never) for old, new, never in pairs):
            raise Unfit("damaged", detail="headers-differ")
        return _Directory(count, size, offset), at

    def _central(self, directory: _Directory) -> list[ZipRow]:
        data = self._at(directory.offset, directory.size)
        rows: list[ZipRow] = []
        at = 0
        for _ in range(directory.count):
            if at + _CENTRAL.size > len(data) or data[at : at + 4] != b"PK\x01\x02":
                raise Unfit("damaged")
            fields = _CENTRAL.unpack_from(data, at)
            name_length, extra_length, comment_length, disk = fields[12], fields[13], fields[14], fields[15]
            name_at = at + _CENTRAL.size
            at = name_at + name_length + extra_length + comment_length
            if at > len(data):
                raise Unfit("truncated")
            if disk not in (0, 0xFFFF):
                raise Unfit("damaged", detail="multi-disk")
            raw = data[name_at : name_at + name_length]
            extra = data[name_at + name_length : name_at + name_length + extra_length]
            rows.append(_row(fields, raw, extra))
        if at != len(data):
            raise Unfit("damaged")
        return rows

    def _local(self, row: ZipRow) -> tuple[int, str]:
        """Where the data of a member begins, and what its local header says differently."""
        header = self._at(row.offset, _LOCAL.size)
        magic, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(header)
        if magic != b"PK\x03\x04":
            raise Unfit("damaged")
        rest = self._at(row.offset + _LOCAL.size, name_length + extra_length)
        at = row.offset + _LOCAL.size + name_length + extra_length
        if rest[:name_length] != row.raw or method != row.method or (flags ^ row.flags) & (_ENCRYPTED | _LATER):
            return at, "differs"
        own = (size, packed)
        if 0xFFFFFFFF in own:
            own = _large_sizes(rest[name_length:], size, packed)
        if own != (row.size, row.packed) or crc != row.crc:
            late = flags & _LATER and (own in ((0, 0), (row.size, row.packed))) and crc in (0, row.crc)
            if not late:
                return at, "differs"
        return at, ""

    def _judge_layout(self, directory: _Directory) -> None:
        """Members must lie one behind the other from the first byte to the directory, with nothing between."""
        spans: list[tuple[int, int]] = []
        for row in self.rows:
            begin, wrong = self._local(row)
            row.kind = row.kind or wrong
            spans.append((row.offset, begin + row.packed))
        spans.sort()
        if (spans[0][0] if spans else directory.offset) != 0:
            raise Unfit("damaged", detail="something before the first member")
        for (_, end), (begin, _) in pairwise([*spans, (directory.offset, 0)]):
            if not end <= begin <= end + _DESCRIPTOR:
                raise Unfit("damaged", detail="members overlap" if begin < end else "something between members")


def _finds(data: bytes, what: bytes) -> Iterator[int]:
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def _ends_at(tail: bytes, at: int) -> bool:
    return at + _END.size <= len(tail) and at + _END.size + _END.unpack_from(tail, at)[7] == len(tail)


def _row(fields: tuple[int, ...], raw: bytes, extra: bytes) -> ZipRow:
    _, _, made_on, _, _, flags, method, _, _, crc, packed, size, *_ = fields
    mode, offset = fields[17] >> 16, fields[18]
    for kind, body in _extras(extra):
        if kind == 0x0001:
            wide = iter(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
            size = next(wide, size) if size == 0xFFFFFFFF else size
            packed = next(wide, packed) if packed == 0xFFFFFFFF else packed
            offset = next(wide, offset) if offset == 0xFFFFFFFF else offset
    row = ZipRow(raw, _unicode_name(raw, extra), flags, method, crc, packed, size, offset, "")
    row.kind = _kind(row, stat.S_IFMT(mode) if made_on == 3 else 0)
    return row


def _kind(row: ZipRow, unix: int) -> str:
    if row.flags & _ENCRYPTED or row.method == 99:
        return "encrypted"
    if unix not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link" if unix == stat.S_IFLNK else "special"
    if row.raw.endswith(b"/"):
        return "special" if row.size else "folder"
    if row.method not in (STORED, DEFLATED):
        return "method"
    return "differs" if row.method == STORED and row.size != row.packed else ""


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _large_sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    for kind, body in _extras(extra):
        if kind == 0x0001 and len(body) >= 16:
            return struct.unpack_from("<2Q", body)[0], struct.unpack_from("<2Q", body)[1]
    return size, packed


def _unicode_name(raw: bytes, extra: bytes) -> bytes | None:
    """The name in UTF-8 that some packers put beside one in their own encoding, if it was made for this very name."""
    for kind, body in _extras(extra):
        fits = kind == 0x7075 and len(body) > 5 and body[0] == 1
        if fits and struct.unpack_from("<I", body, 1)[0] == zlib.crc32(raw):
            return body[5:]
    return None
