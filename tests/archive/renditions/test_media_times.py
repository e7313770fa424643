"""A camera's clock against the description: another day is told, silence and time zones are not mistaken."""

from datetime import UTC, date, datetime, timedelta

import pytest

from archive.kernel.clock import SHANGHAI
from archive.renditions.media_times import camera_time, photo_findings, recording_time_findings
from archive.renditions.terms import ExifFacts, MediaFacts

DAY = date(2026, 6, 2)
TABLE = [
    ("2026:06:02 09:38:11", "", DAY, ""),
    ("2026:06:01 23:59:59", "", DAY, "2026-06-01 23:59 / 2026-06-02"),
    ("2026:06:01 17:00:00", "+00:00", DAY, ""),
    ("2026:06:02 17:00:00", "+00:00", DAY, "2026-06-03 01:00 / 2026-06-02"),
    ("2026:06:02 09:38:11", "+08:00", DAY, ""),
    ("2000:01:01 00:00:00", "", DAY, "2000-01-01 00:00 / 2026-06-02"),
    ("0000:00:00 00:00:00", "", DAY, ""),
    ("2026:13:40 25:00:00", "", DAY, ""),
    ("", "", DAY, ""),
    ("yesterday", "", DAY, ""),
    ("2026:06:02 09:38:11", "nonsense", DAY, ""),
    ("2026:06:01 09:00:00", "", None, ""),
]


@pytest.mark.parametrize(("taken", "offset", "claimed", "detail"), TABLE)
def test_photos(taken: str, offset: str, claimed: date | None, detail: str) -> None:
    found = photo_findings(ExifFacts(taken_at=taken, offset=offset), claimed)
    assert [(one.code, one.detail) for one in found] == ([("media-time-differs", detail)] if detail else [])
    assert photo_findings(None, claimed) == ()


def test_the_forms_in_which_cameras_write() -> None:
    expected = datetime(2026, 6, 2, 1, 38, 11, tzinfo=UTC)
    for words in ("2026-06-02T01:38:11.000000Z", "2026-06-02T09:38:11+0800", "2026-06-02 09:38:11"):
        assert camera_time(words) == expected


def facts(minutes: float, created: str = "") -> MediaFacts:
    return MediaFacts("mp4", None, round(minutes * 60_000), 0, True, (), 0, (), (), created_at=created)


@pytest.mark.parametrize(
    ("recorded", "claimed", "detail"),
    [(30, 30, ""), (29.1, 30, ""), (27.5, 30, ""), (26, 30, "26:00 / 30:00"), (12, 30, "12:00 / 30:00"), (40, 30, "")],
)
def test_a_recording_shorter_than_its_description_claims(recorded: float, claimed: int, detail: str) -> None:
    start = datetime(2026, 6, 2, 9, 38, tzinfo=SHANGHAI)
    found = recording_time_findings(facts(recorded), start, start + timedelta(minutes=claimed))
    assert [one.detail for one in found if one.code == "media-shorter-than-claimed"] == ([detail] if detail else [])


def test_a_recording_of_another_day_is_told() -> None:
    start = datetime(2026, 6, 2, 9, 38, tzinfo=SHANGHAI)
    assert recording_time_findings(facts(5, "2026-06-02T01:38:00Z"), start) == ()
    (found,) = recording_time_findings(facts(5, "2012-11-16T10:00:00Z"), start)
    assert found.code == "media-time-differs" and found.detail.startswith("2012-11-16 18:00")
