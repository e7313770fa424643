"""People 人员: accounts, duties, clearances, circles, parties. Creating an account gives no right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from access.identity.passwords import check_new_password, hash_password
from access.service.signing_in import end_sessions
from access.tables import CircleRow, ClearanceRow, DutyClassRow, DutyRow, MatterRow, PartyLinkRow, PersonRow
from access.terms import ADMINISTRATORS, PUBLIC, Duty
from archive.kernel.clock import to_rfc3339
from archive.kernel.guard import SYSTEM, Action, Target
from archive.kernel.ids import CaseId, PersonId, UnitCode, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.pages.glyphs import glyph_missing
from archive.terms import Compartment, Level


@dataclass(frozen=True, slots=True)
class Person:
    """An account as lists show it 人员."""

    id: PersonId
    login: str
    name: str
    unit: UnitCode
    active: bool
    duties: tuple[tuple[Duty, UnitCode], ...]


def duty_class(duty: Duty) -> str:
    """The class of a duty; a person holds duties of one class only (三员 split, business disjoint from them)."""
    if duty in ADMINISTRATORS:
        return str(duty)
    if duty in PUBLIC:
        return "public"
    return "confidentiality" if duty is Duty.CONFIDENTIALITY_OFFICER else "business"


def create_person(work: Work, login: str, name: str, unit: UnitCode, password: str) -> PersonId:
    """Creates an account 建立账户 without any right; the password is for one use and must be changed."""
    work.require(Action.MANAGE_USERS, SYSTEM)
    return add_person(work, login, name, unit, password)


def add_person(work: Work, login: str, name: str, unit: UnitCode, password: str) -> PersonId:
    """The same without asking, for the founding of an installation, when there is nobody to ask. Refuses a name that no
    page could print: certificates and copies carry the names of those who seal and receive.
    """
    check_new_password(password, login)
    if missing := glyph_missing([name]):
        raise missing
    if work.session.scalars(select(PersonRow).where(PersonRow.login == login)).first() is not None:
        raise Refusal("access.login-taken", login=login)
    person_id = PersonId(new_id("person"))
    work.session.add(
        PersonRow(
            id=person_id, login=login, name=name, unit=unit, password=hash_password(password), created_at=work.now
        )
    )
    work.session.flush()
    work.journal.record("person.created", person_id, {"unit": unit})
    return person_id


def assign_duty(work: Work, person_id: PersonId, duty: Duty, unit: UnitCode) -> None:
    """Gives a duty 授予岗位. Refuses a pair that one account may not hold, by rule and by database constraint."""
    work.require(Action.ASSIGN_DUTIES, SYSTEM)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="assign-duty")
    add_duty(work, person_id, duty, unit)


def add_duty(work: Work, person_id: PersonId, duty: Duty, unit: UnitCode) -> None:
    """The same without asking, for the founding of an installation."""
    if duty is Duty.MACHINE:
        raise Refusal("access.duty-unknown", duty=str(duty))
    wanted = duty_class(duty)
    held = work.session.get(DutyClassRow, person_id)
    if held is not None and held.duty_class != wanted:
        raise Refusal("access.duties-incompatible", held=held.duty_class, duty=str(duty))
    try:
        with work.session.begin_nested():
            if held is None:
                work.session.add(DutyClassRow(person_id=person_id, duty_class=wanted))
            work.session.add(
                DutyRow(
                    person_id=person_id,
                    duty=duty,
                    duty_class=wanted,
                    unit=unit,
                    granted_by=work.actor.id,
                    granted_at=work.now,
                )
            )
    except IntegrityError as clash:
        raise Refusal("access.duty-held", duty=str(duty), unit=unit) from clash
    work.journal.record("duty.assigned", person_id, {"duty": str(duty), "unit": unit})


def withdraw_duty(work: Work, person_id: PersonId, duty: Duty, unit: UnitCode) -> None:
    """Takes a duty away 撤销岗位; it counts from the next question to the guard. Not one's own: another takes it."""
    work.require(Action.ASSIGN_DUTIES, SYSTEM)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="withdraw-duty")
    wanted = select(DutyRow).where(DutyRow.person_id == person_id, DutyRow.duty == duty, DutyRow.unit == unit)
    row = work.session.scalars(wanted).first()
    if row is None:
        raise Refusal("access.duty-unknown", duty=str(duty))
    work.session.delete(row)
    work.session.flush()
    left = work.session.scalars(select(DutyRow.id).where(DutyRow.person_id == person_id)).first()
    if left is None and (held := work.session.get(DutyClassRow, person_id)) is not None:
        work.session.delete(held)
    work.journal.record("duty.withdrawn", person_id, {"duty": str(duty), "unit": unit})


def disable_person(work: Work, person_id: PersonId) -> None:
    """Ends an account 停用账户 at once; sessions end at their next request."""
    work.require(Action.MANAGE_USERS, SYSTEM)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="disable")
    row = known_person(work, person_id)
    row.active = False
    end_sessions(work, person_id)
    work.journal.record("person.disabled", person_id, {})


def enable_person(work: Work, person_id: PersonId) -> None:
    """Opens an account again 启用账户 with the duties it has; by the security administrator, after who it is was made
    sure of. The account of a security administrator is opened by the auditor. So never by the hand that can set a
    password: whoever did both could act as anybody.
    """
    row = work.session.get(PersonRow, person_id)
    duties = set(work.session.scalars(select(DutyRow.duty).where(DutyRow.person_id == person_id)))
    work.require(Action.AUDIT if Duty.SECURITY_ADMIN in duties else Action.ASSIGN_DUTIES, SYSTEM)
    if row is None:
        raise Refusal("access.person-unknown")
    if row.active:
        raise Refusal("access.person-enabled", login=row.login)
    row.active, row.failures, row.locked_until = True, 0, None
    work.journal.record("person.enabled", person_id, {})


def reset_password(work: Work, person_id: PersonId, password: str) -> None:
    """Gives an account a new password for one use 重置口令 and closes it until ``enable_person`` by another hand.

    Whoever is signed in as this person is so no longer; failures and lock-out are forgotten.
    """
    work.require(Action.MANAGE_USERS, SYSTEM)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="reset-password")
    row = known_person(work, person_id)
    check_new_password(password, row.login)
    row.password, row.must_change, row.active = hash_password(password), True, False
    row.failures, row.locked_until = 0, None
    end_sessions(work, person_id)
    work.journal.record("password.reset", person_id, {})


def grant_clearance(
    work: Work, person_id: PersonId, level: Level, kinds: Sequence[Compartment], until: datetime, ground: str
) -> int:
    """Grants a clearance 授予涉密权限 with an end and a ground; 机密 and above counts after a second officer signs.

    It counts in the units in which the person has a duty now, and the officer must be in charge of every one of them;
    a duty that is assigned later needs a clearance of its own.
    """
    work.require(Action.CLEAR, SYSTEM)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="grant-clearance")
    if until <= work.now or not ground.strip():
        raise Refusal("access.clearance-incomplete")
    require_charge(work, person_id)
    row = ClearanceRow(
        person_id=person_id,
        level=int(level),
        compartments="+".join(sorted({str(kind) for kind in kinds})),
        until=until,
        ground=ground[:400],
        granted_by=work.actor.id,
        granted_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    facts = {
        "clearance": row.id,
        "level": level.name,
        "kinds": row.compartments,
        "until": to_rfc3339(until),
        "ground_sha256": hashlib.sha256(row.ground.encode()).hexdigest(),
    }
    work.journal.record("clearance.granted", person_id, facts)
    return row.id


def countersign_clearance(work: Work, clearance_id: int) -> None:
    """The second officer's signature 复签; not by the officer who granted, not by the person it is for."""
    work.require(Action.CLEAR, SYSTEM)
    row = work.session.get(ClearanceRow, clearance_id)
    if row is None:
        raise Refusal("access.clearance-unknown")
    if work.actor.id in (row.granted_by, row.person_id):
        raise Refusal("access.same-hand", step="countersign")
    require_charge(work, PersonId(row.person_id))
    row.countersigned_by = work.actor.id
    work.journal.record("clearance.countersigned", row.person_id, {"clearance": clearance_id})


def revoke_clearance(work: Work, clearance_id: int) -> None:
    """Revokes a clearance 撤销涉密权限; it counts from the next question to the guard."""
    work.require(Action.CLEAR, SYSTEM)
    row = work.session.get(ClearanceRow, clearance_id)
    if row is None:
        raise Refusal("access.clearance-unknown")
    require_charge(work, PersonId(row.person_id))
    row.revoked_at = work.now
    work.journal.record("clearance.revoked", row.person_id, {"clearance": clearance_id})


def name_in_circle(work: Work, case: Target, person_id: PersonId) -> None:
    """Names a person in the circle of knowledge 知悉范围 of a case with state secrets."""
    work.require(Action.CLEAR, SYSTEM)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="name-in-circle")
    work.require(Action.CLEAR, Target("circle", unit=case.unit))
    case_id = case_of(case)
    known_person(work, person_id)
    work.session.merge(CircleRow(case_id=case_id, person_id=person_id, named_by=work.actor.id, named_at=work.now))
    work.journal.record("circle.named", case_id, {"person": person_id}, unit=case.unit)


def assign_matter(work: Work, case: Target, person_id: PersonId, reason: str, until: datetime) -> None:
    """Assigns the matter of a case to a person 指派承办 until an instant, for a reason; not to oneself."""
    work.require(Action.REVIEW_REQUEST, case)
    if person_id == work.actor.id:
        raise Refusal("access.same-hand", step="assign-matter")
    if until <= work.now or not reason.strip():
        raise Refusal("access.matter-incomplete")
    case_id = case_of(case)
    known_person(work, person_id)
    work.session.merge(MatterRow(case_id=case_id, person_id=person_id, reason=reason[:200], until=until))
    facts = {"person": person_id, "until": to_rfc3339(until)}
    work.journal.record("matter.assigned", case_id, facts, unit=case.unit)


def link_party(work: Work, case: Target, person_id: PersonId, capacity: Duty, checked_how: str) -> None:
    """Confirms a person as party or agent of a case 确认当事人身份, with how identity was checked (article 26)."""
    work.require(Action.ANNOTATE, case)
    if capacity not in PUBLIC or not checked_how.strip():
        raise Refusal("access.party-check-missing")
    case_id = case_of(case)
    known_person(work, person_id)
    work.session.merge(
        PartyLinkRow(
            case_id=case_id,
            person_id=person_id,
            capacity=capacity,
            checked_how=checked_how[:200],
            checked_by=work.actor.id,
            checked_at=work.now,
        )
    )
    work.journal.record("party.linked", case_id, {"person": person_id, "capacity": str(capacity)}, unit=case.unit)


def list_people(work: Work) -> tuple[Person, ...]:
    """All accounts with their duties; never content."""
    decision = work.guard.decide(work.actor, Action.MANAGE_USERS, SYSTEM)
    if not decision.allowed:
        work.require(Action.ASSIGN_DUTIES, SYSTEM)
    duties = list(work.session.scalars(select(DutyRow).order_by(DutyRow.id)))
    return tuple(
        Person(
            PersonId(row.id),
            row.login,
            row.name,
            UnitCode(row.unit),
            row.active,
            tuple((Duty(duty.duty), UnitCode(duty.unit)) for duty in duties if duty.person_id == row.id),
        )
        for row in work.session.scalars(select(PersonRow).order_by(PersonRow.login))
    )


def find_person(work: Work, login: str) -> PersonId:
    """The account of a login; refuses ``access.person-unknown``."""
    row = work.session.scalars(select(PersonRow).where(PersonRow.login == login)).first()
    if row is None:
        raise Refusal("access.person-unknown")
    return PersonId(row.id)


def name_of(work: Work, person_id: str) -> str:
    """The name of a person as documents print it; the id itself for a machine or a stranger."""
    row = work.session.get(PersonRow, person_id)
    return row.name if row is not None else person_id


def known_person(work: Work, person_id: PersonId) -> PersonRow:
    """The account; refuses ``access.person-unknown``."""
    row = work.session.get(PersonRow, person_id)
    if row is None:
        raise Refusal("access.person-unknown")
    return row


def require_charge(work: Work, person_id: PersonId) -> None:
    """Refuses an officer who is not in charge of every unit in which the person has a duty."""
    home = known_person(work, person_id).unit
    held = work.session.scalars(select(DutyRow.unit).where(DutyRow.person_id == person_id)).all()
    for unit in sorted({*held} or {home}):
        work.require(Action.CLEAR, Target("person", unit=UnitCode(unit)))


def case_of(target: Target) -> CaseId:
    """The case that a deed concerns."""
    if target.case_id is None:
        raise ValueError("this deed concerns a case")
    return target.case_id
