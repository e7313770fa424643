"""The one policy 统一访问判定: who may do what with which record, as a decision and as a filter that agrees with it.

allow = active and related and clearance >= marking and (no level or in the circle) and every compartment says yes and
the duty permits the action and no separation of duties forbids it and no hold forbids it.

A clearance is judged under the duties that permit the action, and is what was granted for every one of them: the
clearance of one unit opens nothing of another in which the person has a duty as well.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from access.terms import ALL_UNITS, MAINTAINERS, PUBLIC, REGISTRARS, Appointment, Clearance, Duty, Standing
from archive.kernel.actor import machine_actor
from archive.kernel.guard import Action, Decision, Purpose, Target
from archive.kernel.ids import UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import NOTHING, Visibility

_STAFF_READ = frozenset({Action.LIST, Action.READ, Action.SEARCH, Action.VERIFY})
PERMITTED: dict[Duty, frozenset[Action]] = {
    Duty.ARCHIVIST: _STAFF_READ
    | {Action.INGEST, Action.ANNOTATE, Action.EXPORT, Action.REVIEW_REQUEST, Action.RELEASE, Action.APPRAISE},
    Duty.CUSTODIAN: _STAFF_READ,
    Duty.CONFIDENTIALITY_OFFICER: _STAFF_READ | {Action.MARK, Action.CLEAR, Action.UNLOCK_KEYS, Action.REVIEW_REQUEST},
    Duty.DEPUTY_HEAD: _STAFF_READ
    | {Action.APPROVE_REQUEST, Action.PLACE_HOLD, Action.LIFT_HOLD, Action.DESTROY, Action.APPRAISE},
    Duty.LEGAL_REVIEWER: _STAFF_READ | {Action.REVIEW_REQUEST, Action.PLACE_HOLD},
    Duty.SUPERVISOR: frozenset({Action.LIST, Action.VERIFY}),
    Duty.PARTY: frozenset({Action.REQUEST_COPY, Action.COLLECT}),
    Duty.AGENT: frozenset({Action.REQUEST_COPY, Action.COLLECT}),
    Duty.SYSADMIN: frozenset({Action.MANAGE_USERS, Action.OPERATE, Action.VERIFY}),
    Duty.SECURITY_ADMIN: frozenset({Action.ASSIGN_DUTIES}),
    Duty.AUDITOR: frozenset({Action.AUDIT, Action.VERIFY}),
    Duty.MACHINE: frozenset({Action.VERIFY, Action.OPERATE, Action.INGEST}),
}
"""Duty to actions 岗位与行为."""

CONTENT = frozenset({Action.READ, Action.SEARCH, Action.EXPORT})
_RECORDS = frozenset({"case", "item", "file", "volume"})
_SEPARATED = frozenset({Action.APPROVE_REQUEST, Action.DESTROY})
_MAINTAINERS = frozenset(machine_actor(name, "policy").id for name in MAINTAINERS)
_REGISTRARS = frozenset(machine_actor(name, "policy").id for name in REGISTRARS)
_EVERYWHERE = frozenset({Duty.SUPERVISOR, Duty.SYSADMIN, Duty.AUDITOR, Duty.MACHINE})


def decide(standing: Standing, action: Action, target: Target, purpose: Purpose, now: datetime) -> Decision:
    """Whether the person may, with all reasons why not.

    A record whose existence is above the person is refused with ``archive.case-unknown`` alone, the answer for a
    record that does not exist.
    """
    if not standing.active:
        return Decision(False, (Refusal("access.person-inactive"),), "active")
    permitting = _permitting(standing, action)
    clearance = clearance_under(standing, permitting, now)
    if standing.person in _MAINTAINERS and action in CONTENT and purpose is Purpose.MAINTENANCE:
        return Decision(True, rule="machine-maintenance")
    if standing.person in _REGISTRARS and action is Action.LIST and not target.level:
        return Decision(True, rule="machine-receipt")
    on_record = target.kind in _RECORDS
    if on_record and not _knows_of(standing, target, clearance):
        return Decision(False, (Refusal("archive.case-unknown"),), "existence")
    if not permitting:
        return Decision(False, (Refusal("access.duty-lacking", action=str(action)),), "duty")
    if foreign := _relation(standing, permitting, target):
        return Decision(False, tuple(foreign), "relation")  # what a foreign record carries is not told
    reasons = list(_separation(standing, action, target))
    if on_record and action in CONTENT:
        reasons += _compartments(target, clearance)
    if action is Action.DESTROY and target.held:
        reasons.append(Refusal("access.held", case=target.case_id))
    return Decision(not reasons, tuple(reasons), "allowed" if not reasons else reasons[0].code)


def visibility(standing: Standing, action: Action, now: datetime) -> Visibility:
    """The filter form of ``decide`` for records: what the person may see for ``action``."""
    if not standing.active or standing.duties() & {Duty.MACHINE}:
        return NOTHING
    clearance = clearance_under(standing, _permitting(standing, action), now)
    permitting = [a for a in _permitting(standing, action) if a.duty not in PUBLIC]
    if not permitting:
        return NOTHING
    everything = any(a.unit == ALL_UNITS or a.duty in _EVERYWHERE for a in permitting)
    return Visibility(
        units=frozenset(a.unit for a in permitting if a.unit != ALL_UNITS),
        cases=standing.matters,
        circles=standing.circles,
        max_level=clearance.level,
        compartments=clearance.compartments if action in CONTENT else ALL_KINDS,
        all_units=everything,
    )


ALL_KINDS = frozenset(
    {
        "WORK_SECRET",
        "TRADE_SECRET",
        "PRIVACY",
        "SENSITIVE_PI",
        "MINOR",
        "INFORMANT",
        "PROCESS_PAPER",
        "THIRD_PARTY",
    }
)


def clearance_under(standing: Standing, appointments: Collection[Appointment], now: datetime) -> Clearance:
    """The clearance that counts under ``appointments``: for each the highest of what was granted for its unit, of all
    of them the lowest. Without an appointment there is none.
    """
    levels, kinds = [], []
    for appointment in appointments:
        granted = [each for each in standing.clearances if each.in_force(now) and each.covers(appointment.unit)]
        levels.append(max((each.level for each in granted), default=0))
        kinds.append(frozenset(kind for each in granted for kind in each.compartments))
    return Clearance(min(levels), frozenset.intersection(*kinds)) if levels else Clearance()


def _permitting(standing: Standing, action: Action) -> frozenset[Appointment]:
    return frozenset(a for a in standing.appointments if action in PERMITTED[a.duty])


def _knows_of(standing: Standing, target: Target, clearance: Clearance) -> bool:
    """Whether the record's existence may be known: related, and its level within clearance and circle."""
    if target.level and (target.level > clearance.level or target.case_id not in standing.circles):
        return False
    return _is_related(standing, target.unit, target)


def _is_related(standing: Standing, unit: UnitCode, target: Target) -> bool:
    if target.case_id is not None and target.case_id in standing.matters | standing.own_cases:
        return True
    if standing.person in target.assigned or standing.person == target.owner:
        return True
    return any(
        a.duty not in PUBLIC and (a.unit in (unit, ALL_UNITS) or a.duty in _EVERYWHERE) for a in standing.appointments
    )


def _relation(standing: Standing, permitting: frozenset[Appointment], target: Target) -> list[Refusal]:
    """The duty that permits the action must hold in the record's unit, or the matter be the person's own."""
    if target.kind == "system":
        return []
    duties = [a for a in standing.appointments if a in permitting]
    if any(a.duty in PUBLIC for a in duties):
        own = target.owner == standing.person if target.kind == "request" else target.case_id in standing.own_cases
        if own:
            return []
    in_unit = any(
        a.duty not in PUBLIC and (a.unit in (target.unit, ALL_UNITS) or a.duty in _EVERYWHERE) for a in duties
    )
    assigned = any(a.duty not in PUBLIC for a in duties) and (
        target.case_id in standing.matters or standing.person in target.assigned
    )
    if in_unit or assigned:
        return []
    return [Refusal("archive.case-unknown") if target.kind in _RECORDS else Refusal("access.matter-foreign")]


def _compartments(target: Target, clearance: Clearance) -> list[Refusal]:
    lacking = sorted(target.compartments - clearance.compartments)
    return [Refusal("access.compartment-lacking", kinds="、".join(lacking))] if lacking else []


def _separation(standing: Standing, action: Action, target: Target) -> list[Refusal]:
    if action in _SEPARATED and standing.person in target.hands:
        return [Refusal("access.same-hand", step=str(action))]
    return []
