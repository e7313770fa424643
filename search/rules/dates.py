"""Dates as tokens 日期词元: a day is indexed with its month and year, so a range is a short list of exact tokens."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
_DATE = re.compile(r"(\d{4})(?:[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2})日?)?月?)?年?")


def span(text: str) -> tuple[date, date] | None:
    """First and last day of a year, month or day as written; None when it is no date."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    try:
        start = date(year, month or 1, day or 1)
        if day:
            return start, start
        end_month = month or 12
        return start, date(year, end_month, calendar.monthrange(year, end_month)[1])
    except ValueError:
        return None


def date_tokens(text: str) -> list[str]:
    """The tokens under which an ISO date (or year, or year and month) is indexed: year, month, day."""
    digits = re.sub(r"\D", "", text)[:8]
    return [digits[:size] for size in (4, 6, 8) if len(digits) >= size]


def cover(start: date, end: date) -> tuple[str, ...]:
    """The fewest tokens whose days are exactly ``start`` to ``end``."""
    found: list[str] = []
    day, end = max(start, FIRST), min(end, LAST)
    while day <= end:
        month_end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        if day.month == day.day == 1 and date(day.year, 12, 31) <= end:
            found.append(f"{day:%Y}")
            day = date(day.year, 12, 31)
        elif day.day == 1 and month_end <= end:
            found.append(f"{day:%Y%m}")
            day = month_end
        else:
            found.append(f"{day:%Y%m%d}")
        day += timedelta(days=1)
    return tuple(found)
