"""Words of a Word 97-2003 file 旧版 Word 文字: the piece table says where text stands, character runs what hides it.

After the published description [MS-DOC]: FIB, Clx, PlcBteChpx, FKP. Nothing is drawn here.
"""

from __future__ import annotations

import bisect
import struct
from dataclasses import dataclass

from archive.renditions.children.runtime import Unfit
from archive.renditions.comparison import Held

_FIELD_BEGIN, _FIELD_SEPARATE, _FIELD_END = "\x13", "\x14", "\x15"
_MARKS = frozenset("\x01\x02\x03\x04\x05\x08\x0e")
_VANISH, _DELETED = 0x083C, 0x0800
_PIECES_CAP = 200_000
_RUNS_CAP = 2_000_000
_CHANGES = ["PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT", "LISTNUM"]
_RECOMPUTED = frozenset({"DATE", "TIME", "PRINTDATE", "SAVEDATE", "CREATEDATE", "EDITTIME", "FILENAME"})
_FIELD_TABLES = (16, 17, 18, 19, 48, 57, 59)
_RECOMPUTED_NUMBERS = frozenset({21, 22, 23, 25, 29, 31, 32})
_QUOTE = 35


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text: characters from ``start``, at ``offset`` of the stream, one or two bytes each."""

    start: int
    end: int
    offset: int
    wide: bool


@dataclass(frozen=True, slots=True)
class WordText:
    """What a Word file holds 文字内容, and which of its fields a converter computes anew."""

    held: tuple[Held, ...]
    recomputed: tuple[str, ...]


def read_word(stream: bytes, table0: bytes, table1: bytes) -> WordText:
    """The text of the streams WordDocument and 0Table or 1Table; Unfit when they are not whole or want a password."""
    try:
        (flags,) = struct.unpack_from("<H", stream, 10)
        if flags & 0x0100:
            raise Unfit("password")
        table = table1 if flags & 0x0200 else table0
        counts = struct.unpack_from("<8i", stream, 76)
        pieces = _pieces(stream, table)
        hidden = _hidden_runs(stream, table)
        held, recomputed = _read(stream, pieces, hidden, counts)
    except (struct.error, IndexError, ValueError):
        raise Unfit("damaged") from None
    return WordText(tuple(held), tuple(sorted(recomputed)))


def table_name(stream: bytes) -> str:
    """Which of the two table streams a file uses."""
    return "1Table" if struct.unpack_from("<H", stream, 10)[0] & 0x0200 else "0Table"


def settled(stream: bytes, table: bytes) -> bytes:
    """The table stream with the fields that a converter computes anew made quotations: they show what was saved."""
    changed = bytearray(table)
    for index in _FIELD_TABLES:
        start, length = _pair(stream, index)
        count = max(0, (min(length, len(table) - start) - 4) // 6)
        first = start + 4 * (count + 1)
        for at in range(first, first + 2 * count, 2):
            if changed[at] & 0x1F == ord(_FIELD_BEGIN) and changed[at + 1] in _RECOMPUTED_NUMBERS:
                changed[at + 1] = _QUOTE
    return bytes(changed)


def _pair(stream: bytes, index: int) -> tuple[int, int]:
    """Entry ``index`` of the table of offsets in the FIB: where in the table stream, how long."""
    start, length = struct.unpack_from("<II", stream, 154 + 8 * index)
    return int(start), int(length)


def _pieces(stream: bytes, table: bytes) -> list[_Piece]:
    start, length = _pair(stream, 33)
    clx = table[start : start + length]
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    if at >= len(clx) or clx[at] != 2:
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    plc = clx[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    if not 0 < count <= _PIECES_CAP:
        raise ValueError("no pieces")
    places = struct.unpack_from(f"<{count + 1}i", plc)
    found = []
    for number in range(count):
        (value,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        wide = not value & 0x40000000
        offset = value & 0x3FFFFFFF if wide else (value & 0x3FFFFFFF) // 2
        found.append(_Piece(places[number], places[number + 1], offset, wide))
    return found


def _hidden_runs(stream: bytes, table: bytes) -> list[tuple[int, int, bool]]:
    """Stretches of the stream (byte from, to, hidden or deleted), in order."""
    start, length = _pair(stream, 12)
    plc = table[start : start + length]
    count = max(0, (len(plc) - 4) // 8)
    runs: list[tuple[int, int, bool]] = []
    for number in range(count):
        (page,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * number)
        block = stream[(page & 0x3FFFFF) * 512 :][:512]
        if len(block) < 512:
            raise ValueError("no such page")
        crun = block[511]
        places = struct.unpack_from(f"<{crun + 1}I", block)
        for run in range(crun):
            at = block[4 * (crun + 1) + run] * 2
            properties = block[at + 1 : at + 1 + block[at]] if at else b""
            runs.append((places[run], places[run + 1], _hides(properties)))
        if len(runs) > _RUNS_CAP:
            raise Unfit("stream", detail="runs")
    return sorted(runs)


_OPERAND = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}


def _hides(properties: bytes) -> bool:
    at, hidden = 0, False
    while at + 2 < len(properties):
        (code,) = struct.unpack_from("<H", properties, at)
        kind = code >> 13
        size = properties[at + 2] + 1 if kind == 6 else _OPERAND[kind]
        if code in (_VANISH, _DELETED):
            hidden |= properties[at + 2] in (1, 0x81)
        at += 2 + size
    return hidden


def _read(
    stream: bytes, pieces: list[_Piece], hidden: list[tuple[int, int, bool]], counts: tuple[int, ...]
) -> tuple[list[Held], set[str]]:
    """Paragraph by paragraph. Main text, footnotes, end notes and text boxes are shown; headers one kind a page."""
    main, foot, head, _, comments, end, boxes, head_boxes = counts
    bounds = []
    at = 0
    for name, length, shown in (
        ("", main, True), ("footnote", foot, True), ("header", head, False), ("comment", comments, False),
        ("endnote", end, True), ("text box", boxes, True), ("text box of header", head_boxes, False),
    ):  # fmt: skip
        at += max(0, length)
        bounds.append((at, name, shown))
    builder = _Builder()
    starts = [run[0] for run in hidden]
    section = 0
    for piece in pieces:
        width = 2 if piece.wide else 1
        for index in range(piece.end - piece.start):
            offset = piece.offset + index * width
            data = stream[offset : offset + width]
            if len(data) < width:
                raise ValueError("text beyond the end")
            while section < len(bounds) - 1 and piece.start + index >= bounds[section][0]:
                builder.close()
                section += 1
            builder.part, builder.shown = bounds[section][1], bounds[section][2]
            near = bisect.bisect_right(starts, offset) - 1
            quiet = near >= 0 and hidden[near][2] and offset < hidden[near][1]
            builder.take(
                data.decode("utf-16-le", "surrogatepass") if piece.wide else data.decode("cp1252", "replace"), quiet
            )
    builder.close()
    return builder.held, builder.recomputed


class _Builder:
    """Gathers characters to paragraphs; codes of fields are held, numbers of pages are nobody's."""

    def __init__(self) -> None:
        self.part, self.shown = "", True
        self.held: list[Held] = []
        self.recomputed: set[str] = set()
        self._seen: list[str] = []
        self._quiet: list[str] = []
        self._fields: list[list[str]] = []
        self._number = 0

    def take(self, character: str, quiet: bool) -> None:
        """One character as it stands in the file."""
        if character == _FIELD_BEGIN:
            self._fields.append(["", "code"])
        elif character == _FIELD_SEPARATE and self._fields:
            self._fields[-1][1] = "result"
            name = self._name(self._fields[-1])
            self.recomputed |= {name} if name in _RECOMPUTED else set()
        elif character == _FIELD_END and self._fields:
            self._fields.pop()
        elif character in "\r\x07\x0c\x0b":
            if character != "\x0b":
                self.close()
        elif self._fields and self._fields[-1][1] == "code":
            self._fields[-1][0] += character
        elif character not in _MARKS and not any(self._name(each) in _CHANGES for each in self._fields):
            (self._quiet if quiet else self._seen).append(character)

    @staticmethod
    def _name(field: list[str]) -> str:
        return (field[0].split() or [""])[0].upper()

    def close(self) -> None:
        """The end of a paragraph or a cell."""
        for pieces, shown in ((self._seen, self.shown), (self._quiet, False)):
            text = _joined("".join(pieces))
            if text.strip():
                self._number += 1
                self.held.append(Held(f"{self.part} paragraph {self._number}".strip(), text, shown))
            pieces.clear()


def _joined(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
