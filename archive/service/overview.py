"""Overview 概览: the figures of first screens, counted within what the reader may know of and nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from archive.kernel.clock import SHANGHAI, legal_date
from archive.kernel.guard import Action
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.reading import CaseLine, case_lines
from archive.service.seeing import only_visible_cases
from archive.tables import CaseRow
from archive.terms import SealState

FILING_DAYS = 30  # article 24, paragraph 2


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A case in custody that is not sealed yet 待封存案卷, and the last day for its filing."""

    line: CaseLine
    limit: date
    days_left: int


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
        last = line.closed_on + timedelta(days=FILING_DAYS)
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
    waits: dict[str, list[int]] = {}
    for unit, closed_on, accepted_at in work.session.execute(only_visible_cases(wanted, seen)):
        waits.setdefault(unit, []).append((legal_date(accepted_at) - closed_on).days)
    found = [
        UnitFiling(unit, len(days), sum(d <= FILING_DAYS for d in days), max(days)) for unit, days in waits.items()
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
        if (legal_date(row.accepted_at) - row.closed_on).days > FILING_DAYS
    ]
    return case_lines(work, holdings, rows[:limit])
