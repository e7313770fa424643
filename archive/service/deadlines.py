"""Deadlines 期限 that run: started and ended by the deed that owns the matter, counted again when the calendar changes.

Only what asks the calendar is kept as a row. Filing and the storing of recordings run in natural days and hours: they
follow from dates that are sealed with the case, and no notice changes them (``case_limits``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select

from archive.kernel.actor import machine_actor
from archive.kernel.clock import legal_date
from archive.kernel.deadlines import Reckoning, TimeLimit, reckon
from archive.kernel.derivations import Derivation, derive_words
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, new_id
from archive.kernel.work import Work, Works
from archive.rules.time_limits import TIME_LIMITS
from archive.service.calendars import load_calendar
from archive.service.reading import get_case_target
from archive.service.seeing import visible_case_ids
from archive.tables import DeadlineRow


@dataclass(frozen=True, slots=True)
class Running:
    """One limit as it was last counted 在办期限; ``before`` are the reckonings it replaced, oldest first."""

    subject: str
    case_id: CaseId
    limit: TimeLimit
    started_at: datetime
    due_at: datetime
    provisional: bool
    words: Derivation
    reckoned_at: datetime
    ended_at: datetime | None = None
    before: tuple[Running, ...] = ()

    @property
    def last_day(self) -> date:
        """The legal date on which it ends."""
        return legal_date(self.due_at)

    def days_left(self, now: datetime) -> int:
        """Legal dates to the last day: 0 on it, below 0 when it is over."""
        return (self.last_day - legal_date(now)).days


def start_deadline(work: Work, limit: TimeLimit, subject: str, case_id: CaseId, started_at: datetime) -> Reckoning:
    """Lets ``limit`` run for ``subject`` from ``started_at``, in the transaction of the deed it follows from."""
    found = reckon(limit, started_at, load_calendar(work))
    _keep(work, found, subject, case_id)
    work.session.flush()
    return found


def end_deadlines(work: Work, subject: str) -> None:
    """The matter is done: its limits stand still at this instant, as they were counted last."""
    for row in work.session.scalars(_open().where(DeadlineRow.subject == subject)):
        row.ended_at = work.now


def get_deadline(work: Work, subject: str) -> Running | None:
    """The limit of one matter with every reckoning it had; None for none. The caller has asked the guard."""
    wanted = select(DeadlineRow).where(DeadlineRow.subject == subject)
    return next(iter(_with_history(work, wanted)), None)


def deadlines_of_case(work: Work, case_id: CaseId) -> tuple[Running, ...]:
    """Every limit that ran or runs for a case, the nearest first; refuses a case one may not know of."""
    work.require(Action.LIST, get_case_target(work, case_id))
    found = _with_history(work, select(DeadlineRow).where(DeadlineRow.case_id == case_id))
    return tuple(sorted(found, key=lambda one: one.due_at))


def list_deadlines(work: Work, limit: int = 200) -> tuple[Running, ...]:
    """The limits that run in cases the actor may know of, the nearest first, as they were counted last."""
    seen = visible_case_ids(work.guard.visibility(work.actor, Action.LIST))
    wanted = _open().where(DeadlineRow.case_id.in_(seen)).order_by(DeadlineRow.due_at, DeadlineRow.id)
    return tuple(_running(row, ()) for row in work.session.scalars(wanted.limit(limit)))


def reckon_again(work: Work) -> tuple[Running, ...]:
    """Counts every running limit by the calendar in force; gives those whose last day moved.

    A reckoning that rests on other notices than before replaces the old one, which is kept. A moved last day is
    journaled. Twice the same calendar changes nothing.
    """
    days = load_calendar(work)
    moved = []
    for row in work.session.scalars(_open().order_by(DeadlineRow.due_at, DeadlineRow.id)).all():
        found = reckon(TIME_LIMITS[row.code], row.started_at, days)
        if found.stamp() == row.calendar:
            continue
        row.replaced_at = work.now
        made = _keep(work, found, row.subject, CaseId(row.case_id))
        if made.due_at != row.due_at:
            facts = {"matter": row.subject, "limit": row.code, "was": row.due_at.isoformat()}
            now_due = {"due": made.due_at.isoformat(), "calendar": made.calendar}
            work.journal.record("deadline.moved", row.case_id, facts | now_due)
            moved.append(_running(made, [row]))
    work.session.flush()
    return tuple(moved)


def follow_calendar(works: Works) -> int:
    """Counts again what a newer program or another process's notice changed; how many last days moved."""
    return works.perform(machine_actor("calendar", "notices"), lambda work: len(reckon_again(work)))


def _open() -> Select[DeadlineRow]:
    return select(DeadlineRow).where(DeadlineRow.replaced_at.is_(None), DeadlineRow.ended_at.is_(None))


def _with_history(work: Work, wanted: Select[DeadlineRow]) -> list[Running]:
    """What counts of each matter, with what it replaced."""
    rows: dict[str, list[DeadlineRow]] = {}
    for row in work.session.scalars(wanted.order_by(DeadlineRow.reckoned_at, DeadlineRow.id)):
        rows.setdefault(row.subject, []).append(row)
    return [
        _running(current, [row for row in all_ if row is not current])
        for all_ in rows.values()
        for current in all_
        if current.replaced_at is None
    ]


def _keep(work: Work, found: Reckoning, subject: str, case_id: CaseId) -> DeadlineRow:
    words = derive_words(found)
    row = DeadlineRow(
        id=new_id("deadline"),
        subject=subject,
        case_id=case_id,
        code=found.limit.code,
        started_at=found.start,
        due_at=found.due_at,
        calendar=found.stamp(),
        provisional=found.provisional,
        words={"zh": list(words.zh), "en": list(words.en)},
        reckoned_at=work.now,
    )
    work.session.add(row)
    return row


def _running(row: DeadlineRow, before: Iterable[DeadlineRow]) -> Running:
    return Running(
        row.subject,
        CaseId(row.case_id),
        TIME_LIMITS[row.code],
        row.started_at,
        row.due_at,
        row.provisional,
        Derivation(tuple(row.words["zh"]), tuple(row.words["en"])),
        row.reckoned_at,
        row.ended_at,
        tuple(_running(each, ()) for each in before),
    )
