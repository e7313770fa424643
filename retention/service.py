"""Deeds 事项 of retention: assign a rule, place and lift holds, appraise, order disposal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.kernel.approval import Signature, may_sign
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, HoldId, PersonId, new_id
from archive.kernel.orders import DisposalOrder
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.destroying import still_kept
from archive.service.seeing import visible_case_ids
from retention.rules.disposal import STEPS, order_disposal
from retention.rules.periods import derive
from retention.tables import AppraisalRow, AssignmentRow, HoldRow
from retention.terms import Derivation, Hold, HoldKind, RetentionRule, Trigger

_MANY = 500
OWN_DEED = {"archivist": Action.ANNOTATE, "deputy_head": Action.DESTROY}
"""What only that duty may do 专属行为: by it the guard tells in which unit the duty is held."""


class Holds:
    """Answers the ground floor's question whether a case is held 冻结查询 (kernel HoldCheck)."""

    def active_holds(self, session: Session, case_id: CaseId) -> tuple[HoldId, ...]:
        """The holds in force on the case."""
        wanted = select(HoldRow.id).where(HoldRow.case_id == case_id, HoldRow.lifted_at.is_(None)).order_by(HoldRow.id)
        return tuple(HoldId(hold) for hold in session.scalars(wanted))


def assign_rule(work: Work, case_id: CaseId, rule: RetentionRule, closed_on: date) -> Derivation:
    """Gives a case its retention rule 定保管期限, in the transaction that takes it into custody."""
    derivation = derive(rule, closed_on)
    work.session.add(
        AssignmentRow(
            case_id=case_id,
            rule_code=rule.code,
            years=rule.years,
            trigger=rule.trigger,
            basis=rule.basis,
            closed_on=closed_on,
            earliest_disposal=derivation.earliest_disposal,
            assigned_at=work.now,
            assigned_by=work.actor.id,
        )
    )
    work.journal.record("retention.assigned", case_id, {"rule": rule.code, "until": str(derivation.last_day)})
    return derivation


def get_derivation(work: Work, case_id: CaseId) -> Derivation:
    """How long the case is kept and why. The caller has asked the guard for the case."""
    row = work.session.get(AssignmentRow, case_id)
    if row is None:
        raise Refusal("retention.rule-missing", case=case_id)
    return derive(RetentionRule(row.rule_code, row.years, Trigger(row.trigger), row.basis), row.closed_on)


def list_holds(work: Work, case_id: CaseId) -> tuple[Hold, ...]:
    """All holds of the case, lifted ones too, oldest first. The caller has asked the guard for the case."""
    rows = work.session.scalars(select(HoldRow).where(HoldRow.case_id == case_id).order_by(HoldRow.placed_at))
    return tuple(
        Hold(
            HoldId(row.id),
            case_id,
            HoldKind(row.kind),
            row.reason,
            row.placed_at,
            row.placed_by,
            row.lifted_at,
        )
        for row in rows
    )


def list_active_holds(work: Work, targets: Callable[[CaseId], Target], limit: int = 100) -> tuple[Hold, ...]:
    """Holds in force on cases the reader may know of, oldest first; ``targets`` describes a case for the guard."""
    rows = work.session.scalars(select(HoldRow).where(HoldRow.lifted_at.is_(None)).order_by(HoldRow.placed_at))
    found: list[Hold] = []
    for row in rows:
        case_id = CaseId(row.case_id)
        if work.guard.decide(work.actor, Action.LIST, targets(case_id)).allowed:
            found.append(Hold(HoldId(row.id), case_id, HoldKind(row.kind), row.reason, row.placed_at, row.placed_by))
        if len(found) == limit:
            break
    return tuple(found)


def place_hold(work: Work, target: Target, kind: HoldKind, reason: str) -> HoldId:
    """Stops disposition of a case 冻结, at once. ``target`` describes the case (built by ``archive``).

    Refuses a case whose destruction is decided: a hold would promise what is gone.
    """
    case_id = _case_of(target)
    work.require(Action.PLACE_HOLD, target)
    if not still_kept(work, [case_id]):
        raise Refusal("retention.case-destroyed", case=case_id)
    if not reason.strip():
        raise Refusal("retention.reason-missing")
    hold_id = HoldId(new_id("hold"))
    work.session.add(
        HoldRow(
            id=hold_id, case_id=case_id, kind=kind, reason=reason[:400], placed_at=work.now, placed_by=work.actor.id
        )
    )
    work.journal.record("hold.placed", case_id, {"hold": hold_id, "kind": str(kind)}, unit=target.unit)
    return hold_id


def lift_hold(work: Work, target: Target, hold_id: HoldId, reason: str) -> None:
    """Lifts a hold 解除冻结; a written reason is needed, and not by the hand that placed it."""
    case_id = _case_of(target)
    work.require(Action.LIFT_HOLD, target)
    row = work.session.get(HoldRow, hold_id)
    if row is None or row.case_id != case_id:
        raise Refusal("retention.hold-unknown")
    if row.lifted_at is not None:
        raise Refusal("retention.hold-lifted", hold=hold_id)
    if not reason.strip():
        raise Refusal("retention.reason-missing")
    if row.placed_by == work.actor.id:
        raise Refusal("retention.same-hand", case=case_id)
    row.lifted_at, row.lifted_by, row.lift_reason = work.now, work.actor.id, reason[:400]
    work.journal.record("hold.lifted", case_id, {"hold": hold_id}, unit=target.unit)


def sign_disposal(work: Work, target: Target, reason: str) -> None:
    """One hand under the disposal of a case 鉴定签署: first the archivist appraises, then the deputy head approves."""
    case_id = _case_of(target)
    signatures = _signatures(work, case_id)
    step = STEPS[min(len(signatures), len(STEPS) - 1)]
    work.require(Action.APPRAISE if step.duty == "archivist" else Action.DESTROY, target)
    reasons = may_sign(
        STEPS,
        signatures,
        person=work.actor.id,
        duties=_duties_here(work, target),
        hands=frozenset(),
        seen=case_id,
        current=case_id,
    )
    if refusal := Refusal.join(reasons):
        raise refusal
    work.session.add(
        AppraisalRow(
            case_id=case_id, step=step.name, person_id=work.actor.id, duty=step.duty, reason=reason[:400], at=work.now
        )
    )
    work.journal.record("disposal.signed", case_id, {"step": step.name}, unit=target.unit)


def make_disposal_order(work: Work, target: Target) -> DisposalOrder:
    """The order that ``archive.destroy`` needs; refuses with every reason while period, hold or hand forbids."""
    case_id = _case_of(target)
    work.require(Action.DESTROY, target)
    order = order_disposal(
        case_id,
        get_derivation(work, case_id),
        Holds().active_holds(work.session, case_id),
        _signatures(work, case_id),
        today=legal_date(work.now),
        now=work.now,
    )
    work.journal.record("disposal.ordered", case_id, {"due_since": order.due_since.isoformat()}, unit=target.unit)
    return order


def list_due(work: Work, today: date, limit: int = 200) -> Sequence[CaseId]:
    """Cases the actor may know of whose period has ended and that no hold stops; the appraisal list, oldest first. What
    is destroyed is off the list. The database leaves out what is out of reach, so ``limit`` counts what is shown.
    """
    seen = visible_case_ids(work.guard.visibility(work.actor, Action.LIST))
    held = select(HoldRow.case_id).where(HoldRow.lifted_at.is_(None))
    wanted = (
        select(AssignmentRow.case_id)
        .where(AssignmentRow.earliest_disposal <= today, AssignmentRow.case_id.not_in(held))
        .where(AssignmentRow.case_id.in_(seen))
        .order_by(AssignmentRow.earliest_disposal, AssignmentRow.case_id)
    )
    found: list[CaseId] = []
    for part in work.session.scalars(wanted).partitions(_MANY):
        found += still_kept(work, [CaseId(case_id) for case_id in part])
        if len(found) >= limit:
            break
    return found[:limit]


def _duties_here(work: Work, target: Target) -> frozenset[str]:
    """The duties of the chain that the actor has in the case's unit, as the guard knows them; one held elsewhere, or
    only claimed, does not count.
    """
    return frozenset(duty for duty, action in OWN_DEED.items() if work.guard.decide(work.actor, action, target).allowed)


def _signatures(work: Work, case_id: CaseId) -> tuple[Signature, ...]:
    rows = work.session.scalars(select(AppraisalRow).where(AppraisalRow.case_id == case_id).order_by(AppraisalRow.id))
    return tuple(
        Signature(row.step, PersonId(row.person_id), row.duty, True, row.at, row.reason, case_id) for row in rows
    )


def _case_of(target: Target) -> CaseId:
    if target.case_id is None:
        raise ValueError("a hold or disposal concerns a case")
    return target.case_id
