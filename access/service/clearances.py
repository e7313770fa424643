"""Clearances of one person 个人涉密权限清单, for the officer who grants, signs and revokes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from access.service.people import require_charge
from access.tables import ClearanceRow
from access.terms import COUNTERSIGNED_FROM
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.ids import PersonId
from archive.kernel.work import Work
from archive.terms import Level


@dataclass(frozen=True, slots=True)
class ClearanceLine:
    """A clearance as officers read it 涉密权限: ``counts`` says whether it opens anything now."""

    id: int
    level: Level
    kinds: tuple[str, ...]
    until: datetime
    ground: str
    countersigned: bool
    counts: bool


def list_clearances(work: Work, person_id: PersonId) -> tuple[ClearanceLine, ...]:
    """Every clearance of a person that was not revoked, newest first, for an officer in charge of that person."""
    work.require(Action.CLEAR, SYSTEM)
    require_charge(work, person_id)
    wanted = select(ClearanceRow).where(ClearanceRow.person_id == person_id, ClearanceRow.revoked_at.is_(None))
    return tuple(
        ClearanceLine(
            row.id,
            Level(row.level),
            tuple(kind for kind in row.compartments.split("+") if kind),
            row.until,
            row.ground,
            row.countersigned_by is not None,
            row.until > work.now and (row.level < COUNTERSIGNED_FROM or row.countersigned_by is not None),
        )
        for row in work.session.scalars(wanted.order_by(ClearanceRow.id.desc()))
    )
