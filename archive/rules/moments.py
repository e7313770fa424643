"""Moments 同一时刻: which papers belong to the same minute as a recording, and where in it. Pure.

A device's clock may be wrong by a known offset: the recording is put right by it before anything is compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from archive.kernel.clock import SHANGHAI

SLACK = timedelta(minutes=1)
"""Papers give minutes: what begins at 9:38:40 belongs to a paper that says 9:38."""


@dataclass(frozen=True, slots=True)
class RecordingTime:
    """When a recording ran 录制时间 by its device, and by how much the device was ahead of the true time."""

    started_at: datetime
    length_ms: int
    ahead: timedelta = timedelta(0)

    @property
    def start(self) -> datetime:
        """The true start."""
        return self.started_at - self.ahead

    @property
    def end(self) -> datetime:
        """The true end."""
        return self.start + timedelta(milliseconds=max(0, self.length_ms))


@dataclass(frozen=True, slots=True)
class PaperTime:
    """The times that a paper gives 文书时间: its day, and the clock times in it (aware instants)."""

    key: str
    day: date | None = None
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """A paper and a moment of the recording that belong together 对应时刻; ``clock`` is None where only the day is told
    (``at_ms`` is then 0).
    """

    key: str
    at_ms: int
    clock: datetime | None = None


def papers_of_the_minute(recording: RecordingTime, papers: Iterable[PaperTime]) -> tuple[Meeting, ...]:
    """The papers of the same minute 同一时刻的文书, in order of the recording.

    A paper with clock times meets the recording at each of them that lies in it (a minute before counts as its start,
    a minute after as its end). A paper that gives only its day meets a recording of that day (Asia/Shanghai) as a
    whole. A paper whose times all lie elsewhere does not meet it.
    """
    found = []
    days = _days(recording)
    for paper in papers:
        for clock in sorted(set(paper.moments)):
            if recording.start - SLACK < clock < recording.end + SLACK:
                at = round((clock - recording.start).total_seconds() * 1000)
                found.append(Meeting(paper.key, min(max(0, at), max(0, recording.length_ms)), clock))
        if not paper.moments and paper.day in days:
            found.append(Meeting(paper.key, 0))
    return tuple(sorted(found, key=lambda one: (one.clock is not None, one.at_ms, one.key)))


def _days(recording: RecordingTime) -> set[date]:
    first, last = recording.start.astimezone(SHANGHAI).date(), recording.end.astimezone(SHANGHAI).date()
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}
