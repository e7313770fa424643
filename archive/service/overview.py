"""Overview 概览: the figures of first screens, counted within what the reader may know of and nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from archive.kernel.calendars import NO_YEARS
from archive.kernel.clock import SHANGHAI, legal_date
from archive.kernel.deadlines import Mark, Reckoning, day_start, mark_of, reckon
from archive.kernel.guard import Action
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.time_limits import FILING
from archive.service.reading import CaseLine, case_lines
from archive.service.seeing import only_visible_cases
from archive.tables import CaseRow
from archive.terms import SealState


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A case in custody that is not sealed yet 待封存案卷, and the last day for its filing."""

    line: CaseLine
    limit: date
    days_left: int

    @property
    def mark(self) -> Mark:
        """How near the limit is: 7, 3, 0 days, or over."""
        return mark_of(self.days_left)


@dataclass(frozen=True, slots=True)
class UnitFiling:
    """How one unit filed in a year 归档及时率: cases taken over, those within 30 days of closing, the longest wait."""

    unit: str
    filed: int
    on_time: int
    longest: int


def list_unsealed(work: Work, holdings: Holdings, limit: int = 50) -> tuple[Unsealed, ...]:
    """Cases the reader may know of that wait for their seal, the nearest limit first."""
    waiting = (SealState.ACCEPTED, SealState.AWAITING_UNLOCK, SealState.AWAITING_STAMP)
    wanted = select(CaseRow).where(CaseRow.state.in_(waiting)).order_by(CaseRow.closed_on, CaseRow.id).limit(limit)
    seen = work.guard.visibility(work.actor, Action.LIST)
    rows = list(work.session.scalars(only_visible_cases(wanted, seen)))
    today = legal_date(work.now)
    found = []
    for line in case_lines(work, holdings, rows):
        last = _filing(line.closed_on).last_day
        found.append(Unsealed(line, last, (last - today).days))
    return tuple(found)


def sealed_by_day(work: Work, month: date) -> dict[date, int]:
    """How many cases were sealed on each legal date of the month that ``month`` lies in; days without any are left out.

    A case that was sealed again counts on the day of its newest seal.
    """
    first = datetime(month.year, month.month, 1, tzinfo=SHANGHAI)
    following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=SHANGHAI)
    wanted = select(CaseRow.sealed_at).where(CaseRow.sealed_at >= first, CaseRow.sealed_at < following)
    seen = work.guard.visibility(work.actor, Action.LIST)
    instants = work.session.scalars(only_visible_cases(wanted, seen))
    return dict(sorted(Counter(legal_date(instant) for instant in instants if instant is not None).items()))


def filing_by_unit(work: Work, year: int) -> tuple[UnitFiling, ...]:
    """How each unit filed in ``year``, the least punctual first; a case counts when it was taken into custody."""
    first, following = datetime(year, 1, 1, tzinfo=SHANGHAI), datetime(year + 1, 1, 1, tzinfo=SHANGHAI)
    wanted = select(CaseRow.unit, CaseRow.closed_on, CaseRow.accepted_at).where(
        CaseRow.accepted_at >= first, CaseRow.accepted_at < following
    )
    seen = work.guard.visibility(work.actor, Action.LIST)
    waits: dict[str, list[tuple[int, bool]]] = {}
    for unit, closed_on, accepted_at in work.session.execute(only_visible_cases(wanted, seen)):
        days = (legal_date(accepted_at) - closed_on).days
        waits.setdefault(unit, []).append((days, _filing(closed_on).is_late(accepted_at)))
    found = [
        UnitFiling(unit, len(all_), sum(not late for _, late in all_), max(days for days, _ in all_))
        for unit, all_ in waits.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.on_time / one.filed, -one.longest, one.unit)))


def filed_late(work: Work, holdings: Holdings, year: int, limit: int = 20) -> Sequence[CaseLine]:
    """Cases taken into custody in ``year`` more than 30 days after closing, the newest first."""
    first, following = datetime(year, 1, 1, tzinfo=SHANGHAI), datetime(year + 1, 1, 1, tzinfo=SHANGHAI)
    wanted = (
        select(CaseRow)
        .where(CaseRow.accepted_at >= first, CaseRow.accepted_at < following)
        .order_by(CaseRow.accepted_at.desc(), CaseRow.id)
    )
    seen = work.guard.visibility(work.actor, Action.LIST)
    rows = [
        row
        for row in work.session.scalars(only_visible_cases(wanted, seen))
        if _filing(row.closed_on).is_late(row.accepted_at)
    ]
    return case_lines(work, holdings, rows[:limit])


def _filing(closed_on: date) -> Reckoning:
    """The limit for filing of a case that was closed on that day; it asks no calendar."""
    return reckon(FILING, day_start(closed_on), NO_YEARS)
