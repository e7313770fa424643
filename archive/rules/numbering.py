"""Numbering 编号: archival numbers 档号 from parts in columns (DA/T 13-2022). Nothing here ever parses a number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.kernel.refusals import Refusal

_DOTS = re.compile("[‧•・･.]")
_WIDE = {ord(wide): ord("0") + n for n, wide in enumerate("０１２３４５６７８９")} | {
    ord("－"): ord("-"),
    ord("—"): ord("-"),
}
_PART = re.compile(r"^[0-9A-Za-z一-鿿]{1,12}$")
PROCEDURE_CODES = {"ordinary": "CF", "summary": "JY", "inspection": "JC", "coercion": "QZ", "application": "SQ"}


@dataclass(frozen=True, slots=True)
class FileNumber:
    """The parts of a file's archival number 档号各部分."""

    fonds: str
    category: str
    procedure: str
    year: int
    retention: str
    secret: bool
    file_no: int

    @property
    def series(self) -> str:
        """The series whose counter gives ``file_no``; state secrets have a series of their own, so that no gap
        in the other betrays them.
        """
        kind = f"{self.procedure}·M" if self.secret else self.procedure
        return f"{self.fonds}-{self.category}·{kind}·{self.year}·{self.retention}"

    def text(self) -> str:
        """The number as printed: ``J019-ZY·CF·2026·D30-0001``."""
        return f"{self.series}-{self.file_no:04d}"


def normalise_part(text: str) -> str:
    """One part of a number as typed by people: full-width signs and look-alike dots folded; refused when unusable."""
    folded = _DOTS.sub("·", text.strip()).translate(_WIDE)
    if not _PART.match(folded):
        raise Refusal("archive.number-part-invalid", part=text)
    return folded


def volume_code(file_code: str, sequence: int, total: int) -> str:
    """The number of a volume: the file's own when it has a single volume, with its sequence otherwise."""
    return file_code if total == 1 else f"{file_code}·{sequence}"


def item_code(volume: str, sequence: int) -> str:
    """The number of an item below its volume."""
    return f"{volume}-{sequence:03d}"


def retention_words(code: str) -> str:
    """The period that a code stands for, as forms print it 保管期限: ``D30`` is 30年, ``Y`` 永久."""
    return "永久" if code == "Y" else f"{code.removeprefix('D')}年"


def retention_code(years: int | None) -> str:
    """``Y`` for permanent, else ``D`` and the years."""
    return "Y" if years is None else f"D{years}"
