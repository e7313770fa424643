"""Holds and retention on the case page 保管与冻结: until when a case is kept and why, what stops its end."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, may, open_work
from archive.doors.web.parts import Panel, WebDoor
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, HoldId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.reading import get_case_target
from retention.service import get_derivation, lift_hold, list_holds, place_hold
from retention.terms import HOLD_WORDS, Derivation, HoldKind

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


def _derivation(work: Work, case_id: CaseId) -> Derivation | None:
    try:
        return get_derivation(work, case_id)
    except Refusal:
        return None


door = WebDoor((pages,), panel=panel)
