"""Reading room 阅览室: what a party or agent does: my cases, ask for copies, where is my request, collect."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.doors.request_words import limit_said, party_head, steps_said
from access.ports import Counter
from access.service.requests import (
    RequestView,
    cases_of_party,
    collect_copy,
    get_request,
    list_requests,
    submit_request,
)
from access.terms import RequestState
from archive.doors.web.asking import ask_duty, asks, holdings, open_work, ports
from archive.doors.web.frame import at
from archive.doors.web.headers import CONTENT_POLICY, disposition
from archive.doors.web.refusing import told
from archive.kernel.clock import Clock
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, ItemId, RequestId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.serving import Offer, offer_items

pages = Blueprint("room", __name__, template_folder="../templates")
LONGEST_PURPOSE = 500


@pages.get("/my")
@asks(Action.REQUEST_COPY)
def home() -> ResponseReturnValue:
    """My cases and my requests."""
    kept = holdings()
    with open_work() as work:
        ask_duty(work, Action.REQUEST_COPY)
        offers = [offer_items(work, kept, case_id) for case_id in cases_of_party(work)]
        views = list_requests(work, ports().get(Counter))
    titles = {offer.case_id: offer for offer in offers}
    return render_template("access/my.html", offers=offers, views=views, titles=titles, head=party_head)


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
        offer = offer_items(work, holdings(), CaseId(case_id))
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
        items=[(item_id, offer.item(item_id)) for item_id in view.items],
        left_out=[item for item in view.items if view.scope and item not in view.scope],
        reason=next((step.reason for step in view.steps if step.reason), ""),
        head=party_head(view),
        limit=limit_said(view, clock.now()),
        steps=steps_said(view),
        ready=view.state is RequestState.RELEASED,
        returned=view.state is RequestState.RETURNED,
    )


@pages.post("/my/requests/<request_id>/collect")
@asks(Action.COLLECT)
def collect(request_id: str) -> ResponseReturnValue:
    """Gives the copy to its recipient, once."""
    with open_work() as work:
        view, _ = _own(work, holdings(), request_id)
        if view.release_id is None:
            raise Refusal("access.release-unknown")
        number, pdf = collect_copy(work, ports().get(Counter), view.release_id)
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = disposition("attachment", f"{number}.pdf")
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer


def _own(work: Work, kept: Holdings, request_id: str) -> tuple[RequestView, Offer]:
    """A request of the reader's own; somebody else's is as absent as one that does not exist."""
    ask_duty(work, Action.COLLECT)
    view = get_request(work, ports().get(Counter), RequestId(request_id))
    if view.requester != work.actor.id:
        raise Refusal("access.request-unknown")
    return view, offer_items(work, kept, view.case_id)
