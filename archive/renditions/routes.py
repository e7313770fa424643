"""Routes 转换路径: which child programs take which format, with what limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.renditions import catalogue as known
from archive.renditions.limits import MIB, Limits
from archive.renditions.terms import Format, Kind, Rung

LIMITS = Limits()
OFFICE_LIMITS = Limits(wall_s=30.0, cpu_s=30, memory=1_024 * MIB, scratch=192 * MIB, open_files=256, processes=64)
"""LibreOffice maps far more libraries and typefaces than are resident (220 MiB), so its address space is larger.

Its scratch is memory too: profile, the copy to print, the PDF.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one format 路径: task that inspects (empty: identification is enough), task that converts.

    With a ``rung`` the task that converts draws a PDF and says what text the file holds; the ladder makes it PDF/A.
    """

    inspect: str
    convert: str
    rung: Rung | None = None
    limits: Limits = LIMITS
    words: Mapping[str, Any] = field(default_factory=dict)
    factor: int = 1

    def limits_for(self, size: int) -> Limits:
        """The limits for a file of ``size`` bytes."""
        return self.limits.for_size(size * self.factor)


_OFFICE = {
    known.DOCX: "docx", known.XLSX: "xlsx", known.PPTX: "pptx", known.ODT: "odt", known.ODS: "ods", known.ODP: "odp",
    known.ODG: "odg", known.DOC: "doc", known.XLS: "xls", known.PPT: "ppt", known.RTF: "rtf",
}  # fmt: skip
_FLOWING = {known.HTML: "html", known.EML: "mail"}


def route_of(found: Format) -> Route | None:
    """The way of a format, None where there is none."""
    if found.media_type == "application/pdf":
        return Route("pdf.inspect", "ladder.convert", factor=4)
    if found.kind is Kind.IMAGE:
        return Route("image.inspect", "image.convert")
    if found in _OFFICE:
        words = {"kind": _OFFICE[found]}
        return Route("office.inspect", "office.convert", Rung.PRINTED, OFFICE_LIMITS, words)
    if found in _FLOWING:
        return Route("typeset.inspect", "typeset.convert", Rung.TYPESET, words={"kind": _FLOWING[found]})
    if found == known.OFD:
        return Route("ofd.inspect", "ofd.convert", Rung.DRAWN)
    if found.kind is Kind.TEXT:
        return Route("", "typeset.convert", Rung.TYPESET, words={"kind": "text"})
    return None
