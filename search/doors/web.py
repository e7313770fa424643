"""Search page 检索页: one query, pages under their case, only the reader's own world; and hit boxes for the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, open_work, ports
from archive.doors.web.frame import at
from archive.doors.web.parts import Entry, HitBox, WebDoor
from archive.doors.web.refusing import told
from archive.kernel.guard import Action
from archive.kernel.refusals import Refusal
from archive.service.page_texts import SealedPage
from search.doors.hits import HitCase, group
from search.ports import SearchPorts
from search.rules.dates import FIRST, LAST
from search.rules.parsing import parse
from search.rules.snippets import find_ranges, locate
from search.rules.tree import ranking
from search.service.find import find
from search.terms import Box, PageText, Results

pages = Blueprint("search", __name__, template_folder="../templates")
LINES = 20
NARROW = ("title", "number", "party")


@pages.get("/search")
@asks(Action.SEARCH)
def results() -> ResponseReturnValue:
    """The answer to a query, or the empty form with what can be written in it."""
    at("search.results")
    text = compose(request.args)
    if not text:
        with open_work() as work:
            ask_duty(work, Action.SEARCH)
        return _render(text, None, [], [])
    try:
        found, cases = _answer(text, request.args.get("cursor") or None)
    except Refusal as refusal:
        if not refusal.code.startswith(("search.query-", "search.cursor-")):
            raise
        return _render(text, None, [], told(refusal)), 422
    return _render(text, found, cases, [])


def compose(given: Mapping[str, str]) -> str:
    """The query as typed, narrowed by the fields of the form beside it; what was narrowed stays readable as a query."""
    parts = [given.get("q", "").strip()[:200]]
    for name in NARROW:
        words = given.get(name, "").replace('"', " ").strip()[:80]
        if words:
            parts.append(f'{name}:"{words}"')
    since, until = (_day(given.get(name, "")) for name in ("since", "until"))
    if since or until:
        parts.append(f"date:[{since or FIRST} TO {until or LAST}]")
    return " ".join(part for part in parts if part)[:400]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def _answer(text: str, cursor: str | None) -> tuple[Results, list[HitCase]]:
    kept = holdings()
    with open_work() as work:
        ask_duty(work, Action.SEARCH)  # before a query is read: one that cannot be read is no answer to a stranger
        found = find(work, ports().get(SearchPorts), text, LINES, cursor)
        return found, group(work, kept, found.hits)


def _render(text: str, found: Results | None, cases: list[HitCase], reasons: Sequence[object]) -> str:
    shown = [item for case in cases for _, item in case.pages if item is not None and item.facts is not None]
    return render_template(
        "search/results.html",
        asked=text,
        found=found,
        cases=cases,
        reasons=reasons,
        count=sum(len(case.pages) for case in cases),
        top=words.top_marks((item.level, item.kinds) for item in shown),
        recorded=found is not None,
        split=words.split_title,
    )


def find_boxes(query: str, page: SealedPage) -> tuple[HitBox, ...]:
    """Where the words of ``query`` stand on a page; nothing for a query that cannot be read."""
    try:
        phrases = ranking(parse(query).tree)
    except Refusal:
        return ()
    text = PageText(
        page.text, tuple(Box(line.start, line.end, line.x0, line.y0, line.x1, line.y1) for line in page.lines)
    )
    boxes = locate(text, find_ranges(page.text, phrases))
    return tuple(HitBox(box.x0, box.y0, box.x1, box.y1) for box in boxes)


door = WebDoor(
    (pages,),
    entries=(Entry("search.results", Action.SEARCH, "检索", "Search", "all"),),
    highlighter=find_boxes,
)
