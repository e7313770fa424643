"""Withdrawals 撤回: what tied a person to a case is taken back: the circle, an assigned matter, a party's link."""

from __future__ import annotations

from sqlalchemy import select

from access.service.matter import close_request
from access.service.people import case_of
from access.tables import CircleRow, CopyRequestRow, MatterRow, PartyLinkRow, ReleaseRow
from access.terms import UNFINISHED
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, PersonId, ReleaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work

UNLINKED = "当事人或代理人身份已解除，申请随之终止，未领取的复制件不再交付。"


def leave_circle(work: Work, case: Target, person_id: PersonId) -> None:
    """Takes a person out of the circle of knowledge 移出知悉范围; it counts from the next question to the guard."""
    work.require(Action.CLEAR, Target("circle", unit=case.unit))
    row = work.session.get(CircleRow, (case_of(case), person_id))
    if row is None:
        raise Refusal("access.circle-unknown")
    work.session.delete(row)
    work.journal.record("circle.left", case_of(case), {"person": person_id}, unit=case.unit)


def withdraw_matter(work: Work, case: Target, person_id: PersonId) -> None:
    """Takes an assigned matter back 收回指派 before its end."""
    work.require(Action.REVIEW_REQUEST, case)
    row = work.session.get(MatterRow, (case_of(case), person_id))
    if row is None:
        raise Refusal("access.matter-unknown")
    work.session.delete(row)
    work.journal.record("matter.withdrawn", case_of(case), {"person": person_id}, unit=case.unit)


def unlink_party(work: Work, case: Target, person_id: PersonId) -> None:
    """Ends that a person is party or agent of a case 解除当事人关系 (a mandate that ended, a wrong person).

    The person's requests that are not finished are closed, and copies that were not collected are withdrawn: nobody
    collects them, and they are shredded with the next recovery.
    """
    work.require(Action.ANNOTATE, case)
    case_id = case_of(case)
    row = work.session.get(PartyLinkRow, (case_id, person_id))
    if row is None:
        raise Refusal("access.party-unknown")
    work.session.delete(row)
    facts = {"person": person_id, "closed": _close(work, case_id, person_id)}
    work.journal.record("party.unlinked", case_id, facts, unit=case.unit)


def _close(work: Work, case_id: CaseId, person_id: PersonId) -> int:
    uncollected = select(ReleaseRow).where(
        ReleaseRow.case_id == case_id,
        ReleaseRow.recipient == person_id,
        ReleaseRow.collected_at.is_(None),
        ReleaseRow.withdrawn_at.is_(None),
    )
    for release in work.session.scalars(uncollected).all():
        release.withdrawn_at = work.now
        work.journal.record("release.withdrawn", case_id, {"release": ReleaseId(release.id)})
    waiting = select(CopyRequestRow).where(
        CopyRequestRow.case_id == case_id,
        CopyRequestRow.requester == person_id,
        CopyRequestRow.state.in_(UNFINISHED),
    )
    requests = work.session.scalars(waiting).all()
    for request in requests:
        close_request(work, request, UNLINKED)
    return len(requests)
