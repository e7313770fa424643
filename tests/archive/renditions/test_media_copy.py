"""One viewing copy that browsers play: the same moments, upright, woven, bounded, made without a file or a pile."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.refusals import Refusal
from archive.renditions.limits import MIB, Limits
from archive.renditions.media_copying import CopyMaking, copy_limits, corrected
from archive.renditions.media_playing import is_playable
from archive.renditions.recordings import media_findings
from archive.renditions.sources import BytesSource
from archive.renditions.terms import MediaFacts
from archive.renditions.workshop import probe_media
from tests.archive.renditions import samples
from tests.archive.renditions.films import cut, film

PHONE: dict[str, Any] = {"video": "h263", "audio": "libopencore_amrnb", "sound_rate": 8_000, "size": (176, 144)}


def copy_of(data: bytes) -> tuple[MediaFacts, MediaFacts]:
    """Facts of a recording and of its viewing copy."""
    source = BytesSource(data)
    facts, _ = probe_media(source)
    making = CopyMaking(source, facts)
    pieces = list(making.pieces())
    made = making.made
    assert made.size == sum(map(len, pieces)) and made.corrections
    seen, _ = probe_media(BytesSource(b"".join(corrected(pieces, made.corrections))))
    assert is_playable(seen, made.media_type) and seen.declared_ms is not None
    return facts, seen


def test_an_old_phone_film_becomes_one_that_browsers_play_with_its_sound_and_its_gap(tmp_path: Path) -> None:
    facts, seen = copy_of(film(tmp_path, 20, "3gp", **PHONE, gap=(9, 13)))
    assert [stream.codec for stream in seen.streams] == ["vp9", "opus"]
    assert seen.declared_ms == pytest.approx(facts.decoded_ms, abs=300)
    assert [finding.code for finding in media_findings(seen)] == ["media-gap"]
    places = {(round(gap.start_ms / 1000), round(gap.end_ms / 1000)) for gap in seen.gaps}
    assert places == {(9, 13)}


def test_interlaced_tape_keeps_every_picture_and_gets_square_pixels() -> None:
    facts, seen = copy_of(samples.real("media", "dv-pal-interlaced.mov").read_bytes())
    assert (seen.streams[0].frames, seen.streams[0].height) == (facts.streams[0].frames, 576)
    assert seen.streams[0].width > 720


def test_sound_alone_becomes_sound_alone(tmp_path: Path) -> None:
    data = film(tmp_path, 5, "amr", video=None, audio="libopencore_amrnb", sound_rate=8_000)
    _, seen = copy_of(data)
    assert [stream.codec for stream in seen.streams] == ["opus"]
    assert seen.decoded_ms == pytest.approx(5_000, abs=150)


def test_a_cut_recording_is_copied_as_far_as_it_goes(tmp_path: Path) -> None:
    data = cut(film(tmp_path, 20, "avi", video="mjpeg", size=(160, 120)))
    facts, seen = copy_of(data)
    assert facts.decoded_ms is not None and seen.decoded_ms == pytest.approx(facts.decoded_ms, abs=200)


def test_a_copy_that_grows_too_large_is_refused(tmp_path: Path) -> None:
    source = BytesSource(film(tmp_path, 10, "avi", video="mjpeg"))
    facts, _ = probe_media(source)
    tight = Limits(wall_s=60, cpu_s=120, memory=1024 * MIB, output=50_000)
    with pytest.raises(Refusal, match=r"archive\.file-too-heavy"):
        list(CopyMaking(source, facts, tight).pieces())


def test_what_is_no_recording_is_refused_and_no_thread_stays(tmp_path: Path) -> None:
    source = BytesSource(film(tmp_path, 10, "avi", video="mjpeg"))
    facts, _ = probe_media(source)
    with pytest.raises(Refusal):
        list(CopyMaking(BytesSource(b"RIFF\x00\x00\x00\x00AVI " + bytes(9_000)), facts).pieces())
    making = CopyMaking(source, facts)
    pieces = making.pieces()
    assert isinstance(pieces, Iterator) and next(pieces)
    pieces.close()
    assert not [one for one in threading.enumerate() if one.name == "viewing-copy"]
    with pytest.raises(ValueError, match="not made"):
        _ = making.made


def test_limits_grow_with_the_recording() -> None:
    facts = MediaFacts("avi", 3_600_000, 3_600_000, 0, False, (), 0, (), ())
    limits = copy_limits(facts)
    assert limits.output < 1024 * MIB and limits.wall_s > 3_600 * 4 and limits.scratch == 0


@given(st.binary(min_size=1, max_size=300), st.data())
@settings(max_examples=60, deadline=None)
def test_corrections_fall_into_their_places_however_the_pieces_are_cut(whole: bytes, data: st.DataObject) -> None:
    size = st.integers(0, len(whole) - 1)
    corrections = [
        (at, data.draw(st.binary(min_size=1, max_size=len(whole) - at))) for at in data.draw(st.lists(size, max_size=4))
    ]
    expected = bytearray(whole)
    for at, piece in corrections:
        expected[at : at + len(piece)] = piece
    step = data.draw(st.integers(1, 70))
    pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
    assert b"".join(corrected(pieces, corrections)) == bytes(expected)
