"""Matter 事项: what every deed on a copy request loads and asks first. Absent and foreign requests get one answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from access.ports import Counter
from access.rules.release import SIGNING
from access.tables import CopyRequestRow, RequestStepRow
from access.terms import RequestState
from archive.kernel.approval import Signature
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, PersonId, RequestId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.deadlines import end_deadlines
from archive.service.destroying import still_kept
from archive.service.reading import get_case_target

HANDLES = (Action.REVIEW_REQUEST, Action.APPROVE_REQUEST, Action.RELEASE)
"""What whoever handles requests may do 办理行为."""
CLOSING = "closed"
_OWN_SIGNS = 8


def known_request(work: Work, request_id: RequestId) -> CopyRequestRow:
    """The request, for its own party or whoever handles it; else ``access.request-unknown``, as for an absent one."""
    row = work.session.get(CopyRequestRow, request_id)
    if row is None or not may_know(work, row):
        raise Refusal("access.request-unknown")
    return row


def may_know(work: Work, row: CopyRequestRow) -> bool:
    """Whether the actor asked for it, or may know of the case and has a step of such requests to do."""
    if row.requester == work.actor.id:
        return True
    if not work.guard.decide(work.actor, Action.LIST, get_case_target(work, CaseId(row.case_id))).allowed:
        return False
    target = request_target(work, row, judging=False)
    return any(work.guard.decide(work.actor, action, target).allowed for action in HANDLES)


def request_target(work: Work, row: CopyRequestRow, *, judging: bool = True) -> Target:
    """The guard's view of a request: its unit, whose it is, and all hands on it so far."""
    hands = {PersonId(row.requester)}
    if judging:
        hands |= {PersonId(step.person_id) for step in steps_of(work, row)}
    return Target(
        "request",
        unit=UnitCode(row.unit),
        case_id=CaseId(row.case_id),
        hands=frozenset(hands),
        owner=PersonId(row.requester),
    )


def steps_of(work: Work, row: CopyRequestRow) -> Sequence[RequestStepRow]:
    """Every step of a request in order."""
    wanted = select(RequestStepRow).where(RequestStepRow.request_id == row.id).order_by(RequestStepRow.id)
    return work.session.scalars(wanted).all()


def signatures_of(work: Work, counter: Counter, row: CopyRequestRow) -> tuple[Signature, ...]:
    """The hands under a request; what happens to its copy afterwards is no hand."""
    return tuple(
        Signature(
            step.step,
            PersonId(step.person_id),
            step.duty,
            step.approves,
            step.at,
            reason_of(counter, step),
            step.seen,
        )
        for step in steps_of(work, row)
        if step.step in SIGNING
    )


def purpose_of(counter: Counter, row: CopyRequestRow) -> str:
    """What the party said the copy is for."""
    return counter.texts.decrypt(row.id, row.purpose_enc)


def reason_of(counter: Counter, step: RequestStepRow) -> str:
    """What a hand wrote, or the house's own sentence."""
    if step.reason_enc is None:
        return step.reason
    return counter.texts.decrypt(reason_field(step.request_id, step.step), step.reason_enc)


def reason_field(request_id: str, step: str) -> str:
    """What the encrypted reason of a step is bound to: it cannot be moved to another step or request."""
    return f"{request_id}/{step}"


def require_kept(work: Work, case_id: CaseId) -> None:
    """Refuses what concerns a case whose destruction is decided; asked after the guard."""
    if not still_kept(work, [case_id]):
        raise Refusal("access.case-destroyed")


def close_request(work: Work, row: CopyRequestRow, reason: str) -> None:
    """Ends a request that can go no further 终止, with a reason that its party reads."""
    work.session.add(
        RequestStepRow(
            request_id=row.id,
            step=CLOSING,
            person_id=work.actor.id,
            duty="machine",
            approves=False,
            reason=reason,
            at=work.now,
        )
    )
    row.state = RequestState.CLOSED
    end_deadlines(work, row.id)
    work.journal.record("request.closed", row.case_id, {"request": row.id}, unit=row.unit)


def series_of(work: Work, case: Target, kind: str) -> tuple[str, str]:
    """The series of a number for a case and what stands between year and number.

    A case with a level has series of its own, marked by signs of its random id: the numbers of its unit show no gap
    where it was served, and its own tell nothing of other such cases.
    """
    year = legal_date(work.now).year
    if not case.level:
        return f"{kind}/{case.unit}/{year}", f"〔{year}〕"
    own = str(case.case_id).rsplit("_", 1)[-1][:_OWN_SIGNS]
    return f"{kind}/{case.case_id}/{year}", f"〔{year}〕{own}-"
