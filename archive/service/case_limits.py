"""Limits of a case 案卷期限 that follow from its own sealed dates: its filing, and the storing of its recordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.kernel.calendars import NO_YEARS
from archive.kernel.deadlines import Reckoning, day_start, reckon
from archive.rules.time_limits import FILING, RECORDING_STORED
from archive.service.reading import CaseView, ItemLine


@dataclass(frozen=True, slots=True)
class CaseLimit:
    """One limit of a case and when it was met 期限与办结; ``reference``: number of the case or of the recording.

    ``done_at`` is None while the case waits for its seal.
    """

    reference: str
    reckoning: Reckoning
    done_at: datetime | None

    @property
    def late(self) -> bool:
        """Whether it was met too late."""
        return self.done_at is not None and self.reckoning.is_late(self.done_at)


def limits_of_case(view: CaseView) -> Iterator[CaseLimit]:
    """The filing of the case, met when it was taken into custody, once it is sealed; each recording whose end this
    reader may know, met when the archive had it. A recording that came later met its limit when its version was
    sealed, at the latest.
    """
    line = view.line
    filed_at = line.accepted_at if line.sealed_at is not None else None
    yield CaseLimit(line.reference_code, reckon(FILING, day_start(line.closed_on), NO_YEARS), filed_at)
    for volume in view.volumes:
        for item in volume.items:
            if (ended_at := _recorded_until(item)) is not None:
                stored = _stored_at(view, item)
                yield CaseLimit(item.reference_code, reckon(RECORDING_STORED, ended_at, NO_YEARS), stored)


def _recorded_until(item: ItemLine) -> datetime | None:
    """The end of a recording as described; without one, its start and how long it plays; None where neither is told."""
    told = item.facts.recording if item.facts is not None else None
    if item.facts is None or told is None:
        return None
    ended_at, media = told.ended_at, item.facts.media
    if ended_at is None and told.started_at is not None and media is not None:
        length = media.decoded_ms or media.declared_ms
        ended_at = told.started_at + timedelta(milliseconds=length) if length else None
    return ended_at if ended_at is not None and ended_at.tzinfo is not None else None


def _stored_at(view: CaseView, item: ItemLine) -> datetime:
    """When the archive had it; an item of the first version came with the case."""
    if item.first_version == 1:
        return view.line.accepted_at
    sealed = (seal.sealed_at for seal in view.seals if seal.version == item.first_version)
    return next(sealed, view.line.accepted_at)
