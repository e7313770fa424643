"""Times 时间核对: what a camera's clock says against what the description claims. Pure.

Legal days are Asia/Shanghai days; a camera that names no offset is taken to run on local time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from archive.kernel.clock import SHANGHAI
from archive.renditions.recordings import moment
from archive.renditions.terms import ExifFacts, Finding, MediaFacts

_EXIF = re.compile(r"(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?")
_SHORT = timedelta(seconds=60)
_SHORT_SHARE = 0.1


def camera_time(taken_at: str, offset: str = "") -> datetime | None:
    """The instant that a camera wrote 拍摄时间: EXIF or ISO form; None where it wrote none or an impossible one."""
    match = _EXIF.match(taken_at)
    if match is None:
        return None
    words = "{}-{}-{}T{}:{}:{}".format(*match.groups("00"))
    zone = offset or taken_at[match.end() :].strip().lstrip(".0123456789")
    try:
        return datetime.fromisoformat(words + zone) if zone else datetime.fromisoformat(words).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def photo_findings(exif: ExifFacts | None, claimed: date | None) -> tuple[Finding, ...]:
    """A photo whose camera says another day than the description 拍摄时间不符; nothing where one of them is silent."""
    return _day_findings(camera_time(exif.taken_at, exif.offset), claimed) if exif is not None else ()


def recording_time_findings(
    facts: MediaFacts, started_at: datetime | None = None, ended_at: datetime | None = None
) -> tuple[Finding, ...]:
    """A recording whose file says another day than the description, or that is much shorter than it claims.

    Only a film from which bytes are missing can say so itself; of a stream that a camera simply stopped writing the
    claimed end is the only witness.
    """
    told = camera_time(facts.created_at)
    found = _day_findings(told, started_at.astimezone(SHANGHAI).date() if started_at is not None else None)
    if started_at is None or ended_at is None or facts.decoded_ms is None:
        return found
    claimed = ended_at - started_at
    missing = claimed - timedelta(milliseconds=facts.decoded_ms)
    if missing > max(_SHORT, claimed * _SHORT_SHARE):
        lengths = f"{moment(facts.decoded_ms)} / {moment(round(claimed.total_seconds() * 1000))}"
        found = (*found, Finding("media-shorter-than-claimed", detail=lengths))
    return found


def _day_findings(told: datetime | None, claimed: date | None) -> tuple[Finding, ...]:
    if told is None or claimed is None or told.astimezone(SHANGHAI).date() == claimed:
        return ()
    return (Finding("media-time-differs", detail=f"{told.astimezone(SHANGHAI):%Y-%m-%d %H:%M} / {claimed}"),)
