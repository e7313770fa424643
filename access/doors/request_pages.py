"""Request pages 复制申请办理页: what waits, the papers beside the proposed decision, and each hand's own form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.doors.request_words import limit_said, state_said, steps_said
from access.ports import Counter
from access.service.case_requests import requests_of_case
from access.service.releasing import make_release
from access.service.request_lists import list_requests
from access.service.requests import RequestView, get_request, review_request, sign_request
from access.service.viewers import viewers_of
from access.terms import DUTY_WORDS, Duty, RequestState
from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, may, open_work, ports, reader, works
from archive.doors.web.frame import at
from archive.doors.web.parts import Panel
from archive.doors.web.refusing import told
from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.clock import Clock
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.ids import CaseId, ItemId, RequestId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.reading import ItemLine, get_case_target, get_items, get_line
from archive.terms import Role

pages = Blueprint("requests", __name__, template_folder="../templates")
_OPEN = (RequestState.SUBMITTED, RequestState.AWAITING_APPROVAL, RequestState.APPROVED)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a request as this reader sees it 申请材料."""

    item_id: ItemId
    line: ItemLine | None
    in_scope: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What a hand filled in and could not be done 未办成的填写: the form shows it again with the reasons."""

    wrong: Refusal
    reason: str = ""
    chosen: frozenset[str] = frozenset()
    read: bool = False
    back: bool = False


_FORM = frozenset(
    {"access.reason-missing", "access.agreement-unticked", "access.scope-empty", "archive.approval-stale"}
)
"""What a hand can mend in the form itself."""


@pages.get("/requests")
@asks(Action.REVIEW_REQUEST)
def waiting() -> ResponseReturnValue:
    """The requests of the units that the reader's duty covers."""
    return _list(Action.REVIEW_REQUEST)


@pages.get("/approvals")
@asks(Action.APPROVE_REQUEST)
def approvals() -> ResponseReturnValue:
    """The requests that wait for the deputy head, oldest limit first."""
    return _list(Action.APPROVE_REQUEST)


def _list(action: Action) -> ResponseReturnValue:
    actor, counter = reader(), ports().get(Counter)
    with open_work() as work:
        ask_duty(work, action)
        mine = list_requests(
            work,
            counter,
            after=request.args.get("mine", "")[:100],
            states=_OPEN,
            oldest_first=True,
            keep=lambda view: waits_for(view, actor),
        )
        others = list_requests(
            work, counter, after=request.args.get("others", "")[:100], keep=lambda view: not waits_for(view, actor)
        )
    clock: Clock = ports().get(Clock)  # type: ignore[type-abstract]
    return render_template(
        "access/requests.html",
        mine=mine.views,
        others=others.views,
        mine_follows=mine.follows,
        others_follows=others.follows,
        limits={view.id: limit_said(view, clock.now()) for view in (*mine.views, *others.views)},
        state=state_said,
        approving=action is Action.APPROVE_REQUEST,
    )


def waits_for(view: RequestView, actor: Actor) -> bool:
    """Whether the next step of a request is of one of the reader's duties."""
    if view.state is RequestState.APPROVED:
        return actor.has(Duty.ARCHIVIST)
    return view.state in _OPEN and actor.has(view.waits_for)


@pages.get("/requests/<request_id>")
@asks(Action.LIST)
def show(request_id: str) -> ResponseReturnValue:
    """One request: left the papers, right the decision that stands and the reader's own next step."""
    return _show(request_id)


def _show(request_id: str, typed: Typed | None = None) -> str:
    actor = reader()
    at("requests.approvals" if actor.has(Duty.DEPUTY_HEAD) else "requests.waiting")
    with open_work() as work:
        ask_duty(work, Action.LIST)
        view = get_request(work, ports().get(Counter), RequestId(request_id))
        case = get_line(work, holdings(), view.case_id)
        lines = get_items(work, holdings(), view.case_id, view.items)
        act = _act(work, view)
    papers = _papers(view, lines)
    current = next((paper for paper in papers if paper.current and paper.line is not None), None)
    clock: Clock = ports().get(Clock)  # type: ignore[type-abstract]
    shown = [paper.line for paper in papers if paper.line is not None and paper.line.facts is not None]
    return render_template(
        "access/request.html",
        view=view,
        approving=actor.has(Duty.DEPUTY_HEAD),
        case=case,
        papers=papers,
        current=current,
        number=max(1, request.args.get("page", 1, int) or 1),
        drawn=current is not None and current.line is not None and current.line.file(Role.PDFA) is not None,
        act=act,
        state=state_said(view),
        steps=steps_said(view),
        limit=limit_said(view, clock.now()),
        pages_asked=sum(paper.line.page_count for paper in papers if paper.line is not None),
        pages_given=sum(p.line.page_count for p in papers if p.line is not None and p.in_scope),
        given=[paper for paper in papers if paper.in_scope],
        kept_back=[paper for paper in papers if not paper.in_scope],
        same_hand=actor.id in {step.person_id for step in view.steps},
        unread=[
            paper for paper in papers if paper.in_scope and not (paper.line and paper.line.facts and paper.line.files)
        ],
        waits=words.said(DUTY_WORDS[hand]) if (hand := _next_hand(view)) else "",
        top=words.top_marks((line.level, line.kinds) for line in shown),
        recorded=current is not None,
        split=words.split_title,
        kinds_said=words.kinds_said,
        capacity=words.said(DUTY_WORDS[Duty(view.capacity)]),
        typed=typed,
        reasons=told(typed.wrong) if typed is not None else [],
    )


def _next_hand(view: RequestView) -> Duty | None:
    """Whose step is next; a copy that is approved is made by the archivist."""
    if view.state is RequestState.APPROVED:
        return Duty.ARCHIVIST
    return Duty(view.waits_for) if view.waits_for else None


def _again(request_id: str, typed: Typed) -> ResponseReturnValue:
    """The same page with what was typed, where the form can be mended; else the refusal's own page."""
    if typed.wrong.code not in _FORM:
        raise typed.wrong
    return _show(request_id, typed), told(typed.wrong)[0].http


def _act(work: Work, view: RequestView) -> str:
    """What the reader can do now: review, legal, approve, release, or nothing."""
    if view.state is RequestState.APPROVED:
        return "release" if may(work, Action.RELEASE, SYSTEM) and work.actor.has(Duty.ARCHIVIST) else ""
    if view.state not in _OPEN or not work.actor.has(view.waits_for):
        return ""
    if view.state is RequestState.SUBMITTED:
        return "review"
    return "legal" if view.waits_for == Duty.LEGAL_REVIEWER else "approve"


def _papers(view: RequestView, lines: Mapping[ItemId, ItemLine]) -> list[Paper]:
    wanted = request.args.get("item") or (view.scope or view.items)[0]
    return [
        Paper(item, lines.get(item), item in view.scope if view.scope else True, item == wanted) for item in view.items
    ]


@pages.post("/requests/<request_id>/review")
@asks(Action.REVIEW_REQUEST)
def review(request_id: str) -> ResponseReturnValue:
    """The archivist proposes what is copied."""
    scope = [ItemId(item) for item in request.form.getlist("item")[:500]]
    reason = request.form.get("reason", "")
    try:
        with open_work() as work:
            ask_duty(work, Action.REVIEW_REQUEST)
            review_request(work, ports().get(Counter), RequestId(request_id), scope, reason)
    except Refusal as refusal:
        return _again(request_id, Typed(refusal, reason, frozenset(scope)))
    return redirect(url_for("requests.show", request_id=request_id))


@pages.post("/requests/<request_id>/sign")
@asks(Action.APPROVE_REQUEST, Action.REVIEW_REQUEST)
def sign(request_id: str) -> ResponseReturnValue:
    """The next hand: legal opinion or the deputy head's decision, under exactly the scope that was shown."""
    approves, read = request.form.get("do") == "agree", request.form.get("read") == "yes"
    seen, reason = request.form.get("seen", "")[:64], request.form.get("reason", "")
    try:
        with open_work() as work:
            ask_duty(work, Action.APPROVE_REQUEST, Action.REVIEW_REQUEST)
            if approves and not read:
                raise Refusal("access.agreement-unticked")
            sign_request(work, ports().get(Counter), RequestId(request_id), approves=approves, reason=reason, seen=seen)
    except Refusal as refusal:
        kept = read and refusal.code != "archive.approval-stale"  # what changed has to be looked at again
        return _again(request_id, Typed(refusal, reason, read=kept, back=not approves))
    return redirect(url_for("requests.show", request_id=request_id))


@pages.post("/requests/<request_id>/release")
@asks(Action.RELEASE)
def release(request_id: str) -> ResponseReturnValue:
    """Makes, seals and registers the approved copy; the ledger takes it in before anybody can collect it."""
    with open_work() as work:
        ask_duty(work, Action.RELEASE)
    make_release(works(), ports().get(Counter), reader(), RequestId(request_id))
    ports().get(Ledgers).sequence()
    return redirect(url_for("requests.show", request_id=request_id))


def panel(work: Work, given: Ports, case_id: CaseId) -> Panel | None:
    """What access shows on the case page: who may see it, and the copies that were asked for and given."""
    views = requests_of_case(work, given.get(Counter), case_id)
    made = [view for view in views if view.release_id is not None]
    target = get_case_target(work, case_id)
    viewers = viewers_of(work, target) if may(work, Action.READ, target) else ()
    facts = {"views": views, "made": len(made), "state": state_said, "viewers": viewers, "duties": DUTY_WORDS}
    return Panel("access/panel.html", {**facts, "kinds": words.kinds_said(target.compartments)})
