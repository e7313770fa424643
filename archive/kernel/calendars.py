"""Calendars 历法: which days are worked, by the State Council's notice for each year; arithmetic of values, no tables.

A year without a notice is not guessed: its weekends are free, nothing else is known of it, and whatever is counted
through it says so (暂定 provisional).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

SATURDAY = 5
TURN = (12, 24)
"""From this day on (month, day) the notice of the next year may move days of this one: its New Year break 元旦."""


@dataclass(frozen=True, slots=True)
class Festival:
    """One break of a notice 放假安排: free from ``first`` to ``last``, and the weekend days ``worked`` for it 补班."""

    zh: str
    en: str
    first: date
    last: date
    worked: tuple[date, ...] = ()

    def days(self) -> tuple[date, ...]:
        """Every free day of the break."""
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What one notice says of one year 年度放假安排; a later notice for the same year is a higher ``version``."""

    year: int
    version: int
    basis: str
    issued_on: date
    festivals: tuple[Festival, ...]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """All years that are known 工作日历."""

    years: Mapping[int, CalendarYear]
    breaks: Mapping[date, Festival]
    worked: Mapping[date, Festival]

    @classmethod
    def of(cls, years: Iterable[CalendarYear]) -> Self:
        """The calendar of these years; of two versions of a year the higher counts, of two years the later."""
        newest: dict[int, CalendarYear] = {}
        for one in sorted(years, key=lambda each: (each.year, each.version)):
            newest[one.year] = one
        breaks: dict[date, Festival] = {}
        worked: dict[date, Festival] = {}
        for one in newest.values():
            for festival in one.festivals:
                for day in festival.days():
                    breaks[day] = festival
                    worked.pop(day, None)
                for day in festival.worked:
                    worked[day] = festival
                    breaks.pop(day, None)
        return cls(newest, breaks, worked)

    def is_working(self, day: date) -> bool:
        """Whether offices work on ``day``, as far as is known."""
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.breaks)

    def known_years(self, first: date, last: date) -> tuple[CalendarYear, ...]:
        """The notices that speak of the days from ``first`` to ``last``, as far as they are there."""
        return tuple(self.years[year] for year in _years_of(first, last) if year in self.years)

    def unknown_years(self, first: date, last: date) -> tuple[int, ...]:
        """Years whose notice would be needed to be sure of every day from ``first`` to ``last``, and is not there."""
        return tuple(year for year in _years_of(first, last) if year not in self.years)

    def next_working(self, day: date) -> date:
        """``day`` when it is worked, else the first worked day after it."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day


def _years_of(first: date, last: date) -> range:
    past_turn = (last.month, last.day) >= TURN
    return range(first.year, last.year + 1 + past_turn)


NO_YEARS = WorkCalendar.of(())
"""A calendar that knows no notice 空历法: for limits that ask for none."""
