"""Intake list 接收台账: every take-in with where it stands now, for whoever may take in for its unit.

What is shown of a running take-in is what is durable: it is the same after a reload, in another browser, and after the
machine was switched off. The words of a refusal are for who submitted the package; others see codes alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, IntakeId, PersonId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from ingest.ports import TakeIn
from ingest.service.intakes import OPEN, read_report
from ingest.tables import IntakeFileRow, IntakeRow
from ingest.terms import Problem, TakeInState

_BATCH = 200
LISTED = tuple(state for state in TakeInState if state not in (TakeInState.ARRANGING, TakeInState.DROPPED))
"""Drafts have a list of their own until they are sealed 组卷另列."""


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """One take-in as a list shows it 接收台账行. ``case_id`` is set once a case came of it; sizes in bytes."""

    id: IntakeId
    state: TakeInState
    unit: UnitCode
    submitted_by: PersonId
    own: bool
    started_at: datetime
    ended_at: datetime | None
    files: int
    size: int
    case_id: CaseId | None
    problems: int
    first_code: str

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.state in OPEN


def list_intakes(
    work: Work, *, states: tuple[TakeInState, ...] = LISTED, limit: int = 40, before: datetime | None = None
) -> tuple[IntakeLine, ...]:
    """The newest take-ins the reader may know of: those of units for which the reader may take in."""
    wanted = select(IntakeRow).where(IntakeRow.state.in_(states))
    if before is not None:
        wanted = wanted.where(IntakeRow.started_at < before)
    wanted = wanted.order_by(IntakeRow.started_at.desc(), IntakeRow.id).limit(_BATCH)
    rows = [row for row in work.session.scalars(wanted) if _may_know(work, row)][:limit]
    received = {
        intake: (int(files), int(size or 0))
        for intake, files, size in work.session.execute(_received([row.id for row in rows]))
    }
    return tuple(_line(work, row, *received.get(row.id, (0, 0))) for row in rows)


def get_intake(work: Work, intake_id: IntakeId) -> IntakeLine:
    """One take-in; refuses in the same words for absent and foreign."""
    row = work.session.get(IntakeRow, intake_id)
    if row is None or not _may_know(work, row):
        raise Refusal("ingest.report-unknown")
    received = work.session.execute(_received([row.id])).first()
    return _line(work, row, int(received[1]) if received else 0, int(received[2] or 0) if received else 0)


def problems_of(ports: TakeIn, work: Work, line: IntakeLine) -> tuple[Problem, ...]:
    """What a package was refused for: to its sender with file, page and facts; to others of the unit the codes."""
    if line.own:
        return tuple(read_report(ports, work, line.id))
    row = work.session.get_one(IntakeRow, line.id)
    return tuple(Problem(kept["code"], "", kept["page"]) for kept in row.report)


def _received(intakes: list[str]) -> Select[str, int, int]:
    return (
        select(IntakeFileRow.intake_id, func.count(), func.sum(IntakeFileRow.stored_size))
        .where(IntakeFileRow.intake_id.in_(intakes))
        .group_by(IntakeFileRow.intake_id)
    )


def _may_know(work: Work, row: IntakeRow) -> bool:
    if row.person_id == work.actor.id and not row.unit:
        return True
    return work.guard.decide(work.actor, Action.INGEST, Target("intake", unit=UnitCode(row.unit))).allowed


def _line(work: Work, row: IntakeRow, files: int, size: int) -> IntakeLine:
    made = row.state in (TakeInState.ACCEPTED, TakeInState.SEALED)
    return IntakeLine(
        IntakeId(row.id),
        TakeInState(row.state),
        UnitCode(row.unit),
        PersonId(row.person_id),
        row.person_id == work.actor.id,
        row.started_at,
        row.ended_at,
        files,
        size,
        CaseId(row.case_id) if made else None,
        len(row.report),
        str(row.report[0]["code"]) if row.report else "",
    )
