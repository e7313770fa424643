"""Case pages 案卷页: the list of case files, and one case with its contents, the page that is read, and its facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, house, may, open_work
from archive.doors.web.case_times import times_of
from archive.doors.web.frame import at, home_url, is_public
from archive.doors.web.moments import beside
from archive.doors.web.player import Player, player_of
from archive.doors.web.timeline import draw
from archive.doors.web.viewed import choose_item, turn, view_item
from archive.kernel.clock import legal_date, parse_instant, to_rfc3339
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.markings import from_json
from archive.rules.property_words import CHECKPOINTS, MODES, PROPERTIES, RESULTS
from archive.service.layers import Layer
from archive.service.property_view import property_reports
from archive.service.reading import CaseLine, CaseView, ItemLine, get_case, get_case_target, list_cases
from archive.terms import Handling, Level, Marking, Part, Role, SealState

pages = Blueprint("cases", __name__)
LINES = 40
FOUR = {"PROPERTIES": PROPERTIES, "CHECKPOINTS": CHECKPOINTS, "RESULTS": RESULTS, "MODES": MODES}
CONTENTS = 120  # items of a contents list at once


@pages.get("/cases")
@asks(Action.LIST, Action.REQUEST_COPY)
def list_page() -> ResponseReturnValue:
    """The case files the reader may know of, newest first; a party has a list of their own in the reading room."""
    if is_public():
        return redirect(home_url())
    after = read_after(request.args.get("after", ""))
    kept = holdings()
    with open_work() as work:
        lines = list(list_cases(work, kept, after=after, limit=LINES + 1))
    more = len(lines) > LINES
    lines = lines[:LINES]
    return render_template(
        "archive/cases.html",
        lines=lines,
        first=after is None,
        follows=write_after(lines[-1]) if more else "",
        top=words.top_marks((line.level, line.kinds if line.facts else ()) for line in lines),
        split=words.split_title,
    )


@pages.get("/cases/<case_id>")
@asks(Action.LIST)
def show(case_id: str) -> ResponseReturnValue:
    """One case with the first item that can be read."""
    return _page(case_id, None)


@pages.get("/cases/<case_id>/items/<item_id>")
@asks(Action.LIST)
def show_item(case_id: str, item_id: str) -> ResponseReturnValue:
    """One case with the item and page that were asked for."""
    return _page(case_id, ItemId(item_id))


def _page(case_id: str, item_id: ItemId | None) -> ResponseReturnValue:
    at("cases.list_page")
    kept, query = holdings(), request.args.get("q", "")[:200]
    number = request.args.get("page", 1, int) or 1
    with open_work() as work:
        ask_duty(work, Action.LIST)
        view = get_case(work, kept, CaseId(case_id), around=item_id, most=CONTENTS)
        items = [item for volume in view.volumes for item in volume.items]
        item = choose_item(items, item_id)
        viewed = view_item(work, kept, item, number, query)
        player = _player(work, kept, case_id, item)
        panels = house().panels(work, CaseId(case_id))
        marks = (*times_of(view, case_marking(view)), *house().times(work, CaseId(case_id)))
        checked = property_reports(work, kept, CaseId(case_id))
        today = legal_date(work.now)
        kept_still = view.line.state != SealState.DESTROYED
        may_correct = kept_still and may(work, Action.ANNOTATE)
        may_verify = kept_still and may(work, Action.VERIFY, get_case_target(work, CaseId(case_id)))
        may_bind = view.line.state == SealState.SEALED and may(work, Action.READ)
    title = view.line.facts.title if view.line.facts else ""
    party = view.line.facts.party if view.line.facts else ""
    return render_template(
        "archive/case.html",
        view=view,
        line=view.line,
        items=items,
        viewed=viewed,
        previous=turn(items, viewed, -1),
        following=turn(items, viewed, 1),
        panels=panels,
        checked=checked,
        **FOUR,
        query=query,
        may_verify=may_verify,
        may_bind=may_bind,
        may_correct=may_correct,
        title=title,
        parts=words.split_title(title, party),
        marking=case_marking(view),
        top=_top(view, items),
        volume_pages=next((volume.pages for volume in view.volumes if item in volume.items), 0),
        filed_after=(legal_date(view.line.accepted_at) - view.line.closed_on).days,
        PARTS=words.PARTS,
        PROCEDURES=words.PROCEDURES,
        RENDITIONS=words.RENDITIONS,
        ROLES=words.ROLES,
        TIERS=words.TIERS,
        player=player,
        PHOTO=words.PHOTO,
        Role=Role,
        Part=Part,
        kinds_said=words.kinds_said,
        beside=beside(item, items, viewed.text.text if viewed.text is not None else "") if item is not None else None,
        start=request.args.get("t", 0, int),
        timeline=draw(marks, today, chinese=words.language() == "zh"),
        Layer=Layer,
        recorded=viewed.kind in ("pages", "video", "audio", "image"),
    )


def _player(work: Work, kept: Holdings, case_id: str, item: ItemLine | None) -> Player | None:
    """What stands around a recording that the reader may see; None of every other item."""
    if item is None or item.kind != "recording" or item.facts is None or not item.files:
        return None
    address = url_for("cases.show_item", case_id=case_id, item_id=item.item_id)
    return player_of(work, kept, item, lambda second: f"{address}?t={second}#page")


def case_marking(view: CaseView) -> Marking:
    """The marking of the case's own description, as far as this reader sees it."""
    facts = view.line.facts
    return from_json(facts.marking) if facts is not None and facts.marking else Marking(Handling.INTERNAL)


def _top(view: CaseView, items: Sequence[ItemLine]) -> list[words.Mark]:
    rows: list[tuple[Level, frozenset[str]]] = [(view.line.level, view.line.kinds if view.line.facts else frozenset())]
    rows += [(item.level, item.kinds) for item in items if item.facts is not None]
    return words.top_marks(rows)


def read_after(text: str) -> tuple[datetime, str] | None:
    """The place in the list where a page starts; None for the first page and for what is no such place."""
    instant, _, case_id = text.partition("~")
    if not case_id:
        return None
    try:
        return parse_instant(instant), case_id
    except ValueError:
        return None


def write_after(line: CaseLine) -> str:
    """The place behind ``line``, for the address of the next page."""
    return f"{to_rfc3339(line.accepted_at)}~{line.case_id}"
