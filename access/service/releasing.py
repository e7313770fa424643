"""Releasing 出具: an approved request becomes a sealed copy, made outside every transaction and handed over once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from access.ports import CopyWords, Counter
from access.rules.release import approve_release, check_scope
from access.service.matter import (
    known_request,
    purpose_of,
    request_target,
    require_kept,
    series_of,
    signatures_of,
)
from access.service.people import name_of
from access.tables import CopyRequestRow, ReleaseRow, RequestStepRow
from access.terms import RequestState
from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Purpose
from archive.kernel.ids import CaseId, ItemId, PersonId, ReleaseId, RequestId, new_id
from archive.kernel.orders import ApprovedRelease
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work, Works
from archive.ledger.service.proofs import require_inclusion
from archive.service.deadlines import end_deadlines
from archive.service.numbers import next_number, record_gap
from archive.service.reading import get_case_target, get_item_targets

DELIVERY = "delivery"
DELIVERY_WINDOW = timedelta(hours=24)
"""How long an interrupted delivery may be tried again by the same person 中断后可再取的时限."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A copy that is about to be made 待制复制件: what was approved when it was read, its number, how it is built."""

    approved: ApprovedRelease
    number: str
    series: str
    counted: int
    build: Callable[[], bytes]


def make_release(works: Works, counter: Counter, actor: Actor, request_id: RequestId) -> ReleaseId:
    """Makes, seals and registers the approved copy 出具复制件; the only way a copy comes to exist.

    Reads in one transaction, builds the document in none, and records in another that asks again whether everything
    stands as it was read. A number whose copy did not come to be is recorded as a gap.
    """
    with works.work(actor) as work:
        draft = draft_release(work, counter, request_id)
        facts = {"number": draft.number, "request": request_id}
        work.journal.record("release.begun", draft.approved.release_id, facts)
    try:
        pdf = draft.build()
        with works.work(actor) as work:
            return record_release(work, counter, draft, pdf)
    except BaseException:
        with works.work(actor) as work:
            record_gap(work, draft.series, draft.counted, "复制件未制成")
        raise


def draft_release(work: Work, counter: Counter, request_id: RequestId) -> Draft:
    """Everything that is read for a copy, after the guard's yes; no copy exists yet."""
    row = known_request(work, request_id)
    approved = _approved(work, counter, row, ReleaseId(new_id("release")))
    series, mark = series_of(work, get_case_target(work, approved.case_id), "release")
    counted = next_number(work, series)
    number = f"{row.unit}复制件{mark}{counted}号"
    words = _words(work, row, number, approved)
    return Draft(approved, number, series, counted, counter.maker.gather(work, approved, words))


def record_release(work: Work, counter: Counter, draft: Draft, pdf: bytes) -> ReleaseId:
    """Registers a copy that was built, if the request still stands as it was read."""
    approved, release_id = draft.approved, draft.approved.release_id
    row = known_request(work, approved.request_id)
    again = _approved(work, counter, row, release_id)
    if (again.scope_digest, again.signatures) != (approved.scope_digest, approved.signatures):
        raise Refusal("access.request-out-of-order", state=row.state)
    salt = secrets.token_hex(16)
    salted = hashlib.sha256(bytes.fromhex(salt) + hashlib.sha256(pdf).digest()).hexdigest()
    counter.copies.put(release_id, pdf)
    facts = {"number": draft.number, "salted_sha256": salted}
    entry = work.journal.record("release.made", release_id, facts, ledger="release", unit=row.unit)
    facts = {"request": row.id, "release": release_id}
    work.journal.record("request.released", row.case_id, facts, unit=row.unit)
    work.session.add(
        ReleaseRow(
            id=release_id,
            number=draft.number,
            request_id=row.id,
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
    # the answer is there to be collected: what the party does then is not the bureau's time
    end_deadlines(work, row.id)
    work.session.flush()
    return release_id


def _approved(work: Work, counter: Counter, row: CopyRequestRow, release_id: ReleaseId) -> ApprovedRelease:
    """What may be copied now; refuses whatever forbids it, in the state of this transaction."""
    work.require(Action.RELEASE, request_target(work, row))
    case_id, scope = CaseId(row.case_id), tuple(ItemId(item) for item in row.scope)
    require_kept(work, case_id)
    if row.state != RequestState.APPROVED:
        raise Refusal("access.request-out-of-order", state=row.state)
    targets = get_item_targets(work, case_id)
    check_scope([ItemId(item) for item in row.items], scope, targets)
    for item in scope:
        work.require(Action.READ, targets[item], Purpose.COPY_REQUEST)
    return approve_release(
        release_id=release_id,
        request_id=RequestId(row.id),
        case_id=case_id,
        scope=scope,
        targets=[targets[item] for item in scope],
        recipient=PersonId(row.requester),
        purpose=purpose_of(counter, row),
        signatures=signatures_of(work, counter, row),
        now=work.now,
    )


def _words(work: Work, row: CopyRequestRow, number: str, approved: ApprovedRelease) -> CopyWords:
    approval = approved.signatures[-1]
    left_out = tuple(ItemId(item) for item in row.items if item not in approved.items)
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
        left_out=left_out,
        # as the party reads it with the request: whoever narrowed the scope wrote the first reason
        left_out_reason=next((hand.reason for hand in approved.signatures if hand.reason), "") if left_out else "",
    )


def begin_delivery(work: Work, counter: Counter, release_id: ReleaseId) -> tuple[str, bytes]:
    """Begins handing the copy to its party 开始交付: number and PDF. It is collected when ``finish_delivery`` says so.

    What was interrupted may be begun again by the same person for 24 hours. Refuses whoever is not its recipient, a
    copy that was collected or withdrawn, and a case whose destruction is decided.
    """
    row = work.session.get(ReleaseRow, release_id)
    if row is None or row.recipient != work.actor.id:
        raise Refusal("access.release-unknown")
    request = work.session.get_one(CopyRequestRow, row.request_id)
    work.require(Action.COLLECT, request_target(work, request))
    require_kept(work, CaseId(row.case_id))
    if row.withdrawn_at is not None or row.collected_at is not None:
        raise Refusal("access.release-closed", number=row.number)
    begun = delivery_of(work, request)
    if begun is not None and work.now - begun.at > DELIVERY_WINDOW:
        raise Refusal("access.delivery-lapsed", number=row.number)
    require_inclusion(work.session, row.entry_id)
    pdf = counter.copies.get(release_id)
    if begun is None:
        step = RequestStepRow(
            request_id=request.id, step=DELIVERY, person_id=work.actor.id, duty=request.capacity, at=work.now
        )
        work.session.add(step)
    facts = {"release": release_id, "again": begun is not None}
    work.journal.record("release.delivery-begun", row.case_id, facts, unit=request.unit)
    return row.number, pdf


def finish_delivery(works: Works, counter: Counter, actor: Actor, release_id: ReleaseId) -> None:
    """Records that the last byte was handed over 交付完毕, then removes the copy; it is not handed over again."""
    with works.work(actor) as work:
        _collected(work, release_id)
    counter.copies.remove(release_id)


def delivery_of(work: Work, request: CopyRequestRow) -> RequestStepRow | None:
    """The step that says when the delivery was first begun; None when it was not."""
    wanted = select(RequestStepRow).where(RequestStepRow.request_id == request.id, RequestStepRow.step == DELIVERY)
    return work.session.scalars(wanted).first()


def _collected(work: Work, release_id: ReleaseId) -> None:
    row = work.session.get_one(ReleaseRow, release_id)
    if row.recipient != work.actor.id:
        raise Refusal("access.release-unknown")
    if row.collected_at is not None:
        return
    request = work.session.get_one(CopyRequestRow, row.request_id)
    row.collected_at = work.now
    if request.state == RequestState.RELEASED:
        request.state = RequestState.COLLECTED
    work.journal.record("release.collected", row.case_id, {"release": release_id}, unit=request.unit)
