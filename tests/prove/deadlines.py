"""Limits counted right: every case is a limit, an instant and a calendar, counted again by walking from day to day.

The walk knows nothing of the house: days are numbers, weekdays come from a remainder, Beijing is eight hours east, and
of a notice it knows the two sets of its days. Years may lack their notice, breaks lie over leap days and the turn of
the year, instants are written in any offset, uploads come seconds before and after the end, weeks late, or early.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TextIO

from archive.kernel.calendars import CalendarYear, Festival, WorkCalendar
from archive.kernel.deadlines import Reckoning, TimeLimit, Unit, reckon
from archive.kernel.derivations import derive_words
from archive.rules.time_limits import TIME_LIMITS

DEFAULT = 500
TICK = timedelta(microseconds=1)
EAST = timedelta(hours=8)
MONDAY = 1  # remainder of the ordinal of every Monday


@dataclass(frozen=True)
class Made:
    """A calendar and the bare sets it was made of."""

    calendar: WorkCalendar
    free: frozenset[int]
    worked: frozenset[int]
    known: frozenset[int]


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """``count`` limits, every unit and law, over invented calendars of which some years are missing."""
    rng = random.Random(seed)
    failed = 0
    for number in range(count):
        limit, start = _limit(rng), _instant(rng)
        made = _calendar(rng, start.year)
        complaint = next(_complaints(rng, made, limit, start), "")
        if complaint:
            failed += 1
            out.write(f"deadlines: case {number}: {limit.code} {limit.length} {limit.unit} {start}: {complaint}\n")
    return count, failed


def _complaints(rng: random.Random, made: Made, limit: TimeLimit, start: datetime) -> Iterator[str]:
    found = reckon(limit, start, made.calendar)
    due, unsure = _walked(made, limit, start)
    if found.due_at != due:
        yield f"ends {found.due_at}, walked {due}"
    if found.last_day.toordinal() != _beijing(due):
        yield f"last day {found.last_day}"
    if found.provisional is not unsure:
        yield f"provisional {found.provisional}, walked {unsure}"
    if reckon(limit, _elsewhere(rng, start), made.calendar).due_at != due:
        yield "another time zone, another end"
    for at in (
        due - TICK,
        due,
        due + TICK,
        due + timedelta(days=rng.randrange(-40, 400), seconds=rng.randrange(86400)),
    ):
        if found.is_late(_elsewhere(rng, at)) is not (at > due):
            yield f"done at {at}: late is {found.is_late(at)}"
        if found.days_left(at) != _beijing(due) - _beijing(at):
            yield f"at {at} {found.days_left(at)} days are left"
    yield from _account(found, made)
    if unsure and not reckon(limit, start, _completed(made, found.unknown)).last_day >= found.last_day - timedelta(12):
        yield "a notice that came later shortened it beyond its worked weekends"
    yield from _said(found)


def _walked(made: Made, limit: TimeLimit, start: datetime) -> tuple[datetime, bool]:
    """The end and whether a notice lacks, from day to day."""
    if limit.unit is Unit.HOURS:
        return start.astimezone(UTC) + timedelta(seconds=3600 * limit.length), False
    day = _beijing(start)
    touched: list[int] = []
    if limit.unit is Unit.WORKING_DAYS:
        left = limit.length
        while left:
            day += 1
            touched.append(day)
            left -= _is_worked(made, day)
    else:
        day = _months(day, limit.length) if limit.unit is Unit.MONTHS else day + limit.length
        if limit.moves_basis:
            touched.append(day)
            while not _is_worked(made, day):
                day += 1
                touched.append(day)
    midnight = datetime(1, 1, 1, tzinfo=UTC) + timedelta(days=day) - EAST
    return midnight - TICK, any(not _is_sure(made, each) for each in touched)


def _beijing(instant: datetime) -> int:
    return (instant.astimezone(UTC) + EAST).toordinal()


def _is_worked(made: Made, day: int) -> bool:
    return day in made.worked or (day not in made.free and day % 7 not in (MONDAY + 5, (MONDAY + 6) % 7))


def _is_sure(made: Made, day: int) -> bool:
    that = date.fromordinal(day)
    return that.year in made.known and ((that.month, that.day) < (12, 24) or that.year + 1 in made.known)


def _months(day: int, months: int) -> int:
    """The same day of the month, that many months later, or the last day before it that there is."""
    begin = date.fromordinal(day)
    year, month = begin.year, begin.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for number in range(begin.day, 27, -1):
        try:
            return date(year, month, number).toordinal()
        except ValueError:
            continue
    return date(year, month, begin.day).toordinal()


def _account(found: Reckoning, made: Made) -> Iterator[str]:
    """Of a limit in working days every day is either counted or told as skipped, and worked weekends are told."""
    if found.limit.unit is not Unit.WORKING_DAYS:
        return
    span = range(_beijing(found.start) + 1, found.last_day.toordinal() + 1)
    skipped = {d for run in found.skipped for d in range(run.first.toordinal(), run.last.toordinal() + 1)}
    if skipped != {day for day in span if not _is_worked(made, day)}:
        yield f"skipped {sorted(date.fromordinal(day) for day in skipped)}"
    if {day.toordinal() for day in found.worked} != made.worked & set(span):
        yield f"worked weekends {found.worked}"
    if any((run.festival is not None) is not (run.first.toordinal() in made.free) for run in found.skipped):
        yield "a break told as a weekend, or a weekend as a break"


def _said(found: Reckoning) -> Iterator[str]:
    """Both languages tell the last day, every break and every doubt."""
    words = derive_words(found)
    zh, en = "".join(words.zh), "".join(words.en)
    end = found.last_day
    if found.limit.unit is not Unit.HOURS and (
        f"{end.year}年{end.month}月{end.day}日" not in zh or end.isoformat() not in en
    ):
        yield "the last day is not told"
    if len(words.zh) != len(words.en):
        yield "the languages tell different things"
    if any(run.festival and (run.festival.zh not in zh or run.festival.en not in en) for run in found.skipped):
        yield "a break is not told"
    if any(str(year) not in en or f"{year}年" not in zh for year in found.unknown) or ("暂定" in zh) is not bool(
        found.unknown
    ):
        yield "a doubt is not told"


def _completed(made: Made, unknown: tuple[int, ...]) -> WorkCalendar:
    """The calendar once the missing notices are there; they name nothing but New Year's Day."""
    late = (
        CalendarYear(y, 1, "", date(y, 1, 1), (Festival("元旦", "", date(y, 1, 1), date(y, 1, 1)),)) for y in unknown
    )
    return WorkCalendar.of((*made.calendar.years.values(), *late))


def _limit(rng: random.Random) -> TimeLimit:
    """One of the table, its length changed now and then: the unit stays with the law."""
    limit = rng.choice(sorted(TIME_LIMITS.values(), key=lambda each: each.code))
    return replace(limit, length=rng.randint(1, 60)) if rng.random() < 0.5 else limit


def _instant(rng: random.Random) -> datetime:
    """Often beside midnight in Beijing, the turn of the year or a leap day; of a year from 1995 to 2105."""
    year = rng.choice((1996, 2000, 2024, 2025, 2026, 2027, 2100, rng.randint(1995, 2104)))
    day = rng.choice((date(year, 1, 1), date(year, 2, 27), date(year, 12, 20), date(year, 9, 15)))
    day += timedelta(days=rng.randrange(0, rng.choice((12, 365))))
    second = rng.choice((0, 1, 86399, rng.randrange(86400)))
    written = datetime(day.year, day.month, day.day, tzinfo=timezone(EAST)) + timedelta(seconds=second)
    return _elsewhere(rng, written)


def _elsewhere(rng: random.Random, instant: datetime) -> datetime:
    return instant.astimezone(timezone(timedelta(minutes=15 * rng.randint(-48, 56))))


def _calendar(rng: random.Random, about: int) -> Made:
    """Notices for some of the years, each with breaks and worked weekends in exchange, one perhaps before New Year."""
    years = [year for year in range(about - 1, about + 3) if rng.random() < 0.75]
    notices, free, worked = [], set[int](), set[int]()
    for year in years:
        festivals = _festivals(rng, year, free, worked)
        notices.append(CalendarYear(year, rng.randint(1, 3), f"第{year}号", date(year - 1, 11, 5), tuple(festivals)))
    rng.shuffle(notices)
    return Made(WorkCalendar.of(notices), frozenset(free), frozenset(worked), frozenset(years))


def _festivals(rng: random.Random, year: int, free: set[int], worked: set[int]) -> Iterator[Festival]:
    begin, end = date(year - 1, 12, 24).toordinal(), date(year, 12, 31).toordinal()
    at = rng.choice((begin, date(year, 1, 1).toordinal()))
    for number in range(rng.randint(1, 8)):
        at += rng.randint(0, 9)
        length = rng.randint(1, 9)
        block = [day for day in range(at, at + length) if day <= end and day not in free | worked]
        if len(block) < length:
            at += length
            continue
        near = [*range(at - 7, at), *range(at + length, at + length + 7)]
        fit = [d for d in near if begin <= d <= end and d % 7 in (6, 0) and d not in free | worked]
        chosen = rng.sample(fit, min(len(fit), rng.randint(0, 2)))
        free |= set(block)
        worked |= set(chosen)
        days = tuple(date.fromordinal(day) for day in sorted(chosen))
        yield Festival(f"节{number}", f"break {number}", date.fromordinal(at), date.fromordinal(at + length - 1), days)
        at += length + rng.choice((0, 7, 40))
