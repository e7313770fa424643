"""Limits of a case 案卷期限 that follow from its own sealed dates: its filing, and the storing of its recordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.kernel.calendars import NO_YEARS
from archive.kernel.deadlines import Reckoning, day_start, reckon
from archive.rules.time_limits import FILING, RECORDING_STORED
from archive.service.reading import CaseView, ItemLine


@dataclass(frozen=True, slots=True)
class CaseLimit:
    """One limit of a case and when it was met 期限与办结; ``reference``: number of the case or of the recording."""

    reference: str
    reckoning: Reckoning
    done_at: datetime

    @property
    def late(self) -> bool:
        """Whether it was met too late."""
        return self.reckoning.is_late(self.done_at)


def limits_of_case(view: CaseView) -> Iterator[CaseLimit]:
    """The filing of the case, met when it was taken into custody; each recording whose end this reader may know, met
    when the archive had it. A recording that came later met its limit when its version was sealed, at the latest.
    """
    line = view.line
    yield CaseLimit(line.reference_code, reckon(FILING, day_start(line.closed_on), NO_YEARS), line.accepted_at)
    for volume in view.volumes:
        for item in volume.items:
            ended_at = item.facts.recording.ended_at if item.facts and item.facts.recording else None
            if ended_at is not None and ended_at.tzinfo is not None:
                stored = _stored_at(view, item)
                yield CaseLimit(item.reference_code, reckon(RECORDING_STORED, ended_at, NO_YEARS), stored)


def _stored_at(view: CaseView, item: ItemLine) -> datetime:
    """When the archive had it; an item of the first version came with the case."""
    if item.first_version == 1:
        return view.line.accepted_at
    sealed = (seal.sealed_at for seal in view.seals if seal.version == item.first_version)
    return next(sealed, view.line.accepted_at)
