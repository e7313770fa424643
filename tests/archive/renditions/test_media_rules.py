"""Rules on recordings by table and property: parts add up to the whole in any grouping; only what matters is told."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.renditions.media_terms import PartFacts, TrackPart
from archive.renditions.recordings import (
    chapters_of,
    is_whole,
    join_parts,
    media_findings,
    moment,
    thin_wave,
    wave_step,
    whole_facts,
)
from archive.renditions.terms import Finding, Gap, MediaFacts, StreamFacts, Stretch, StretchKind

SOUND = StreamFacts(1, "audio", "aac", decoded_ms=600_000)
PICTURE = StreamFacts(0, "video", "h264", decoded_ms=600_000)
WHOLE = MediaFacts("mp4", 600_000, 600_000, 600_000, True, (PICTURE, SOUND), 0, (), ())


def stretch(kind: StretchKind, start: int, end: int, stream: int = 0) -> Stretch:
    return Stretch(kind, stream, start * 1000, end * 1000)


FROZEN, BLACK, SILENT = StretchKind.FROZEN, StretchKind.BLACK, StretchKind.SILENT

TABLE: list[tuple[MediaFacts, list[Finding]]] = [
    (WHOLE, []),
    (replace(WHOLE, decoded_ms=240_000, cut_short=True), [Finding("media-cut", detail="04:00 / 10:00")]),
    (replace(WHOLE, decoded_ms=240_000), [Finding("media-length-wrong", detail="04:00 / 10:00")]),
    (replace(WHOLE, declared_ms=300_000), [Finding("media-length-wrong", detail="10:00 / 05:00")]),
    (replace(WHOLE, decoded_ms=589_000), []),
    (replace(WHOLE, decoded_ms=587_000), [Finding("media-length-wrong", detail="09:47 / 10:00")]),
    (replace(WHOLE, declared_ms=None), [Finding("media-length-unknown")]),
    (
        replace(WHOLE, deep=False, checked_ms=61_000),
        [Finding("media-not-checked-whole", detail="01:01")],
    ),
    (
        replace(WHOLE, decode_errors=3, error_at_ms=(61_000, 61_400, 3_700_000)),
        [Finding("media-damaged", detail="01:01, 1:01:40")],
    ),
    (
        replace(WHOLE, gaps=(Gap(0, 183_000, 186_100), Gap(1, 182_900, 186_000), Gap(0, 300_000, 302_000))),
        [Finding("media-gap", detail="03:02–03:06"), Finding("media-gap", detail="05:00–05:02")],
    ),
    (replace(WHOLE, stretches=(stretch(FROZEN, 60, 69),)), []),
    (replace(WHOLE, stretches=(stretch(FROZEN, 60, 70),)), [Finding("media-picture-frozen", detail="01:00–01:10")]),
    (replace(WHOLE, stretches=(stretch(FROZEN, 60, 90),), streams=(PICTURE,)), []),
    (
        replace(WHOLE, stretches=(stretch(FROZEN, 60, 90), stretch(SILENT, 50, 95, 1))),
        [Finding("media-sound-silent", detail="00:50–01:35")],
    ),
    (replace(WHOLE, stretches=(stretch(BLACK, 60, 65),)), [Finding("media-picture-black", detail="01:00–01:05")]),
    (
        replace(WHOLE, streams=(PICTURE, replace(SOUND, decoded_ms=500_000))),
        [Finding("media-stream-short", detail="audio 08:20 / 10:00")],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), TABLE)
def test_what_is_told(facts: MediaFacts, expected: list[Finding]) -> None:
    assert list(media_findings(facts)) == expected


def test_a_quiet_stretch_leaves_a_recording_whole_and_a_gap_does_not() -> None:
    assert is_whole([Finding("media-sound-silent"), Finding("media-picture-black"), Finding("extension-differs")])
    assert not is_whole([Finding("media-gap")])


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "00:00"), (999, "00:00"), (61_000, "01:01"), (3_600_000, "1:00:00"), (-5, "00:00")]
)
def test_moments(ms: int, words: str) -> None:
    assert moment(ms) == words


def test_chapters_are_split_at_gaps_of_the_picture() -> None:
    facts = replace(WHOLE, gaps=(Gap(1, 10_000, 20_000), Gap(0, 183_000, 186_000)))
    assert [(one.start_ms, one.end_ms) for one in chapters_of(facts)] == [(0, 183_000), (186_000, 600_000)]
    assert chapters_of(WHOLE) == ()


def part(start: int, end: int, **more: object) -> PartFacts:
    track = TrackPart(0, "video", start * 1000, end * 1000, end - start)
    plain = PartFacts(start * 1000, end * 1000, ended=False, tracks=(track,))
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_gap_and_a_stretch_over_the_border_of_two_parts() -> None:
    first = part(0, 60, stretches=(stretch(BLACK, 55, 60),))
    second = part(60, 120, stretches=(stretch(BLACK, 60, 70),))
    assert join_parts(first, second).stretches == (stretch(BLACK, 55, 70),)
    lost = replace(second, tracks=(TrackPart(0, "video", 63_000, 120_000, 57),))
    assert join_parts(first, lost).gaps == (Gap(0, 60_000, 63_000),)
    with pytest.raises(ValueError, match="do not meet"):
        join_parts(second, first)


SPAN = st.tuples(st.integers(0, 59), st.integers(1, 30)).map(lambda span: (span[0], min(60, span[0] + span[1])))


@st.composite
def three_parts(draw: st.DrawFn) -> list[PartFacts]:
    found = []
    for start in (0, 60, 120):
        spans = draw(st.lists(SPAN, max_size=3))
        runs = tuple(
            stretch(draw(st.sampled_from((BLACK, SILENT))), start + a, start + b, draw(st.integers(0, 1)))
            for a, b in sorted(spans)
        )
        gaps = tuple(Gap(0, 1000 * (start + a), 1000 * (start + b)) for a, b in draw(st.lists(SPAN, max_size=2)))
        wave = tuple(draw(st.lists(st.tuples(st.integers(-9, 0), st.integers(0, 9)), min_size=1, max_size=7)))
        found.append(part(start, start + 60, stretches=runs, gaps=gaps, wave=wave, wave_ms=10_000, decode_errors=1))
    return found


@given(three_parts())
@settings(max_examples=40, deadline=None)
def test_parts_add_up_alike_in_any_grouping(parts: list[PartFacts]) -> None:
    first, second, third = parts
    left = join_parts(join_parts(first, second), third)
    right = join_parts(first, join_parts(second, third))
    assert left.decode_errors == 3 and left.wave == right.wave and left.gaps == right.gaps
    assert (left.from_ms, left.until_ms, left.tracks) == (right.from_ms, right.until_ms, right.tracks)


def test_the_whole_tells_the_end_only_when_it_was_reached() -> None:
    quick = replace(WHOLE, deep=False, decoded_ms=599_000)
    half = part(0, 300)
    assert not whole_facts(quick, half).deep and whole_facts(quick, half).decoded_ms == 599_000
    done = whole_facts(quick, replace(part(0, 240), ended=True))
    assert done.deep and done.decoded_ms == 240_000 and done.streams[0].frames == 240


def test_a_wave_stays_small() -> None:
    wave = tuple((-(at % 50), at % 70) for at in range(2_500))
    thin = thin_wave(wave)
    assert len(thin) == 834 and min(low for low, _ in thin) == -49 and max(high for _, high in thin) == 69
    assert 900 < 36_000_000 / wave_step(36_000_000) <= 1_000 and wave_step(5_000) == 100
