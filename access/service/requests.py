"""Copy requests 复制申请 (article 26): asked by a party, reviewed, approved by a deputy head who had no other hand in
it, released as a sealed copy, collected once. No copy exists before the approval.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from access.ports import CopyWords, Counter
from access.rules.release import approve_release, check_scope, scope_digest, steps_for
from access.service.people import name_of
from access.tables import CopyRequestRow, DutyRow, MatterRow, PartyLinkRow, ReleaseRow, RequestStepRow
from access.terms import ALL_UNITS, RequestState
from archive.kernel.approval import ChainState, Signature, chain_state, may_sign
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, ItemId, PersonId, ReleaseId, RequestId, UnitCode, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ledger.service.proofs import require_inclusion
from archive.service.numbers import next_number
from archive.service.reading import get_case_target, get_item_targets

ANSWER_WITHIN = timedelta(days=20)  # a service standard of the counter, shown to the party as a limit date


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a request as people read it 办理环节."""

    step: str
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
    limit: datetime | None
    release_id: ReleaseId | None
    release_no: str


def submit_request(work: Work, counter: Counter, case_id: CaseId, items: Sequence[ItemId], purpose: str) -> RequestId:
    """A party asks for copies 提出复制申请. Refuses whoever is not a confirmed party or agent of this case."""
    case = get_case_target(work, case_id)
    work.require(Action.REQUEST_COPY, case)
    if not purpose.strip():
        raise Refusal("access.purpose-missing")
    targets = get_item_targets(work, case_id)
    check_scope(items, items, targets)
    link = work.session.get_one(PartyLinkRow, (case_id, work.actor.id))
    request_id = RequestId(new_id("request"))
    year = legal_date(work.now).year
    number = f"复〔{year}〕{next_number(work, f'copy-request/{case.unit}/{year}')}号"
    work.session.add(
        CopyRequestRow(
            id=request_id,
            number=f"{case.unit}{number}",
            case_id=case_id,
            unit=case.unit,
            requester=work.actor.id,
            capacity=link.capacity,
            state=RequestState.SUBMITTED,
            purpose_enc=counter.texts.encrypt(request_id, purpose.strip()[:2000]),
            delivery="download",
            items=list(dict.fromkeys(items)),
            legal_limit=work.now + ANSWER_WITHIN,
            created_at=work.now,
        )
    )
    work.session.flush()
    work.journal.record("request.submitted", case_id, {"request": request_id, "items": len(items)}, unit=case.unit)
    return request_id


def review_request(work: Work, counter: Counter, request_id: RequestId, scope: Sequence[ItemId], reason: str) -> None:
    """The archivist proposes what is copied 审核范围; whatever is left out is explained in ``reason``."""
    row = _row(work, request_id)
    work.require(Action.REVIEW_REQUEST, request_target(work, row))
    if row.state != RequestState.SUBMITTED:
        raise Refusal("access.request-out-of-order", state=row.state)
    targets = get_item_targets(work, CaseId(row.case_id))
    check_scope([ItemId(item) for item in row.items], scope, targets)
    if set(scope) != set(row.items) and not reason.strip():
        raise Refusal("access.reason-missing")
    row.scope = list(dict.fromkeys(scope))
    chosen = [ItemId(item) for item in row.scope]
    row.scope_digest = scope_digest(request_id, CaseId(row.case_id), chosen, _purpose(counter, row))
    _sign(work, counter, row, approves=True, reason=reason, seen=row.scope_digest)


def sign_request(
    work: Work, counter: Counter, request_id: RequestId, *, approves: bool, reason: str, seen: str
) -> None:
    """The next hand under a request: legal opinion or the deputy head's decision 批准/退回.

    ``seen`` is the digest of the scope that the person was shown. A return needs a reason and ends the request.
    """
    row = _row(work, request_id)
    step = _state(work, row).waiting
    action = Action.APPROVE_REQUEST if step is not None and step.name == "approve" else Action.REVIEW_REQUEST
    work.require(action, request_target(work, row))
    if row.state != RequestState.AWAITING_APPROVAL:
        raise Refusal("access.request-out-of-order", state=row.state)
    if not approves and not reason.strip():
        raise Refusal("access.reason-missing")
    _sign(work, counter, row, approves=approves, reason=reason, seen=seen)


def release_copy(work: Work, counter: Counter, request_id: RequestId) -> ReleaseId:
    """Makes, seals and registers the approved copy 出具复制件; the only way a copy comes to exist."""
    row = _row(work, request_id)
    work.require(Action.RELEASE, request_target(work, row))
    if row.state != RequestState.APPROVED:
        raise Refusal("access.request-out-of-order", state=row.state)
    release_id = ReleaseId(new_id("release"))
    scope = tuple(ItemId(item) for item in row.scope)
    targets = get_item_targets(work, CaseId(row.case_id))
    approved = approve_release(
        release_id=release_id,
        request_id=request_id,
        case_id=CaseId(row.case_id),
        scope=scope,
        targets=[targets[item] for item in scope],
        recipient=PersonId(row.requester),
        purpose=_purpose(counter, row),
        signatures=_signatures(work, row),
        now=work.now,
    )
    number = _release_number(work, row)
    pdf = counter.maker.make(work, approved, _words(work, row, number, approved.signatures[-1]))
    salt = secrets.token_hex(16)
    salted = hashlib.sha256(bytes.fromhex(salt) + hashlib.sha256(pdf).digest()).hexdigest()
    counter.copies.put(release_id, pdf)
    entry = work.journal.record(
        "release.made", release_id, {"number": number, "salted_sha256": salted}, ledger="release", unit=row.unit
    )
    work.journal.record("request.released", row.case_id, {"request": request_id, "release": release_id}, unit=row.unit)
    work.session.add(
        ReleaseRow(
            id=release_id,
            number=number,
            request_id=request_id,
            case_id=row.case_id,
            recipient=row.requester,
            salt=salt,
            salted_digest=salted,
            size=len(pdf),
            made_at=work.now,
            entry_id=entry,
        )
    )
    row.state = RequestState.RELEASED
    work.session.flush()
    return release_id


def collect_copy(work: Work, counter: Counter, release_id: ReleaseId) -> tuple[str, bytes]:
    """The party takes the copy once 领取: number and PDF. Refuses whoever is not its recipient, and a second time."""
    row = work.session.get(ReleaseRow, release_id)
    if row is None or row.recipient != work.actor.id:
        raise Refusal("access.release-unknown")
    request = _row(work, RequestId(row.request_id))
    work.require(Action.COLLECT, request_target(work, request))
    if row.withdrawn_at is not None or row.collected_at is not None:
        raise Refusal("access.release-closed", number=row.number)
    require_inclusion(work.session, row.entry_id)
    pdf = counter.copies.get(release_id)
    row.collected_at = work.now
    request.state = RequestState.COLLECTED
    work.journal.record("release.collected", row.case_id, {"release": release_id}, unit=request.unit)
    return row.number, pdf


def get_request(work: Work, counter: Counter, request_id: RequestId) -> RequestView:
    """A request for its own party or for whoever handles it; refuses in the same words for absent and foreign."""
    row = _row(work, request_id)
    if row.requester != work.actor.id:
        if not work.guard.decide(work.actor, Action.LIST, get_case_target(work, CaseId(row.case_id))).allowed:
            raise Refusal("access.request-unknown")
        handles = [Action.REVIEW_REQUEST, Action.APPROVE_REQUEST, Action.RELEASE]
        target = request_target(work, row, judging=False)
        if not any(work.guard.decide(work.actor, action, target).allowed for action in handles):
            raise Refusal("access.request-unknown")
    return _view(work, counter, row)


def list_requests(work: Work, counter: Counter) -> tuple[RequestView, ...]:
    """The requests this person may see, newest first: a party's own, or those of the units a duty covers."""
    rows = work.session.scalars(select(CopyRequestRow).order_by(CopyRequestRow.created_at.desc()).limit(500))
    found = []
    for row in rows:
        try:
            found.append(get_request(work, counter, RequestId(row.id)))
        except Refusal:
            continue
    return tuple(found)


def cases_of_party(work: Work) -> tuple[CaseId, ...]:
    """The cases in which the reader is a confirmed party or agent."""
    wanted = select(PartyLinkRow.case_id).where(PartyLinkRow.person_id == work.actor.id)
    return tuple(CaseId(case_id) for case_id in work.session.scalars(wanted))


def request_target(work: Work, row: CopyRequestRow, *, judging: bool = True) -> Target:
    """The guard's view of a request: its unit, whose it is, and all hands on it so far."""
    hands = {PersonId(row.requester)}
    if judging:
        hands |= {PersonId(step.person_id) for step in _steps(work, row)}
    return Target(
        "request",
        unit=UnitCode(row.unit),
        case_id=CaseId(row.case_id),
        hands=frozenset(hands),
        owner=PersonId(row.requester),
    )


def _row(work: Work, request_id: RequestId) -> CopyRequestRow:
    row = work.session.get(CopyRequestRow, request_id)
    if row is None:
        raise Refusal("access.request-unknown")
    return row


def _steps(work: Work, row: CopyRequestRow) -> list[RequestStepRow]:
    wanted = select(RequestStepRow).where(RequestStepRow.request_id == row.id).order_by(RequestStepRow.id)
    return list(work.session.scalars(wanted))


def _signatures(work: Work, row: CopyRequestRow) -> tuple[Signature, ...]:
    return tuple(
        Signature(step.step, PersonId(step.person_id), step.duty, step.approves, step.at, step.reason, step.seen)
        for step in _steps(work, row)
    )


def _chain(work: Work, row: CopyRequestRow) -> tuple[Target, ...]:
    targets = get_item_targets(work, CaseId(row.case_id))
    return tuple(targets[ItemId(item)] for item in (row.scope or row.items) if ItemId(item) in targets)


def _state(work: Work, row: CopyRequestRow) -> ChainState:
    return chain_state(steps_for(_chain(work, row)), _signatures(work, row))


def _sign(work: Work, counter: Counter, row: CopyRequestRow, *, approves: bool, reason: str, seen: str) -> None:
    steps = steps_for(_chain(work, row))
    signatures = _signatures(work, row)
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
    step = steps[len(signatures)]
    work.session.add(
        RequestStepRow(
            request_id=row.id,
            step=step.name,
            person_id=work.actor.id,
            duty=step.duty,
            approves=approves,
            reason=reason.strip()[:2000],
            seen=seen,
            at=work.now,
        )
    )
    work.session.flush()
    state = _state(work, row)
    row.state = (
        RequestState.RETURNED
        if state.returned
        else RequestState.APPROVED
        if state.complete
        else RequestState.AWAITING_APPROVAL
    )
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


def _purpose(counter: Counter, row: CopyRequestRow) -> str:
    return counter.texts.decrypt(row.id, row.purpose_enc)


def _release_number(work: Work, row: CopyRequestRow) -> str:
    year = legal_date(work.now).year
    return f"{row.unit}复制件〔{year}〕{next_number(work, f'release/{row.unit}/{year}')}号"


def _words(work: Work, row: CopyRequestRow, number: str, approval: Signature) -> CopyWords:
    return CopyWords(
        release_no=number,
        request_no=row.number,
        recipient=name_of(work, row.requester),
        capacity=row.capacity,
        approved_by=name_of(work, approval.person),
        approved_on=legal_date(approval.at),
        made_by=work.actor.name,
        made_at=work.now,
        requested_on=legal_date(row.created_at),
    )


def _view(work: Work, counter: Counter, row: CopyRequestRow) -> RequestView:
    state = _state(work, row)
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
        _purpose(counter, row),
        tuple(ItemId(item) for item in row.items),
        tuple(ItemId(item) for item in row.scope),
        row.scope_digest,
        tuple(
            StepLine(s.step, name_of(work, s.person_id), s.duty, s.approves, s.reason, s.at) for s in _steps(work, row)
        ),
        state.waiting.duty if state.waiting is not None else "",
        row.created_at,
        row.legal_limit,
        ReleaseId(release.id) if release is not None else None,
        release.number if release is not None else "",
    )
