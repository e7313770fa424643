"""Holds and retention on the case page 保管与冻结: until when a case is kept and why, what stops its end."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, may, open_work
from archive.doors.web.parts import DeskPart, Panel, TimeMark, Todo, WebDoor
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, HoldId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.reading import get_case_target, get_line
from retention.service import get_derivation, lift_hold, list_active_holds, list_due, list_holds, place_hold
from retention.terms import HOLD_WORDS, Derivation, HoldKind

SHOWN = 6
pages = Blueprint("holds", __name__, template_folder="../templates")


@pages.post("/cases/<case_id>/holds")
@asks(Action.PLACE_HOLD)
def place(case_id: str) -> ResponseReturnValue:
    """Places a hold; counts at once."""
    kind = request.form.get("kind", "")
    with open_work() as work:
        ask_duty(work, Action.PLACE_HOLD)
        if kind not in set(HoldKind):
            raise Refusal("archive.form-unreadable")
        place_hold(work, get_case_target(work, CaseId(case_id)), HoldKind(kind), request.form.get("reason", ""))
    return redirect(url_for("cases.show", case_id=case_id) + "#holds")


@pages.post("/cases/<case_id>/holds/<hold_id>/lift")
@asks(Action.LIFT_HOLD)
def lift(case_id: str, hold_id: str) -> ResponseReturnValue:
    """Lifts a hold, with a reason, by another hand than the one that placed it."""
    with open_work() as work:
        ask_duty(work, Action.LIFT_HOLD)
        target = get_case_target(work, CaseId(case_id))
        lift_hold(work, target, HoldId(hold_id), request.form.get("reason", ""))
    return redirect(url_for("cases.show", case_id=case_id) + "#holds")


def panel(work: Work, _: Ports, case_id: CaseId) -> Panel:
    """What retention shows on the case page; the page has asked the guard for the case."""
    target = get_case_target(work, case_id)
    holds = list_holds(work, case_id)
    return Panel(
        "retention/panel.html",
        {
            "case_id": case_id,
            "derivation": _derivation(work, case_id),
            "holds": holds,
            "active": [hold for hold in holds if hold.lifted_at is None],
            "kinds": [(str(kind), words.said(HOLD_WORDS[kind])) for kind in HoldKind],
            "hold_words": {kind: words.said(HOLD_WORDS[kind]) for kind in HoldKind},
            "may_place": may(work, Action.PLACE_HOLD, target),
            "may_lift": may(work, Action.LIFT_HOLD, target),
            "reader": work.actor.id,
            "language": words.language(),
        },
    )


def desk_parts(work: Work, _: Ports) -> Iterator[DeskPart]:
    """Retention's sections of a first screen: what is due for appraisal, and the holds in force."""
    if may(work, Action.APPRAISE):
        due = [
            case_id
            for case_id in list_due(work, legal_date(work.now))
            if may(work, Action.LIST, _target(work, case_id))
        ]
        here = url_for("desk.home") + "#due-h"
        todo = Todo(len(due), "%d 卷保管期满待鉴定", "%d periods ended, to be appraised", here, "soon")
        lines = [get_line(work, holdings(), case_id) for case_id in due[:SHOWN]]
        yield DeskPart(
            "retention/desk-due.html", {"lines": lines, **_words_for(len(due))}, 60, half=True, todos=(todo,)
        )
    if may(work, Action.PLACE_HOLD) or may(work, Action.LIFT_HOLD):
        held = list_active_holds(work, lambda case_id: _target(work, case_id))
        stopped = [(hold, get_line(work, holdings(), hold.case_id)) for hold in held[:SHOWN]]
        yield DeskPart("retention/desk-holds.html", {"lines": stopped, **_words_for(len(held))}, 61, half=True)


def times(work: Work, _: Ports, case_id: CaseId) -> Iterator[TimeMark]:
    """The period and the holds of a case on its line of time; the page has asked the guard for the case."""
    derivation = _derivation(work, case_id)
    if derivation is not None:
        last = derivation.last_day
        zh = "永久" if last is None else f"{derivation.rule.years} 年，至 {last}；期满鉴定，不自动销毁"
        en = "for ever" if last is None else f"{derivation.rule.years} years, until {last}; then appraisal"
        yield TimeMark(derivation.starts_on, zh, en, ("保管", "retention"), last, "band")
        if last is not None:
            yield TimeMark(last, "保管期满", "period ends")
    for hold in list_holds(work, case_id):
        start, word = legal_date(hold.placed_at), HOLD_WORDS[hold.kind]
        lifted = legal_date(hold.lifted_at) if hold.lifted_at is not None else None
        zh = f"{word[0]}，{f'{lifted} 解除' if lifted else '终点未定'}"
        en = f"{word[1]}, {f'lifted {lifted}' if lifted else 'no end yet'}"
        yield TimeMark(start, zh, en, ("冻结", "hold"), lifted, "band-hold")


def _words_for(count: int) -> dict[str, object]:
    return {"count": count, "split": words.split_title, "hold_words": HOLD_WORDS}


def _target(work: Work, case_id: CaseId) -> Target:
    return get_case_target(work, case_id)


def _derivation(work: Work, case_id: CaseId) -> Derivation | None:
    try:
        return get_derivation(work, case_id)
    except Refusal:
        return None


door = WebDoor((pages,), panel=panel, desk=desk_parts, times=times)
