"""Notices 放假安排通知: the State Council's notice of a year as data, and everything that cannot be right in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from archive.kernel.calendars import SATURDAY, TURN, CalendarYear, Festival
from archive.kernel.refusals import Refusal

LONGEST = 15
"""Days of the longest break; the longest so far had ten."""
FIXED = ((1, 1), (5, 1), (10, 1))
"""Days that the regulation on public holidays frees every year: New Year's Day, Labour Day, National Day."""
_YEAR = {"year": int, "basis": str, "issued_on": date, "festival": list}
_FESTIVAL = {"zh": str, "en": str, "first": date, "last": date}


def read_notice(data: Mapping[str, Any], version: int) -> CalendarYear:
    """A notice from its plain data (docs/operating.md, 3); refuses by name what lacks or is of another kind."""
    _shaped(data, _YEAR, set(), "")
    festivals = []
    for number, one in enumerate(data["festival"], start=1):
        where = f"festival {number}: "
        if not isinstance(one, Mapping):
            raise Refusal("archive.calendar-unreadable", detail=where + "—")
        _shaped(one, _FESTIVAL, {"worked"}, where)
        worked = one.get("worked", [])
        if not isinstance(worked, list) or not all(type(day) is date for day in worked):
            raise Refusal("archive.calendar-unreadable", detail=where + "worked")
        festivals.append(Festival(one["zh"], one["en"], one["first"], one["last"], tuple(worked)))
    return CalendarYear(data["year"], version, data["basis"].strip(), data["issued_on"], tuple(festivals))


def _shaped(data: Mapping[str, Any], wanted: Mapping[str, type], optional: set[str], where: str) -> None:
    """Refuses the first name that lacks, that nobody asked for, or whose value is of another kind or empty."""
    for name, kind in wanted.items():
        # the very type: true is a number and an instant is a date to isinstance
        if type(data.get(name)) is not kind or data[name] in ("", []):
            raise Refusal("archive.calendar-unreadable", detail=where + name)
    if unknown := sorted(set(data) - set(wanted) - optional):
        raise Refusal("archive.calendar-unreadable", detail=where + unknown[0])


def check_notice(notice: CalendarYear, today: date) -> list[Refusal]:
    """Everything that no notice can say, all at once; nothing when it may be true."""
    found = [*_dates(notice, today)]
    if not found:
        found += _days(notice)
    return found


def _dates(notice: CalendarYear, today: date) -> Iterator[Refusal]:
    if notice.issued_on > today or notice.issued_on.year not in (notice.year - 1, notice.year):
        yield Refusal("archive.calendar-date-wrong", year=notice.year, issued=notice.issued_on)
    for one in notice.festivals:
        if not 0 <= (one.last - one.first).days < LONGEST:
            yield Refusal(
                "archive.calendar-break-wrong",
                name=one.zh,
                name_en=one.en,
                first=one.first,
                last=one.last,
                most=LONGEST,
            )


def _days(notice: CalendarYear) -> Iterator[Refusal]:
    begin, end = date(notice.year - 1, *TURN), date(notice.year, 12, 31)
    seen: set[date] = set()
    for festival in notice.festivals:
        for day in (*festival.days(), *festival.worked):
            if not begin <= day <= end:
                yield Refusal("archive.calendar-day-outside", day=day, first=begin, last=end)
            if day in seen:
                yield Refusal("archive.calendar-day-twice", day=day)
            seen.add(day)
        for day in festival.worked:
            if day.weekday() < SATURDAY:
                yield Refusal("archive.calendar-day-worked-anyway", day=day)
    free = {day for festival in notice.festivals for day in festival.days()}
    for month, number in FIXED:
        if (day := date(notice.year, month, number)) not in free:
            yield Refusal("archive.calendar-day-missing", day=day, year=notice.year)
