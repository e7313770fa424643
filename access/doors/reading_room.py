"""Reading room 阅览室: what a party or agent does: my cases, ask for copies, where is my request, collect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.doors.request_words import limit_said, party_head, steps_said
from access.ports import Counter
from access.service.releasing import begin_delivery, finish_delivery
from access.service.request_lists import list_requests
from access.service.requests import (
    RequestView,
    cases_of_party,
    get_request,
    offer_papers,
    submit_request,
)
from access.terms import RequestState
from archive.doors.web.asking import ask_duty, asks, holdings, open_work, ports, reader, works
from archive.doors.web.frame import at
from archive.doors.web.headers import CONTENT_POLICY, disposition
from archive.doors.web.refusing import told
from archive.kernel.clock import Clock
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, ItemId, RequestId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.destroying import still_kept
from archive.service.serving import Offer, offer_items

pages = Blueprint("room", __name__, template_folder="../templates")
LONGEST_PURPOSE = 500
PIECE = 64 * 1024


@pages.get("/my")
@asks(Action.REQUEST_COPY)
def home() -> ResponseReturnValue:
    """My cases and my requests."""
    kept = holdings()
    with open_work() as work:
        ask_duty(work, Action.REQUEST_COPY)
        offers = [offer_items(work, kept, case_id) for case_id in still_kept(work, cases_of_party(work))]
        found = list_requests(work, ports().get(Counter), after=request.args.get("after", "")[:100])
    return render_template("access/my.html", offers=offers, views=found.views, follows=found.follows, head=party_head)


@pages.get("/my/cases/<case_id>/ask")
@asks(Action.REQUEST_COPY)
def papers(case_id: str) -> ResponseReturnValue:
    """The first question: which papers."""
    return _ask(case_id, "papers", [], "")


@pages.post("/my/cases/<case_id>/ask")
@asks(Action.REQUEST_COPY)
def ask(case_id: str) -> ResponseReturnValue:
    """The next question, or the sending; answers travel in the form, nothing is kept before it is sent."""
    chosen = [ItemId(item) for item in request.form.getlist("item")[:500]]
    purpose = request.form.get("purpose", "").strip()[:LONGEST_PURPOSE]
    step = request.form.get("step", "papers")
    if step != "send":
        return _ask(case_id, step, chosen, purpose)
    with open_work() as work:
        ask_duty(work, Action.REQUEST_COPY)
        request_id = submit_request(work, ports().get(Counter), CaseId(case_id), chosen, purpose)
    return redirect(url_for("room.status", request_id=request_id))


def _ask(case_id: str, step: str, chosen: Sequence[ItemId], purpose: str) -> ResponseReturnValue:
    at("room.home")
    with open_work() as work:
        ask_duty(work, Action.REQUEST_COPY)
        offer = offer_papers(work, holdings(), CaseId(case_id))
    picked = [item for item in offer.items if item.item_id in chosen and item.copyable]
    wrong: Refusal | None = None
    if step in ("purpose", "check") and not picked:
        step, wrong = "papers", Refusal("access.scope-empty")
    elif step == "check" and not purpose:
        step, wrong = "purpose", Refusal("access.purpose-missing")
    page = render_template(
        "access/ask.html",
        offer=offer,
        step=step if step in ("papers", "purpose", "check") else "papers",
        chosen=set(chosen),
        picked=picked,
        purpose=purpose,
        pages_picked=sum(item.pages for item in picked),
        reasons=told(wrong) if wrong is not None else [],
    )
    return (page, 422) if wrong is not None else page


@pages.get("/my/requests/<request_id>")
@asks(Action.COLLECT)
def status(request_id: str) -> ResponseReturnValue:
    """Where is my request, who has it, until when, what can I do now."""
    at("room.home")
    with open_work() as work:
        view, offer = _own(work, holdings(), request_id)
    clock: Clock = ports().get(Clock)  # type: ignore[type-abstract]
    return render_template(
        "access/status.html",
        view=view,
        offer=offer,
        items=[(item_id, offer.item(item_id) if offer is not None else None) for item_id in view.items],
        left_out=[item for item in view.items if view.scope and item not in view.scope],
        reason=next((step.reason for step in view.steps if step.reason), ""),
        ended=next((step.reason for step in reversed(view.steps) if not step.approves), ""),
        head=party_head(view),
        limit=limit_said(view, clock.now()),
        steps=steps_said(view),
        ready=view.state is RequestState.RELEASED,
        returned=view.state in (RequestState.RETURNED, RequestState.CLOSED),
    )


@pages.post("/my/requests/<request_id>/collect")
@asks(Action.COLLECT)
def collect(request_id: str) -> ResponseReturnValue:
    """Gives the copy to its recipient, once: it is collected when the server has taken the last byte. A delivery that
    was interrupted can be begun again for 24 hours.
    """
    counter, actor, kept = ports().get(Counter), reader(), works()
    with kept.work(actor) as work:
        ask_duty(work, Action.COLLECT)
        view = _own_request(work, request_id)
        if view.release_id is None:
            raise Refusal("access.release-unknown")
        release_id = view.release_id
        number, pdf = begin_delivery(work, counter, release_id)
    answer = Response(
        _pieces(pdf, lambda: finish_delivery(counter.works, counter, actor, release_id)), mimetype="application/pdf"
    )
    answer.content_length = len(pdf)
    answer.headers["Content-Disposition"] = disposition("attachment", f"{number}.pdf")
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer


def _pieces(pdf: bytes, finish: Callable[[], None]) -> Iterator[bytes]:
    """The copy piece by piece; asking for more after the last one says that the server has taken it all."""
    for start in range(0, len(pdf), PIECE):
        yield pdf[start : start + PIECE]
    finish()


def _own_request(work: Work, request_id: str) -> RequestView:
    """A request of the reader's own; somebody else's is as absent as one that does not exist."""
    view = get_request(work, ports().get(Counter), RequestId(request_id))
    if view.requester != work.actor.id:
        raise Refusal("access.request-unknown")
    return view


def _own(work: Work, kept: Holdings, request_id: str) -> tuple[RequestView, Offer | None]:
    """The same with what its case offers; None when the case is destroyed."""
    ask_duty(work, Action.COLLECT)
    view = _own_request(work, request_id)
    return view, offer_items(work, kept, view.case_id) if still_kept(work, [view.case_id]) else None
