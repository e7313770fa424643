"""Reading pages 识读校正页: the words of one page in layers beside its image, and setting them right line by line."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, may, open_work
from archive.doors.web.content import draw_page
from archive.doors.web.frame import at
from archive.doors.web.refusing import told
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.renditions.reasons import reason_refusal
from archive.service.correcting import LONGEST, LONGEST_REASON, PageReading, correct_lines, page_reading
from archive.service.layers import LayerLine
from archive.service.reading import ItemLine, get_items, get_line
from archive.service.serving import open_stored, page_image_file

pages = Blueprint("reading", __name__)
DOUBTFUL = 0.9
"""Below this confidence a line is marked for a person to look at."""
LONGEST_FORM = 16 * LONGEST + 64 * 1024
"""Bytes of the form of the longest page: a sign is nine or twelve bytes in it, and each line has a name."""
_ROW = 34  # signs that fit in one row of a field
_TYPED = {"archive.correction-unexplained", "archive.correction-unfit", "archive.reading-changed"}


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line as the form shows it 校正行: what stands or was typed, where it stands, what the machine read there."""

    number: int
    text: str
    line: LayerLine
    machine: LayerLine | None

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return self.line.confidence < DOUBTFUL

    @property
    def rows(self) -> int:
        """How many rows its field needs."""
        return max(1, sum(-(-max(1, len(part)) // _ROW) for part in self.text.split("\n")))


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed and did not get saved 未保存的填写: shown again with the reasons."""

    lines: Sequence[str]
    more: str
    reason: str
    wrong: Refusal


@pages.get("/cases/<case_id>/items/<item_id>/reading")
@asks(Action.READ)
def show(case_id: str, item_id: str) -> ResponseReturnValue:
    """The layers of a page; whoever may annotate gets the form."""
    return _show(case_id, ItemId(item_id), None)


@pages.post("/cases/<case_id>/items/<item_id>/reading")
@asks(Action.ANNOTATE)
def save(case_id: str, item_id: str) -> ResponseReturnValue:
    """Keeps the lines as a new layer; what cannot be kept is shown again as it was typed."""
    form = request.form
    lines, more = form.getlist("line"), form.get("more", "")
    number, reason = _number(form.get("page", "")), form.get("reason", "").strip()
    try:
        with open_work() as work:
            ask_duty(work, Action.ANNOTATE)
            _of_case(work, holdings(), case_id, ItemId(item_id))
            correct_lines(work, holdings(), ItemId(item_id), number, lines, more, reason, form.get("seen", "")[:80])
    except Refusal as refusal:
        if refusal.code not in _TYPED:
            raise
        return _show(case_id, ItemId(item_id), Typed(lines, more, reason, refusal)), told(refusal)[0].http
    return redirect(url_for("reading.show", case_id=case_id, item_id=item_id, page=number, saved=1))


def _show(case_id: str, item_id: ItemId, typed: Typed | None) -> str:
    at("cases.list_page")
    kept = holdings()
    number = _number(request.values.get("page", "1"))
    with open_work() as work:
        ask_duty(work, Action.READ)
        item = _of_case(work, kept, case_id, item_id)
        line = get_line(work, kept, CaseId(case_id))
        reading = page_reading(work, kept, item_id, number)
        opened = open_stored(work, kept, page_image_file(work, item_id))
        may_correct = may(work, Action.ANNOTATE) and reading.correctable
    width, height = png_size(draw_page(kept, opened, number))
    lines = _lines(reading, typed)
    return render_template(
        "archive/reading.html",
        line=line,
        item=item,
        reading=reading,
        lines=lines,
        doubtful=sum(one.doubtful for one in lines),
        width=width,
        height=height,
        may_correct=may_correct,
        typed=typed,
        reasons=told(typed.wrong) if typed is not None else [],
        saved="saved" in request.args,
        longest=LONGEST_REASON,
        top=words.marks_of(item.level, item.kinds),
        recorded=True,
    )


def _of_case(work: Work, kept: Holdings, case_id: str, item_id: ItemId) -> ItemLine:
    """The item with its words; of another case it is as unknown as an absent one."""
    found = get_items(work, kept, CaseId(case_id), [item_id]).get(item_id)
    if found is None:
        raise Refusal("archive.case-unknown")
    return found


def _lines(reading: PageReading, typed: Typed | None) -> list[FormLine]:
    """What stands, under what was typed where the number of lines is still the same."""
    stands = reading.lines
    same = typed is not None and len(typed.lines) == len(stands)
    texts = typed.lines if typed is not None and same else [line.text for line in stands]
    return [
        FormLine(number, text.replace("\r\n", "\n"), line, reading.machine_line(line) if reading.person else None)
        for number, (text, line) in enumerate(zip(texts, stands, strict=True), start=1)
    ]


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height from the head of a PNG that a child wrote; refuses ``archive.file-unreadable`` without one."""
    if len(png) < 24:
        raise reason_refusal("protocol")
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
