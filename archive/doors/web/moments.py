"""Moments 同一时刻: which recordings ran when a paper was written, and where in them; which papers a recording shows.

Pure: from the text of the page and the times that were described, never from the picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from archive.kernel.clock import SHANGHAI, legal_date
from archive.service.reading import ItemLine

_DAY = r"(?:(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日\s*)?"
_CLOCK = re.compile(_DAY + r"(?P<h>\d{1,2})\s*[时點点:：]\s*(?P<min>\d{1,2})\s*分?")
MOST = 12


@dataclass(frozen=True, slots=True)
class Jump:
    """A place in a recording 跳转: ``at_ms`` after its start, and the clock time that the paper names."""

    recording: ItemLine
    clock: datetime
    at_ms: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to the same time as the item that is read 同时材料."""

    recordings: tuple[ItemLine, ...] = ()
    jumps: tuple[Jump, ...] = ()
    papers: tuple[ItemLine, ...] = ()


def beside(item: ItemLine, items: Sequence[ItemLine], text: str) -> Beside:
    """For a paper: the recordings of its day or that name it, and the minutes its text gives; for a recording: the
    papers of its day or that it names. Of what the reader may not read nothing is told.
    """
    if item.facts is None:
        return Beside()
    others = [one for one in items if one.item_id != item.item_id and one.facts is not None and one.files]
    if item.facts.recording is not None:
        return Beside(
            papers=tuple(one for one in others if one.facts and not one.facts.recording and _match(item, one))
        )
    recordings = tuple(one for one in others if one.facts and one.facts.recording and _match(one, item))
    found = moments(text, item.doc_date)
    return Beside(recordings, tuple(jump for one in recordings for jump in _jumps(one, found))[:MOST])


def moments(text: str, day: date | None) -> list[datetime]:
    """The clock times in a text, each on the day written before it, else on ``day``; in order, each once."""
    found: list[datetime] = []
    for hit in _CLOCK.finditer(text):
        try:
            if hit["y"]:
                day = date(int(hit["y"]), int(hit["m"]), int(hit["d"]))
            if day is not None:
                found.append(datetime(day.year, day.month, day.day, int(hit["h"]), int(hit["min"]), tzinfo=SHANGHAI))
        except ValueError:
            continue
    return sorted(set(found))


def _match(recording: ItemLine, paper: ItemLine) -> bool:
    facts = recording.facts.recording if recording.facts is not None else None
    if facts is None or paper.facts is None:
        return False
    named = bool(facts.records_item) and facts.records_item in (paper.facts.title, paper.facts.doc_no)
    same_day = facts.started_at is not None and legal_date(facts.started_at) == paper.doc_date
    return named or same_day


def _jumps(recording: ItemLine, found: Sequence[datetime]) -> list[Jump]:
    facts = recording.facts.recording if recording.facts is not None else None
    media = recording.facts.media if recording.facts is not None else None
    if facts is None or facts.started_at is None:
        return []
    length = (media.decoded_ms or media.declared_ms) if media is not None else None
    end = facts.started_at + timedelta(milliseconds=length) if length else facts.ended_at
    last = end + timedelta(minutes=1) if end is not None else facts.started_at
    return [
        Jump(recording, clock, max(0, round((clock - facts.started_at).total_seconds() * 1000)))
        for clock in found
        if facts.started_at - timedelta(minutes=1) < clock < last
    ]
