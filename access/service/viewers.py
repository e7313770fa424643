"""Viewers 可阅人员: who may read a record today and why, so that the page can say it; parties are not among them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from access.rules.policy import PERMITTED
from access.tables import DutyRow, MatterRow, PersonRow
from access.terms import ALL_UNITS, PUBLIC, Duty
from archive.kernel.actor import Actor
from archive.kernel.guard import Action, Target
from archive.kernel.ids import PersonId
from archive.kernel.work import Work

MOST = 60


@dataclass(frozen=True, slots=True)
class Viewer:
    """One duty whose people may read the record 可阅岗位: their names, and whether the matter was assigned to them."""

    duty: Duty
    names: tuple[str, ...]
    lacking: int


def viewers_of(work: Work, target: Target) -> tuple[Viewer, ...]:
    """By duty, who may read ``target`` and how many of that duty may not for want of a clearance or circle.

    Refuses whoever may not read it themselves: the list of readers is part of what is protected. At most 60 people.
    """
    work.require(Action.READ, target)
    reading = [duty for duty in Duty if Action.READ in PERMITTED[duty] and duty not in PUBLIC]
    assigned = select(MatterRow.person_id).where(MatterRow.case_id == target.case_id)
    wanted = (
        select(PersonRow.id, PersonRow.name, DutyRow.duty)
        .join(DutyRow, DutyRow.person_id == PersonRow.id)
        .where(PersonRow.active, DutyRow.duty.in_(reading))
        .where(or_(DutyRow.unit.in_((target.unit, ALL_UNITS)), PersonRow.id.in_(assigned)))
        .order_by(PersonRow.name)
        .limit(MOST)
    )
    may: dict[Duty, list[str]] = {}
    lacking: dict[Duty, int] = {}
    for person, name, duty in work.session.execute(wanted):
        actor = Actor(PersonId(person), name, frozenset({duty}))
        if work.guard.decide(actor, Action.READ, target).allowed:
            may.setdefault(Duty(duty), []).append(name)
        else:
            lacking[Duty(duty)] = lacking.get(Duty(duty), 0) + 1
    return tuple(
        Viewer(duty, tuple(dict.fromkeys(may.get(duty, ()))), lacking.get(duty, 0))
        for duty in reading
        if duty in may or duty in lacking
    )
