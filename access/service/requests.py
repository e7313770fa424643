"""Copy requests 复制申请 (article 26): asked by a party, reviewed, approved by a deputy head who had no other hand in
it, released as a sealed copy, collected once. No copy exists before the approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from access.ports import Counter
from access.rules.release import check_scope, scope_digest, steps_for
from access.service.matter import (
    known_request,
    purpose_of,
    reason_field,
    reason_of,
    request_target,
    require_kept,
    series_of,
    signatures_of,
    steps_of,
)
from access.service.people import name_of
from access.tables import CopyRequestRow, DutyRow, MatterRow, PartyLinkRow, ReleaseRow, RequestStepRow
from access.terms import ALL_UNITS, RequestState
from archive.kernel.approval import ChainState, chain_state, may_sign
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, ItemId, PersonId, ReleaseId, RequestId, UnitCode, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.pages.glyphs import glyph_missing
from archive.ports import Holdings
from archive.rules.time_limits import ANSWER
from archive.service.deadlines import Running, end_deadlines, get_deadline, start_deadline
from archive.service.numbers import next_number
from archive.service.reading import get_case_target, get_item_targets
from archive.service.serving import Offer, offer_items

__all__ = [
    "RequestView",
    "StepLine",
    "cases_of_party",
    "get_request",
    "offer_papers",
    "review_request",
    "sign_request",
    "submit_request",
    "view_of",
]

MOST_PURPOSE = 2000


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a request as people read it 办理环节."""

    step: str
    person_id: PersonId
    person: str
    duty: str
    approves: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as people read it 复制申请."""

    id: RequestId
    number: str
    case_id: CaseId
    unit: UnitCode
    requester: PersonId
    requester_name: str
    capacity: str
    state: RequestState
    purpose: str
    items: tuple[ItemId, ...]
    scope: tuple[ItemId, ...]
    scope_digest: str
    steps: tuple[StepLine, ...]
    waits_for: str
    created_at: datetime
    deadline: Running | None
    release_id: ReleaseId | None
    release_no: str

    @property
    def limit(self) -> datetime | None:
        """The last instant in time for an answer, as it was counted last."""
        return self.deadline.due_at if self.deadline is not None else None


def offer_papers(work: Work, holdings: Holdings, case_id: CaseId) -> Offer:
    """What the actor may ask copies of, after the guard's yes; refuses a case whose destruction is decided."""
    work.require(Action.REQUEST_COPY, get_case_target(work, case_id))
    require_kept(work, case_id)
    return offer_items(work, holdings, case_id)


def submit_request(work: Work, counter: Counter, case_id: CaseId, items: Sequence[ItemId], purpose: str) -> RequestId:
    """A party asks for copies 提出复制申请; the limit for an answer runs from now (regulation art. 33).

    Refuses whoever is not a confirmed party or agent of this case, and what is not offered to parties (the internal
    part, state secrets) as it refuses a paper that does not exist.
    """
    case = get_case_target(work, case_id)
    offered = {item.item_id for item in offer_papers(work, counter.holdings, case_id).items}
    purpose = " ".join(purpose.split())[:MOST_PURPOSE]
    if not purpose:
        raise Refusal("access.purpose-missing")
    if missing := glyph_missing([purpose]):
        raise missing  # the statement in front of the copy prints it: the request could never be released
    targets = get_item_targets(work, case_id)
    check_scope(items, items, {item: target for item, target in targets.items() if item in offered})
    link = work.session.get_one(PartyLinkRow, (case_id, work.actor.id))
    request_id = RequestId(new_id("request"))
    series, mark = series_of(work, case, "copy-request")
    due = start_deadline(work, ANSWER, request_id, case_id, work.now).due_at
    work.session.add(
        CopyRequestRow(
            id=request_id,
            number=f"{case.unit}复{mark}{next_number(work, series)}号",
            case_id=case_id,
            unit=case.unit,
            requester=work.actor.id,
            capacity=link.capacity,
            state=RequestState.SUBMITTED,
            purpose_enc=counter.texts.encrypt(request_id, purpose),
            delivery="download",
            items=list(dict.fromkeys(items)),
            legal_limit=due,
            created_at=work.now,
        )
    )
    work.session.flush()
    work.journal.record("request.submitted", case_id, {"request": request_id, "items": len(items)}, unit=case.unit)
    return request_id


def review_request(work: Work, counter: Counter, request_id: RequestId, scope: Sequence[ItemId], reason: str) -> None:
    """The archivist proposes what is copied 审核范围; whatever is left out is explained in ``reason``."""
    row = known_request(work, request_id)
    work.require(Action.REVIEW_REQUEST, request_target(work, row))
    require_kept(work, CaseId(row.case_id))
    if row.state != RequestState.SUBMITTED:
        raise Refusal("access.request-out-of-order", state=row.state)
    targets = get_item_targets(work, CaseId(row.case_id))
    check_scope([ItemId(item) for item in row.items], scope, targets)
    if set(scope) != set(row.items) and not reason.strip():
        raise Refusal("access.reason-missing")
    row.scope = list(dict.fromkeys(scope))
    chosen = [ItemId(item) for item in row.scope]
    row.scope_digest = scope_digest(request_id, CaseId(row.case_id), chosen, purpose_of(counter, row))
    _sign(work, counter, row, approves=True, reason=reason, seen=row.scope_digest)


def sign_request(
    work: Work, counter: Counter, request_id: RequestId, *, approves: bool, reason: str, seen: str
) -> None:
    """The next hand under a request: legal opinion or the deputy head's decision 批准/退回.

    ``seen`` is the digest of the scope that the person was shown. A return needs a reason and ends the request. Nobody
    approves what they may not read: consent (article 26) is to papers that somebody has looked at.
    """
    row = known_request(work, request_id)
    step = _state(work, counter, row).waiting
    action = Action.APPROVE_REQUEST if step is not None and step.name == "approve" else Action.REVIEW_REQUEST
    work.require(action, request_target(work, row))
    require_kept(work, CaseId(row.case_id))
    if row.state != RequestState.AWAITING_APPROVAL:
        raise Refusal("access.request-out-of-order", state=row.state)
    if not approves and not reason.strip():
        raise Refusal("access.reason-missing")
    _sign(work, counter, row, approves=approves, reason=reason, seen=seen, unread=_unread(work, row) if approves else 0)


def get_request(work: Work, counter: Counter, request_id: RequestId) -> RequestView:
    """A request for its own party or for whoever handles it; refuses in the same words for absent and foreign."""
    return view_of(work, counter, known_request(work, request_id))


def cases_of_party(work: Work) -> tuple[CaseId, ...]:
    """The cases in which the reader is a confirmed party or agent."""
    wanted = select(PartyLinkRow.case_id).where(PartyLinkRow.person_id == work.actor.id)
    return tuple(CaseId(case_id) for case_id in work.session.scalars(wanted))


def _chain(work: Work, row: CopyRequestRow) -> tuple[Target, ...]:
    targets = get_item_targets(work, CaseId(row.case_id))
    return tuple(targets[ItemId(item)] for item in (row.scope or row.items) if ItemId(item) in targets)


def _unread(work: Work, row: CopyRequestRow) -> int:
    """How many papers of the scope the actor may not read."""
    return sum(not work.guard.decide(work.actor, Action.READ, target).allowed for target in _chain(work, row))


def _state(work: Work, counter: Counter, row: CopyRequestRow) -> ChainState:
    return chain_state(steps_for(_chain(work, row)), signatures_of(work, counter, row))


def _sign(
    work: Work, counter: Counter, row: CopyRequestRow, *, approves: bool, reason: str, seen: str, unread: int = 0
) -> None:
    reason = reason.strip()[:2000]
    steps = steps_for(_chain(work, row))
    signatures = signatures_of(work, counter, row)
    reasons = may_sign(
        steps,
        signatures,
        person=work.actor.id,
        duties=_duties_here(work, row),
        hands=request_target(work, row).hands,
        seen=seen,
        current=row.scope_digest,
    )
    if refusal := Refusal.join(reasons):
        raise refusal
    if unread:
        raise Refusal("access.scope-unread", number=unread)
    step = steps[len(signatures)]
    work.session.add(
        RequestStepRow(
            request_id=row.id,
            step=step.name,
            person_id=work.actor.id,
            duty=step.duty,
            approves=approves,
            reason_enc=counter.texts.encrypt(reason_field(row.id, step.name), reason) if reason else None,
            seen=seen,
            at=work.now,
        )
    )
    work.session.flush()
    state = _state(work, counter, row)
    row.state = (
        RequestState.RETURNED
        if state.returned
        else RequestState.APPROVED
        if state.complete
        else RequestState.AWAITING_APPROVAL
    )
    if state.returned:
        end_deadlines(work, row.id)
    facts = {"request": row.id, "step": step.name, "approves": approves, "seen": seen}
    work.journal.record("request.signed", row.case_id, facts, unit=row.unit)


def _duties_here(work: Work, row: CopyRequestRow) -> frozenset[str]:
    """The duties a hand holds for this request: those of its unit; any of them when the matter is assigned to it. A
    duty of another unit is none here.
    """
    held = select(DutyRow.duty).where(DutyRow.person_id == work.actor.id)
    matter = work.session.get(MatterRow, (row.case_id, work.actor.id))
    if matter is None or matter.until <= work.now:
        held = held.where(DutyRow.unit.in_((row.unit, ALL_UNITS)))
    return frozenset(work.session.scalars(held))


def view_of(work: Work, counter: Counter, row: CopyRequestRow) -> RequestView:
    """A request that the actor may know of, as people read it."""
    state = _state(work, counter, row)
    release = work.session.scalars(select(ReleaseRow).where(ReleaseRow.request_id == row.id)).first()
    return RequestView(
        RequestId(row.id),
        row.number,
        CaseId(row.case_id),
        UnitCode(row.unit),
        PersonId(row.requester),
        name_of(work, row.requester),
        row.capacity,
        RequestState(row.state),
        purpose_of(counter, row),
        tuple(ItemId(item) for item in row.items),
        tuple(ItemId(item) for item in row.scope),
        row.scope_digest,
        tuple(
            StepLine(
                s.step,
                PersonId(s.person_id),
                name_of(work, s.person_id),
                s.duty,
                s.approves,
                reason_of(counter, s),
                s.at,
            )
            for s in steps_of(work, row)
        ),
        state.waiting.duty if state.waiting is not None else "",
        row.created_at,
        get_deadline(work, row.id),
        ReleaseId(release.id) if release is not None else None,
        release.number if release is not None else "",
    )
