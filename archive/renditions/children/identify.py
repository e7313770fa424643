"""Child program 子程序: tells what a file is by its content; lists zips and OLE2 files as far as that needs."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

import puremagic

from archive.renditions import catalogue, formats
from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request, SharedSource, Task, Unfit
from archive.renditions.terms import Finding, Format, Inspection, Kind

_MEMBERS_CAP = 100_000
_SHOWN = 1_000
_SECTORS_CAP = 4_096
_DIRECTORY_ENTRY = 128
_END_OF_CHAIN = 0xFFFFFFFA


def identify(request: Request) -> Answer:
    """The format of a file, read piece by piece from the parent; size does not matter."""
    source = runtime.shared_source(request)
    size = int(request["size"])
    head = _at(source, 0, formats.HEAD)
    tail = _at(source, max(0, size - formats.TAIL), formats.TAIL)
    found = formats.identify(head, tail, size)
    if found == catalogue.ZIP:
        return Answer(_zip(source))
    if found == catalogue.OLE:
        names = _ole_names(source, head)
        return Answer(Inspection(format=formats.refine_ole(names), encrypted="EncryptedPackage" in names))
    if found.kind is Kind.UNKNOWN and size:
        return Answer(Inspection(format=found, findings=_guess(head, tail, found)))
    return Answer(Inspection(format=found))


def _at(source: SharedSource, offset: int, length: int) -> bytes:
    source.seek(offset)
    data = bytearray()
    while len(data) < length and (piece := source.read(length - len(data))):
        data += piece
    return bytes(data)


def _zip(source: SharedSource) -> Inspection:
    """By what it holds; a zip whose listing is damaged stays a zip, and says so."""
    try:
        with zipfile.ZipFile(io.BufferedReader(source)) as archive:
            listed = archive.infolist()
            if len(listed) > _MEMBERS_CAP:
                raise Unfit("members", detail=str(len(listed)))
            names = tuple(info.filename for info in listed)
            mimetype = _mimetype(archive, listed)
            locked = any(info.flag_bits & 1 for info in listed)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error):
        return Inspection(format=catalogue.ZIP, findings=(Finding("zip-damaged"),))
    return Inspection(
        format=formats.refine_zip(names, mimetype),
        encrypted=locked,
        members=tuple(name[:200] for name in names[:_SHOWN]),
    )


def _mimetype(archive: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> str:
    """ODF: the first member is called ``mimetype``, stored, and holds nothing else."""
    if not listed or listed[0].filename != "mimetype" or listed[0].file_size > 200 or listed[0].flag_bits & 1:
        return ""
    return archive.read(listed[0]).decode("ascii", "replace").strip()


def _ole_names(source: SharedSource, head: bytes) -> tuple[str, ...]:
    """Names of the streams of an OLE2 file: its directory chain followed through the first FAT sectors only."""
    try:
        shift, first = struct.unpack_from("<H", head, 30)[0], struct.unpack_from("<I", head, 48)[0]
        if shift not in (9, 12):
            return ()
        sector = 1 << shift
        fat_sectors = [number for number in struct.unpack_from("<109I", head, 76) if number < _END_OF_CHAIN]
    except struct.error:
        return ()
    names: list[str] = []
    number, seen = first, 0
    while number < _END_OF_CHAIN and seen < _SECTORS_CAP:
        seen += 1
        block = _at(source, (number + 1) * sector, sector)
        names.extend(_entry_names(block))
        per = sector // 4
        if number // per >= len(fat_sectors):
            break
        entry = _at(source, (fat_sectors[number // per] + 1) * sector + 4 * (number % per), 4)
        if len(entry) < 4:
            break
        number = int.from_bytes(entry, "little")
    return tuple(names)


def _entry_names(block: bytes) -> list[str]:
    found = []
    for at in range(0, len(block) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
        length = int.from_bytes(block[at + 64 : at + 66], "little")
        if 2 <= length <= 64:
            found.append(block[at : at + length - 2].decode("utf-16-le", "replace"))
    return found


def _guess(head: bytes, tail: bytes, found: Format) -> tuple[Finding, ...]:
    """What puremagic takes it for: told, never relied on."""
    try:
        guesses = puremagic.magic_string(head + tail)
    except (puremagic.PureError, ValueError):
        return ()
    names = [guess.name for guess in guesses[:1] if guess.confidence >= 0.6]
    return tuple(Finding("format-guess", detail=name[:120]) for name in names)


TASKS: Mapping[str, Task] = {"identify.identify": identify}

if __name__ == "__main__":
    runtime.run(TASKS)
