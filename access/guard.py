"""Guard 访问判定 backed by the tables of this package: loads a person's standing and lets the one policy decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from access.rules.policy import decide, visibility
from access.tables import CircleRow, ClearanceRow, DutyRow, MatterRow, PartyLinkRow, PersonRow
from access.terms import ALL_UNITS, COUNTERSIGNED_FROM, MACHINES, Appointment, Clearance, Duty, Standing
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.guard import Action, Decision, Purpose, Target
from archive.kernel.ids import CaseId, PersonId, UnitCode
from archive.kernel.visibility import Visibility


class TableGuard:
    """The guard of one unit of work 访问判定; standings are read once each, so a deed sees one policy."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._known: dict[str, Standing] = {}

    def decide(self, actor: Actor, action: Action, target: Target, purpose: Purpose = Purpose.DUTY) -> Decision:
        """Whether ``actor`` may."""
        return decide(self.standing(actor), action, target, purpose, self._now)

    def visibility(self, actor: Actor, action: Action) -> Visibility:
        """What ``actor`` may see."""
        return visibility(self.standing(actor), action, self._now)

    def standing(self, actor: Actor) -> Standing:
        """The person's standing as the database has it; what the actor value claims of duties counts for nothing.

        A machine has no row: it is known by its name, if that is one of ``MACHINES``. Actor values are made by the code
        of this house alone, and never of what came from outside; a house test names the places that make machines.
        """
        if actor.id not in self._known:
            self._known[actor.id] = self._load(actor)
        return self._known[actor.id]

    def _load(self, actor: Actor) -> Standing:
        if actor.kind == "machine":
            if actor.name not in MACHINES or actor.id != machine_actor(actor.name, "guard").id:
                return Standing(actor.id, active=False)
            return Standing(actor.id, appointments=(Appointment(Duty.MACHINE, ALL_UNITS),))
        row = self._session.get(PersonRow, actor.id)
        if row is None or not row.active:
            return Standing(actor.id, active=False)
        duties = self._session.scalars(select(DutyRow).where(DutyRow.person_id == row.id)).all()
        return Standing(
            PersonId(row.id),
            True,
            tuple(Appointment(Duty(duty.duty), UnitCode(duty.unit)) for duty in duties),
            self._clearances(row.id, duties),
            self._cases(select(CircleRow.case_id).where(CircleRow.person_id == row.id)),
            self._cases(select(MatterRow.case_id).where(MatterRow.person_id == row.id, MatterRow.until > self._now)),
            self._cases(select(PartyLinkRow.case_id).where(PartyLinkRow.person_id == row.id)),
        )

    def _clearances(self, person_id: str, duties: Sequence[DutyRow]) -> tuple[Clearance, ...]:
        """The clearances in force, each for the units in which the person held a duty when it was granted."""
        wanted = select(ClearanceRow).where(
            ClearanceRow.person_id == person_id, ClearanceRow.revoked_at.is_(None), ClearanceRow.until > self._now
        )
        return tuple(
            Clearance(
                row.level,
                frozenset(kind for kind in row.compartments.split("+") if kind),
                row.until,
                frozenset(UnitCode(duty.unit) for duty in duties if duty.granted_at <= row.granted_at),
            )
            for row in self._session.scalars(wanted)
            if row.level < COUNTERSIGNED_FROM or row.countersigned_by is not None
        )

    def _cases(self, wanted: Select[str]) -> frozenset[CaseId]:
        return frozenset(CaseId(case_id) for case_id in self._session.scalars(wanted))
