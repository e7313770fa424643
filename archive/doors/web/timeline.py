"""Timeline 案卷时间线: the clocks of one case as a drawing: coordinates from dates, nothing else.

The left part goes by days, from the first event to the end of the year that runs; the right part by years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from archive.doors.web.parts import TimeMark

LEFT, BREAK, RIGHT = 92.0, 568.0, 1190.0
RESUME = BREAK + 18
AXIS, LANES, STEP = 90, 112, 26
_LOWEST, _ROW = 62, 19
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHORT = 3
"""Up to so many years the left part has months below it; beyond that months without their years would say nothing."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the drawing 时点: where it stands, in which row its words are and to which side."""

    x: float
    y: int
    anchor: str
    mark: TimeMark
    words: str


@dataclass(frozen=True, slots=True)
class Band:
    """One piece of a lane 时段: the parts left and right of the break in the axis."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane of the drawing 时间带."""

    y: int
    mark: TimeMark
    bands: tuple[Band, ...]
    text_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template writes as SVG 时间线图; sizes in pixels of the drawing."""

    events: tuple[Event, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    today_x: float
    top: int
    height: int
    first: date
    turn: date
    by_years: bool


class Axis:
    """The axis 时间轴: days on the left up to ``turn``, years on the right up to ``last``."""

    def __init__(self, first: date, turn: date, last: date) -> None:
        self.first, self.turn, self.last = first, turn, max(last, date(turn.year + 2, 1, 1))

    def x(self, day: date) -> float:
        """Where a day stands."""
        if day < self.turn:
            share = (day - self.first).days / max(1, (self.turn - self.first).days)
            return LEFT + max(0.0, share) * (BREAK - LEFT)
        share = (day - self.turn).days / (self.last - self.turn).days
        return RESUME + min(1.0, share) * (RIGHT - RESUME)

    def bands(self, start: date, end: date | None) -> tuple[Band, ...]:
        """A stretch of time, cut at the break; without an end it goes on to the edge."""
        left, right = self.x(max(start, self.first)), RIGHT if end is None else self.x(end)
        if left < BREAK < right:
            return Band(left, BREAK - left), Band(RESUME, max(2.0, right - RESUME))
        return (Band(left, max(2.0, right - left)),)

    def ticks(self, *, chinese: bool) -> tuple[tuple[float, str], ...]:
        """Months or years on the left, at most ten of them, and years on the right."""
        if self.by_years:
            every = max(1, -(-(self.turn.year - self.first.year) // 8))
            lefts = [date(year, 1, 1) for year in range(self.first.year + 1, self.turn.year, every)]
            return (*((self.x(day), str(day.year)) for day in lefts), *self._years())
        months = [
            date(year, month, 1)
            for year in range(self.first.year, self.turn.year + 1)
            for month in range(1, 13)
            if self.first <= date(year, month, 1) < self.turn
        ]
        thinned = months[:: max(1, -(-len(months) // 10))]
        named = [(self.x(day), str(day.year) if day.month == 1 else _month(day, chinese)) for day in thinned]
        return (*named, *self._years())

    def _years(self) -> tuple[tuple[float, str], ...]:
        step = max(1, -(-(self.last.year - self.turn.year) // 6))
        years = [date(year, 1, 1) for year in range(self.turn.year, self.last.year + 1, step)]
        return tuple((self.x(day), str(day.year)) for day in years if day <= self.last)

    @property
    def by_years(self) -> bool:
        """Whether the left part is too long for months."""
        return self.turn.year - self.first.year > _SHORT


def _month(day: date, chinese: bool) -> str:
    return f"{day.month}月" if chinese else _MONTHS[day.month - 1]


def draw(marks: Sequence[TimeMark], today: date, *, chinese: bool = True) -> Drawing:
    """The drawing of ``marks``; at least one must be an event."""
    events = sorted((mark for mark in marks if mark.lane is None), key=lambda mark: mark.start)
    lanes = [mark for mark in marks if mark.lane is not None]
    first = min([today, *(mark.start for mark in marks)]).replace(day=1)
    filed = max((mark.start for mark in events if mark.start <= today), default=today)
    turn = date(max(filed, today).year + 1, 1, 1)
    last = max([turn, *(mark.start for mark in marks), *(mark.end for mark in marks if mark.end is not None)])
    axis = Axis(first, turn, last)
    drawn = tuple(_lane(axis, LANES + number * STEP, mark) for number, mark in enumerate(lanes))
    height = LANES + len(lanes) * STEP + 16
    placed = _place(axis, events, chinese)
    top = min(0, *(event.y - 24 for event in placed))
    return Drawing(
        placed, drawn, axis.ticks(chinese=chinese), axis.x(today), top, height - top, first, turn, axis.by_years
    )


def _lane(axis: Axis, y: int, mark: TimeMark) -> Lane:
    bands = axis.bands(mark.start, mark.end)
    last = bands[-1]
    if mark.css == "band" and last.width > 260:
        return Lane(y, mark, bands, last.x + 8, "start")
    after = last.x + last.width + 8
    if after < RIGHT - 330:
        return Lane(y, mark, bands, after, "start")
    return Lane(y, mark, bands, max(last.x, RESUME) + 8, "start")


def _place(axis: Axis, events: Sequence[TimeMark], chinese: bool) -> tuple[Event, ...]:
    """Words of events in rows above the axis, as many as it takes: none lies over another."""
    ends: dict[int, float] = {}
    placed = []
    for mark in events:
        words = mark.zh if chinese else mark.en
        width = (
            sum(13 if ord(sign) > 255 else 7.2 for sign in words)
            + 44
            + (36 if axis.by_years or mark.start >= axis.turn else 0)
        )
        x = axis.x(mark.start)
        anchor, low = ("end", x - width) if x + width > RIGHT else ("start", x - 4)
        row = next(row for row in count(_LOWEST, -_ROW) if ends.get(row, 0.0) <= low)
        ends[row] = low + width
        placed.append(Event(x, row, anchor, mark, words))
    return tuple(placed)
