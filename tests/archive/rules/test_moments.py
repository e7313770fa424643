"""A recording meets the papers of its minute, put right by what its clock was wrong."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.kernel.clock import SHANGHAI
from archive.rules.moments import Meeting, PaperTime, RecordingTime, papers_of_the_minute


def at(clock: str, day: int = 2) -> datetime:
    hours, minutes, seconds = (int(part) for part in f"{clock}:00".split(":")[:3])
    return datetime(2026, 6, day, hours, minutes, seconds, tzinfo=SHANGHAI)


DAY = date(2026, 6, 2)
HALF_HOUR = RecordingTime(at("9:38"), 30 * 60_000)
FAST = RecordingTime(at("9:48"), 30 * 60_000, ahead=timedelta(minutes=10))
OVER_MIDNIGHT = RecordingTime(at("23:50"), 30 * 60_000)

TABLE: list[tuple[RecordingTime, PaperTime, list[Meeting]]] = [
    (HALF_HOUR, PaperTime("a", DAY, (at("9:40"),)), [Meeting("a", 120_000, at("9:40"))]),
    (HALF_HOUR, PaperTime("a", DAY, (at("9:37:30"),)), [Meeting("a", 0, at("9:37:30"))]),
    (HALF_HOUR, PaperTime("a", DAY, (at("10:08:30"),)), [Meeting("a", 1_800_000, at("10:08:30"))]),
    (HALF_HOUR, PaperTime("a", DAY, (at("9:37"),)), []),
    (HALF_HOUR, PaperTime("a", DAY, (at("10:09"),)), []),
    (HALF_HOUR, PaperTime("a", DAY, (at("9:40", day=3),)), []),
    (
        HALF_HOUR,
        PaperTime("a", DAY, (at("10:00"), at("9:40"), at("9:40"), at("14:00"))),
        [Meeting("a", 120_000, at("9:40")), Meeting("a", 1_320_000, at("10:00"))],
    ),
    (HALF_HOUR, PaperTime("a", DAY), [Meeting("a", 0)]),
    (HALF_HOUR, PaperTime("a", date(2026, 6, 3)), []),
    (HALF_HOUR, PaperTime("a"), []),
    (FAST, PaperTime("a", DAY, (at("9:40"),)), [Meeting("a", 120_000, at("9:40"))]),
    (FAST, PaperTime("a", DAY, (at("10:15"),)), []),
    (OVER_MIDNIGHT, PaperTime("a", date(2026, 6, 3)), [Meeting("a", 0)]),
    (OVER_MIDNIGHT, PaperTime("a", DAY, (at("0:05", day=3),)), [Meeting("a", 900_000, at("0:05", day=3))]),
    (RecordingTime(at("0:10").astimezone(UTC), 1_000), PaperTime("a", DAY), [Meeting("a", 0)]),
]


@pytest.mark.parametrize(("recording", "paper", "expected"), TABLE)
def test_what_meets(recording: RecordingTime, paper: PaperTime, expected: list[Meeting]) -> None:
    assert list(papers_of_the_minute(recording, [paper])) == expected


def test_papers_stand_in_the_order_of_the_recording() -> None:
    papers = [PaperTime("late", DAY, (at("10:00"),)), PaperTime("early", DAY, (at("9:39"),)), PaperTime("day", DAY)]
    assert [one.key for one in papers_of_the_minute(HALF_HOUR, papers)] == ["day", "early", "late"]


@given(st.integers(-7_200, 7_200), st.integers(0, 3_600_000), st.integers(-600, 600))
def test_every_meeting_lies_in_the_recording(second: int, length: int, ahead: int) -> None:
    recording = RecordingTime(at("9:38"), length, timedelta(seconds=ahead))
    clock = at("9:38") + timedelta(seconds=second)
    for one in papers_of_the_minute(recording, [PaperTime("a", DAY, (clock,))]):
        assert 0 <= one.at_ms <= length and recording.start - timedelta(minutes=1) < clock
