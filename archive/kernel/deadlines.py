"""Deadlines 期限: arithmetic of days, months and hours. The unit belongs to the rule, not to the length."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta


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
