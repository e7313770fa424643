"""What was really recorded counts, not what the file claims, and each damage is named with its minute."""

import os
from pathlib import Path
from typing import Any

import pytest

from archive.kernel.refusals import Refusal
from archive.renditions.media import check_part, picture_strip
from archive.renditions.media_terms import PartFacts
from archive.renditions.media_words import WORDS, finding_words
from archive.renditions.recordings import (
    LASTING,
    chapters_of,
    is_whole,
    join_parts,
    media_findings,
    wave_step,
    whole_facts,
)
from archive.renditions.sources import BytesSource
from archive.renditions.terms import MediaFacts
from archive.renditions.workshop import inspect, probe_media
from tests.archive.renditions import samples
from tests.archive.renditions.films import ROOT, cut, declaring, film, overwritten, with_stopped_clock

BODY_CAMERA: dict[str, Any] = {"video": "mpeg4", "audio": "aac", "rate": 1, "sound_rate": 8_000}
MINUTES_4 = 240


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four minutes with sound."""
    return film(tmp_path_factory.mktemp("film"), MINUTES_4, **BODY_CAMERA)


def found(data: bytes) -> dict[str, str]:
    facts, _ = probe_media(BytesSource(data))
    return {finding.code: finding.detail for finding in media_findings(facts)}


def codes(facts: MediaFacts) -> list[str]:
    return [finding.code for finding in media_findings(facts)]


def test_a_whole_film_has_no_finding(whole: bytes) -> None:
    facts, poster = probe_media(BytesSource(whole))
    assert facts.deep and media_findings(facts) == () and is_whole(media_findings(facts))
    assert facts.declared_ms == facts.decoded_ms == 240_000
    assert [(stream.kind, stream.codec) for stream in facts.streams] == [("video", "mpeg4"), ("audio", "aac")]
    assert facts.streams[0].frames == 240 and poster.startswith(b"\xff\xd8")
    assert 900 < len(facts.wave) <= 1_000 and facts.wave_ms * len(facts.wave) == pytest.approx(240_000, abs=500)
    assert all(-32 < low < -20 and 20 < high < 32 for low, high in facts.wave[1:-1])


def test_a_film_cut_at_40_percent_is_named_with_the_minute(whole: bytes) -> None:
    said = found(cut(whole))
    assert said["media-cut"] in ("01:31 / 04:00", "01:32 / 04:00", "01:33 / 04:00", "01:34 / 04:00")
    assert "media-length-wrong" not in said
    words = finding_words("media-cut", said["media-cut"])
    assert words is not None and "01:3" in words[0] and "04:00" in words[1]


@pytest.mark.parametrize("kind", ["avi", "mkv"])
def test_a_cut_film_of_another_container_is_told_from_a_wrong_claim(tmp_path: Path, kind: str) -> None:
    data = film(tmp_path, 60, kind, video="mpeg4", rate=2)
    assert found(data) == {}
    assert "media-cut" in found(cut(data)) and "media-length-wrong" not in found(cut(data))
    assert found(declaring(data, 90)) == {"media-length-wrong": "01:00 / 01:30"}


@pytest.mark.parametrize(("seconds", "detail"), [(480, "04:00 / 08:00"), (120, "04:00 / 02:00")])
def test_a_wrong_declared_length_is_named(whole: bytes, seconds: int, detail: str) -> None:
    assert found(declaring(whole, seconds)) == {"media-length-wrong": detail}


def test_a_gap_of_three_seconds_is_named_with_the_minute(tmp_path: Path) -> None:
    data = film(tmp_path, 200, **BODY_CAMERA, size=(160, 120), gap=(183, 186))
    assert found(data) == {"media-gap": "03:03–03:06"}
    facts, _ = probe_media(BytesSource(data))
    assert [(chapter.start_ms // 1000, chapter.end_ms // 1000) for chapter in chapters_of(facts)] == [
        (0, 183),
        (186, 200),
    ]


def test_twenty_kilobytes_overwritten_are_named_with_the_minute(whole: bytes) -> None:
    said = found(overwritten(whole))
    minutes = {place.partition(":")[0] for place in said["media-damaged"].partition(" (")[0].split(", ")}
    assert minutes <= {"01", "02"} and not is_whole(media_findings(probe_media(BytesSource(overwritten(whole)))[0]))


def test_a_stopped_clock_is_named_with_the_minute(tmp_path: Path) -> None:
    data = film(tmp_path, 100, video="mpeg4", rate=2)
    said = found(with_stopped_clock(data, first=130, frames=20))
    assert said["media-clock-stopped"].startswith("01:0") and "–01:1" in said["media-clock-stopped"]


def test_frozen_black_and_silent_stretches_are_named(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"video": "mpeg4", "audio": "aac", "rate": 4, "sound_rate": 8_000, "size": (160, 120)}
    said = found(film(tmp_path, 100, **plain, frozen=(62, 80), black=(84, 92), silent=(10, 25)))
    assert said["media-picture-frozen"] in ("01:02–01:19", "01:02–01:20")
    assert said["media-picture-black"] == "01:24–01:32"
    assert said["media-sound-silent"] in ("00:10–00:25", "00:10–00:24")
    assert set(said) == {"media-picture-frozen", "media-picture-black", "media-sound-silent"}


def test_a_clock_that_runs_in_a_still_picture_is_no_frozen_picture(tmp_path: Path) -> None:
    script: dict[str, Any] = {"audio": "aac", "sound_rate": 8_000, "rate": 4, "size": (640, 360), "clock_only": True}
    assert found(film(tmp_path, 25, **script)) == {}


def test_short_stretches_and_a_still_picture_without_sound_are_no_finding(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"video": "mpeg4", "rate": 4, "sound_rate": 8_000, "size": (160, 120)}
    assert found(film(tmp_path, 30, **plain, frozen=(2, 28))) == {}
    assert found(film(tmp_path, 30, **plain, audio="aac", frozen=(2, 8), black=(10, 13), silent=(15, 22))) == {}


def test_parts_tell_the_same_as_the_whole(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"video": "mpeg4", "audio": "aac", "rate": 4, "sound_rate": 8_000, "size": (160, 120)}
    data = film(tmp_path, 100, **plain, frozen=(22, 44), gap=(59, 63), silent=(70, 95))
    source = BytesSource(overwritten(data, 3_000))
    at_once, _ = probe_media(source)
    quick, _ = probe_media(source, seconds=0)
    checked: PartFacts | None = None
    while checked is None or not checked.ended:
        part = check_part(source, checked.until_ms if checked else 0, 30, step_ms=wave_step(quick.declared_ms))
        checked = part if checked is None else join_parts(checked, part)
    joined = whole_facts(quick, checked)
    assert joined.deep and joined.decoded_ms == at_once.decoded_ms and joined.decode_errors == at_once.decode_errors
    assert [stream.frames for stream in joined.streams] == [stream.frames for stream in at_once.streams]
    assert media_findings(joined) == media_findings(at_once)
    assert {"media-damaged", "media-gap", "media-picture-frozen", "media-sound-silent"} <= set(codes(joined))
    assert len(joined.wave) == pytest.approx(len(at_once.wave), abs=3)


def test_a_part_reads_only_its_part_of_the_file(whole: bytes) -> None:
    asked: list[int] = []

    class Counted(BytesSource):
        def read_at(self, offset: int, length: int) -> bytes:
            asked.append(length)
            return super().read_at(offset, length)

    part = check_part(Counted(whole), 120_000, 20)
    assert part.until_ms == 140_000 and not part.ended and part.tracks[0].frames == 20
    assert sum(asked) < len(whole) * 0.75
    assert check_part(BytesSource(whole), 1_000_000, 20).ended


def test_a_quick_look_samples_the_end_and_says_how_far_it_decoded(whole: bytes) -> None:
    facts, poster = probe_media(BytesSource(whole), seconds=0)
    assert not facts.deep and facts.checked_ms < 2_000 and poster
    assert facts.decoded_ms == pytest.approx(240_000, abs=600)
    assert codes(facts) == ["media-not-checked-whole"]
    looked, _ = probe_media(BytesSource(cut(whole)), seconds=0)
    assert looked.decoded_ms == pytest.approx(93_000, abs=3_000)
    assert "media-cut" in codes(looked)


def test_pictures_of_a_film_one_a_minute(whole: bytes) -> None:
    facts, _ = probe_media(BytesSource(whole), seconds=0)
    strip = picture_strip(BytesSource(whole), facts)
    assert strip is not None and strip.at_ms == (0, 60_000, 120_000, 180_000)
    assert strip.jpeg.startswith(b"\xff\xd8") and (strip.tile_width, strip.tile_height) == (160, 90)


def test_the_chapters_of_the_file_are_kept(tmp_path: Path) -> None:
    data = film(tmp_path, 20, "mkv", video="mpeg4", rate=2, chapters=[("到达现场", 0, 8), ("询问", 8, 20)])
    facts, _ = probe_media(BytesSource(data))
    assert [(one.title, one.start_ms, one.end_ms) for one in chapters_of(facts)] == [
        ("到达现场", 0, 8_000),
        ("询问", 8_000, 20_000),
    ]


def test_every_finding_has_words_and_every_word_a_place() -> None:
    assert {code for code, _ in LASTING.values()} <= WORDS.keys()
    assert finding_words("extension-differs", "x") is None
    for code in WORDS:
        zh, en = finding_words(code, "01:00 / 02:00") or ("", "")
        assert zh and en and "{" not in zh + en
        assert any("\u4e00" <= sign <= "\u9fff" for sign in zh)


def test_what_is_no_recording_is_refused() -> None:
    for data in (b"\x00\x00\x00\x18ftypisom" + bytes(2_000), b"RIFF\x00\x00\x00\x00AVI " + os.urandom(2_000)):
        with pytest.raises(Refusal, match=r"archive\.file-unreadable"):
            probe_media(BytesSource(data))


def test_a_playlist_that_points_elsewhere_is_no_recording() -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n"
    with pytest.raises(Refusal):
        probe_media(BytesSource(playlist))


def test_all_real_camera_files_are_probed() -> None:
    expected = {
        "dv-pal-interlaced.mov": ("dvvideo", 720),
        "hdv-720p25.mov": ("mpeg2video", 1280),
        "jpeg2000.mov": ("jpeg2000", 320),
        "photo-jpeg.mov": ("mjpeg", 320),
        "png.mov": ("png", 320),
        "xdcam-ex-720p25.mov": ("mpeg2video", 1280),
    }
    for path in sorted(samples.real("media").glob("*.mov")):
        source = BytesSource(path.read_bytes())
        assert inspect(source, path.name).format.pronom == "x-fmt/384"
        facts, poster = probe_media(source)
        assert (facts.streams[0].codec, facts.streams[0].width) == expected.pop(path.name)
        assert facts.declared_ms == facts.decoded_ms == 1_000 and codes(facts) == [] and poster
        assert facts.created_at.startswith("2012-11-16T")
    assert not expected


def test_memory_of_the_parent_stays_flat_for_a_long_recording(whole: bytes) -> None:
    largest = 0

    class Long(BytesSource):
        """The film with 3 GiB of free space behind it, which nobody reads."""

        @property
        def size(self) -> int:
            return len(self.data) + 3 * 1024**3

        def chunks(self):  # type: ignore[no-untyped-def]
            raise AssertionError("copied whole")

        def read_at(self, offset: int, length: int) -> bytes:
            nonlocal largest
            largest = max(largest, length)
            piece = super().read_at(offset, length)
            return piece + bytes(length - len(piece))

    facts, _ = probe_media(Long(whole), seconds=10)
    assert facts.decoded_ms == 240_000 and largest <= 1024 * 1024


def test_only_the_media_children_import_av() -> None:
    importing = {
        path.relative_to(ROOT / "archive").as_posix()
        for path in (ROOT / "archive").rglob("*.py")
        if any(line.startswith(("import av", "from av")) for line in path.read_text("utf-8").splitlines())
    }
    assert importing and all(name.startswith("renditions/children/media") for name in importing)
