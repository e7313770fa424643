"""Deadlines 期限: arithmetic of days, months and hours. The unit belongs to the rule, not to the length."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from archive.kernel.calendars import CalendarYear, Festival, WorkCalendar
from archive.kernel.clock import SHANGHAI, legal_date

ONE_DAY = timedelta(days=1)


class Unit(StrEnum):
    """In what a limit is counted 计算单位."""

    HOURS = "hours"
    NATURAL_DAYS = "natural-days"
    WORKING_DAYS = "working-days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A limit that a law sets 法定期限: ``length`` in ``unit``, from what, by which article.

    ``unit_basis`` is the article that says how its days are counted; ``moves_basis`` the one by which a last day that
    is free moves to the next worked day, empty where no law says so: then it stays.
    """

    code: str
    zh: str
    en: str
    length: int
    unit: Unit
    from_zh: str
    from_en: str
    basis: str
    unit_basis: str = ""
    moves_basis: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Days in a row that do not count 不计入的日子: of one break, or of a weekend (``festival`` None)."""

    first: date
    last: date
    festival: Festival | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How a limit ends 期限推导. ``due_at`` is the last instant in time: of the last day its last microsecond in
    Asia/Shanghai, of hours the very instant.

    ``unknown`` names the years whose notice lacks: with any, the end is provisional 暂定. ``years`` are the notices
    that were used.
    """

    limit: TimeLimit
    start: datetime
    last_day: date
    due_at: datetime
    skipped: tuple[Skip, ...] = ()
    worked: tuple[date, ...] = ()
    moved_from: date | None = None
    years: tuple[CalendarYear, ...] = ()
    unknown: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether a notice that is not there yet may still change the end."""
        return bool(self.unknown)

    def is_late(self, at: datetime) -> bool:
        """Whether what was done at ``at`` was done after the end."""
        return at > self.due_at

    def days_left(self, now: datetime) -> int:
        """Legal dates from today to the last day: 0 on it, below 0 when it is over."""
        return (self.last_day - legal_date(now)).days

    def stamp(self) -> str:
        """Which versions of the calendar it rests on: ``2026v1 2027?``; empty when it asks no calendar."""
        return " ".join([*(f"{one.year}v{one.version}" for one in self.years), *(f"{year}?" for year in self.unknown)])


def reckon(limit: TimeLimit, start: datetime, days: WorkCalendar) -> Reckoning:
    """When ``limit`` ends that began to run at ``start``.

    Hours run from the instant itself and through every free day. For days and months the legal date of ``start`` does
    not count. Raises ValueError for an instant without time zone.
    """
    if start.tzinfo is None:
        raise ValueError("an instant must carry its time zone")
    start = start.astimezone(UTC)
    if limit.unit is Unit.HOURS:
        due = hours_after(start, limit.length)
        return Reckoning(limit, start, legal_date(due), due)
    begin = legal_date(start)
    if limit.unit is Unit.WORKING_DAYS:
        return _working(limit, start, begin, days)
    last = (
        natural_days_after(begin, limit.length) if limit.unit is Unit.NATURAL_DAYS else add_months(begin, limit.length)
    )
    if not limit.moves_basis:
        return Reckoning(limit, start, last, day_end(last))
    moved = days.next_working(last)
    return Reckoning(
        limit,
        start,
        moved,
        day_end(moved),
        skipped=_skips([last + number * ONE_DAY for number in range((moved - last).days)], days),
        moved_from=last if moved != last else None,
        years=days.known_years(last, moved),
        unknown=days.unknown_years(last, moved),
    )


def _working(limit: TimeLimit, start: datetime, begin: date, days: WorkCalendar) -> Reckoning:
    day, left = begin, limit.length
    free, worked = [], []
    while left:
        day += ONE_DAY
        if not days.is_working(day):
            free.append(day)
            continue
        left -= 1
        if day in days.worked:
            worked.append(day)
    first = begin + ONE_DAY
    return Reckoning(
        limit,
        start,
        day,
        day_end(day),
        skipped=_skips(free, days),
        worked=tuple(worked),
        years=days.known_years(first, day),
        unknown=days.unknown_years(first, day),
    )


def _skips(free: list[date], days: WorkCalendar) -> tuple[Skip, ...]:
    """Free days as runs; a run ends where a worked day lies between, or where another break begins."""
    if not free:
        return ()
    found = [Skip(free[0], free[0], days.breaks.get(free[0]))]
    for before, day in pairwise(free):
        festival = days.breaks.get(day)
        if day - before == ONE_DAY and festival == found[-1].festival:
            found[-1] = Skip(found[-1].first, day, festival)
        else:
            found.append(Skip(day, day, festival))
    return tuple(found)


class Mark(StrEnum):
    """How near the end of a limit is 期限临近程度: a reminder at 7, 3 and 0 days before it, and when it is over."""

    LATER = "later"
    SEVEN = "seven"
    THREE = "three"
    TODAY = "today"
    OVER = "over"


def mark_of(days_left: int) -> Mark:
    """The mark of a limit that ends in so many days; below 0 it is over."""
    if days_left < 0:
        return Mark.OVER
    return next((mark for days, mark in _MARKS if days_left <= days), Mark.LATER)


_MARKS = ((0, Mark.TODAY), (3, Mark.THREE), (7, Mark.SEVEN))


def day_start(day: date) -> datetime:
    """The first instant of a legal date, as UTC: where only the day of an event is known."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The last microsecond of a legal date 二十四时, as UTC."""
    return day_start(day + ONE_DAY) - timedelta(microseconds=1)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later; the month's last day where it has no such day (Civil Code art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes 28 February in a common year."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def natural_days_after(day: date, days: int) -> date:
    """The last day of a period of ``days`` natural days; the first day (the event's own) does not count."""
    return day + timedelta(days=days)


def hours_after(instant: datetime, hours: int) -> datetime:
    """The end of a period of hours, counted from the instant itself."""
    return instant + timedelta(hours=hours)
