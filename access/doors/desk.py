"""Sections of the first screen that access gives 岗位栏目: requests that wait, clearances that end, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import url_for

from access.doors.request_pages import waits_for
from access.doors.request_words import limit_said, state_said
from access.ports import Counter
from access.service.people import list_people
from access.service.request_lists import list_requests
from access.terms import DUTY_WORDS, RequestState
from archive.doors.web.asking import may
from archive.doors.web.parts import DeskPart, Todo
from archive.kernel.guard import Action
from archive.kernel.ports import Ports
from archive.kernel.work import Work

SHOWN = 8
OPEN = (RequestState.SUBMITTED, RequestState.AWAITING_APPROVAL, RequestState.APPROVED)


def desk_parts(work: Work, ports: Ports) -> Sequence[DeskPart]:
    """Access's sections for this reader; the guard is asked for each kind, and for every request by itself."""
    found: list[DeskPart] = []
    decides = may(work, Action.APPROVE_REQUEST)
    if decides or may(work, Action.REVIEW_REQUEST):
        found += _requests(work, ports, decides=decides)
    if may(work, Action.ASSIGN_DUTIES) or may(work, Action.MANAGE_USERS):
        found.append(_people(work))
    return found


def _requests(work: Work, ports: Ports, *, decides: bool) -> Iterator[DeskPart]:
    found = list_requests(
        work, ports.get(Counter), oldest_first=True, states=OPEN, keep=lambda view: waits_for(view, work.actor)
    )
    mine, more = found.views, bool(found.follows)
    limits = {view.id: limit_said(view, work.now) for view in mine}
    list_url = url_for("requests.approvals" if decides else "requests.waiting")
    late = sum(limit is not None and limit.days < 0 for limit in limits.values())
    todos = (
        Todo(late, "%d 件复制申请过期未答", "%d copy requests are over their limit", list_url, "late"),
        Todo(len(mine) - late, "%d 件复制申请等您办理", "%d copy requests wait for you", list_url, "soon"),
    )
    act = (url_for("requests.show", request_id=mine[0].id), "办理最早的一件", "Open the oldest") if mine else None
    facts = {
        "mine": mine[:SHOWN],
        "count": len(mine),
        "more": more,
        "limits": limits,
        "state": state_said,
        "list_url": list_url,
    }
    yield DeskPart("access/desk-requests.html", facts, 5 if decides else 20, todos=todos, act=act)


def _people(work: Work) -> DeskPart:
    people = list_people(work)
    idle = [person for person in people if person.active and not person.duties]
    here = url_for("desk.home") + "#people-h"
    todo = Todo(len(idle), "%d 个账户尚无岗位", "%d accounts without a duty", here, "soon")
    facts = {"people": people, "idle": len(idle), "active": sum(one.active for one in people), "duties": DUTY_WORDS}
    return DeskPart("access/desk-people.html", facts, 50, todos=(todo,))
