"""Timeline 案卷时间线: the clocks of one case as a drawing: coordinates from dates, nothing else.

The left part goes by days, from the first event to the end of the year that runs; the right part by years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from archive.doors.web.parts import TimeMark

LEFT, BREAK, RIGHT = 92.0, 568.0, 1190.0
RESUME = BREAK + 18
AXIS, LANES, STEP = 90, 112, 26
_ROWS = (24, 43, 62)


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
    height: int
    first: date
    turn: date


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

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Months on the left, at most ten of them, and years on the right."""
        months = [
            date(year, month, 1)
            for year in range(self.first.year, self.turn.year + 1)
            for month in range(1, 13)
            if self.first <= date(year, month, 1) < self.turn
        ]
        thinned = months[:: max(1, -(-len(months) // 10))]
        step = max(1, -(-(self.last.year - self.turn.year) // 6))
        years = [date(year, 1, 1) for year in range(self.turn.year, self.last.year + 1, step)]
        return (
            *((self.x(day), f"{day.month}月" if day.month > 1 else str(day.year)) for day in thinned),
            *((self.x(day), str(day.year)) for day in years if day <= self.last),
        )


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
    return Drawing(
        _place(axis, events, today, chinese), drawn, axis.ticks(), axis.x(today), height, first, turn
    )  # fmt: skip


def _lane(axis: Axis, y: int, mark: TimeMark) -> Lane:
    bands = axis.bands(mark.start, mark.end)
    last = bands[-1]
    if mark.css == "band" and last.width > 260:
        return Lane(y, mark, bands, last.x + 8, "start")
    after = last.x + last.width + 8
    if after < RIGHT - 330:
        return Lane(y, mark, bands, after, "start")
    return Lane(y, mark, bands, max(last.x, RESUME) + 8, "start")


def _place(axis: Axis, events: Sequence[TimeMark], today: date, chinese: bool) -> tuple[Event, ...]:
    """Words of events in three rows, so that none lies over another; what finds no room goes to the lowest."""
    ends = dict.fromkeys(_ROWS, 0.0)
    placed = []
    for mark in events:
        words = mark.zh if chinese else mark.en
        width = sum(13 if ord(sign) > 255 else 7.2 for sign in words) + 44 + (36 if mark.start > axis.turn else 0)
        x = axis.x(mark.start)
        anchor, low = ("end", x - width) if x + width > RIGHT else ("start", x - 4)
        row = next((row for row in reversed(_ROWS) if ends[row] <= low), _ROWS[0])
        ends[row] = max(ends[row], low + width)
        placed.append(Event(x, row, anchor, mark, words))
    return tuple(placed)
