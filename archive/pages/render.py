"""Renders generated pages 生成页排版: facts in, PDF/A-2u bytes out, by typst.

The same facts, timestamp and fonts give the same bytes. The facts reach typst as JSON and are never read as markup.
"""

from __future__ import annotations

import io
import json
from datetime import datetime
from importlib import resources
from pathlib import Path

import pikepdf
import segno
import typst

from archive.pages.fonts import load_faces
from archive.pages.gate import pass_gate
from archive.pages.glyphs import glyph_missing
from archive.pages.shown import Plain, plain, printed_text
from archive.pages.terms import (
    CertificateFacts,
    ContentsFacts,
    CopyStatementFacts,
    CoverFacts,
    NoteFacts,
    PageFacts,
    PropertyReportFacts,
    SheetsFacts,
    TakeInReportFacts,
)

MAKER = "Anjuan 案卷"
_TEMPLATES: dict[type, str] = {
    CoverFacts: "cover.typ",
    ContentsFacts: "contents.typ",
    NoteFacts: "note.typ",
    CertificateFacts: "certificate.typ",
    CopyStatementFacts: "statement.typ",
    TakeInReportFacts: "take_in.typ",
    SheetsFacts: "volume_sheets.typ",
    PropertyReportFacts: "four_properties.typ",
}


def render(facts: PageFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()) -> bytes:
    """The page of ``facts`` 生成页 as PDF/A-2u; ``timestamp`` (aware) becomes its date of creation.

    With ``trial`` every page says TRIAL 试用. Refuses ``archive.glyph-missing`` when a character has no glyph in the
    vendored or ``extra_fonts``: a box in place of a name would be a false record.
    """
    made = typeset(
        _TEMPLATES[type(facts)],
        plain(facts),
        timestamp=timestamp,
        trial=trial,
        extra_fonts=extra_fonts,
        symbol=_symbol(facts),
    )
    with pikepdf.open(io.BytesIO(made)) as pdf:
        return pass_gate(pdf, timestamp)


def typeset(
    template: str,
    facts: Plain,
    *,
    timestamp: datetime,
    trial: bool,
    extra_fonts: tuple[Path, ...] = (),
    symbol: Plain = None,
) -> bytes:
    """What ``template`` makes of ``facts`` 排版, as typst writes it: not yet through the gate."""
    if timestamp.tzinfo is None:
        raise ValueError("the timestamp of a page needs a time zone")
    faces = load_faces(extra_fonts)
    if refusal := glyph_missing(printed_text(facts), extra_fonts):
        raise refusal
    data: Plain = {
        "facts": facts,
        "trial": trial,
        "maker": MAKER,
        "faces": [*faces.families],
        "symbol": symbol or [],
    }
    with resources.as_file(resources.files("archive.pages") / "templates") as folder:
        compiler = typst.Compiler(root=str(folder), font_paths=faces.loaded, ignore_system_fonts=True)
        made = compiler.compile(
            input=str(folder / template),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2u",
            timestamp=int(timestamp.timestamp()),
        )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single document")
    return made


def _symbol(facts: PageFacts) -> Plain:
    """The QR symbol of the verification address as runs of dark modules [x, length] for each line."""
    if not isinstance(facts, CopyStatementFacts) or not facts.verify_address:
        return []
    lines: list[Plain] = []
    for row in segno.make(facts.verify_address, error="m", micro=False).matrix:
        runs: list[Plain] = []
        start: int | None = None
        for x, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                runs.append([start, x - start])
                start = None
        lines.append(runs)
    return lines


def cover(facts: CoverFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()) -> bytes:
    """The case cover 案卷封面."""
    return render(facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)


def contents_list(
    facts: ContentsFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()
) -> bytes:
    """The contents list 卷内文件目录 of a volume; the head is repeated on each page."""
    return render(facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)


def note_form(facts: NoteFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()) -> bytes:
    """The note-for-reference form 卷内备考表 with its dated entries."""
    return render(facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)


def seal_certificate(
    facts: CertificateFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()
) -> bytes:
    """The seal certificate 封存证明, or the annex of one key tier when ``facts.annex_tier`` is set."""
    return render(facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)


def copy_statement(
    facts: CopyStatementFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()
) -> bytes:
    """The statement of a certified copy 复制件出具说明."""
    return render(facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)


def take_in_report(
    facts: TakeInReportFacts, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()
) -> bytes:
    """The receipt of a take-in 接收回执 or its refusal report 退回报告."""
    return render(facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)
