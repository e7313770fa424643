"""OLE2 office files OLE2 办公文件: what acts in them, whether they want a password, what a converter computes anew."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

import olefile

from archive.renditions.children.runtime import Unfit
from archive.renditions.limits import MIB

_STREAM_CAP = 128 * MIB
_RECORDS_CAP = 5_000_000
_FORMULA, _FILEPASS = 0x0006, 0x002F
_VOLATILE = re.compile(rb"[\x21\x41\x61](?:\xdd|\x4a)\x00")
_BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError)


class Compound:
    """An OLE2 compound file 复合文档, its streams read under a cap."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._file = olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL)
            self.paths = tuple("/".join(path) for path in self._file.listdir(streams=True, storages=True))
        except _BROKEN:
            raise Unfit("damaged") from None

    def __contains__(self, path: str) -> bool:
        return path in self.paths

    def read(self, path: str) -> bytes:
        """The bytes of a stream, empty where there is none."""
        if path not in self.paths:
            return b""
        try:
            if self._file.get_size(path) > _STREAM_CAP:
                raise Unfit("stream", detail="a stream is too large")
            with self._file.openstream(path) as stream:
                return bytes(stream.read(_STREAM_CAP))
        except _BROKEN:
            raise Unfit("damaged") from None

    def with_stream(self, path: str, data: bytes) -> bytes:
        """The file with one stream replaced by another of the same length."""
        try:
            copy = io.BytesIO(self._data)
            with olefile.OleFileIO(copy, raise_defects=olefile.DEFECT_FATAL, write_mode=True) as file:
                file.write_stream(path, data)
                return copy.getvalue()
        except _BROKEN:
            raise Unfit("damaged") from None

    def active(self) -> set[str]:
        """Macros and embedded objects by the names of their storages."""
        found = set()
        for path in self.paths:
            first = path.partition("/")[0]
            if first in ("Macros", "_VBA_PROJECT_CUR", "VBA") or "/VBA" in path:
                found.add("macro")
            if (first == "ObjectPool" and "/" in path) or first.startswith("MBD"):
                found.add("embedded-file")
        return found


def check_password(compound: Compound) -> None:
    """Unfit where the file opens only with a password."""
    if any(name in compound for name in ("EncryptedPackage", "EncryptedSummary", "EncryptionInfo")):
        raise Unfit("password")
    for name in ("Workbook", "Book"):
        for number, (kind, _) in enumerate(_records(compound.read(name))):
            if kind == _FILEPASS:
                raise Unfit("password")
            if number > 50:
                break


def recomputed_cells(compound: Compound) -> bool:
    """Whether a formula of a workbook asks for the date or the time of today."""
    stream = compound.read("Workbook") or compound.read("Book")
    return any(kind == _FORMULA and _VOLATILE.search(body[20:]) for kind, body in _records(stream))


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_RECORDS_CAP):
        if at + 4 > len(stream):
            return
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size
