"""What was really recorded counts, not what the file claims; memory stays flat; only one program imports av."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.kernel.refusals import Refusal
from archive.renditions.recordings import media_findings
from archive.renditions.sources import BytesSource
from archive.renditions.terms import MediaFacts
from archive.renditions.workshop import inspect, probe_media
from tests.archive.renditions import samples

ROOT = Path(__file__).resolve().parents[3]


def film(folder: Path, seconds: int, *gap: int, kind: str = "mp4") -> bytes:
    path = folder / f"film.{kind}"
    words = [sys.executable, "-m", "tests.archive.renditions.media_samples", str(path), str(seconds), *map(str, gap)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return film(tmp_path_factory.mktemp("film"), 20)


def codes(facts: MediaFacts) -> list[str]:
    return [finding.code for finding in media_findings(facts)]


def test_a_whole_film_has_no_finding(whole: bytes) -> None:
    facts, poster = probe_media(BytesSource(whole))
    assert facts.deep and codes(facts) == [] and facts.decode_errors == 0
    assert facts.declared_ms == facts.decoded_ms == 20_000
    assert (facts.streams[0].kind, facts.streams[0].codec, facts.streams[0].frames) == ("video", "mpeg4", 200)
    assert poster.startswith(b"\xff\xd8")


def test_a_film_cut_at_40_percent_still_claims_its_length_and_is_found_out(whole: bytes) -> None:
    facts, _ = probe_media(BytesSource(whole[: len(whole) * 2 // 5]))
    assert facts.declared_ms == 20_000
    assert facts.decoded_ms is not None and 6_000 < facts.decoded_ms < 9_000
    assert "media-cut" in codes(facts)


def test_a_gap_is_named_with_its_place(tmp_path: Path) -> None:
    facts, _ = probe_media(BytesSource(film(tmp_path, 12, 5, 8)))
    (gap,) = facts.gaps
    assert gap.start_ms == pytest.approx(5_000, abs=100) and gap.end_ms == 8_000
    assert "media-gap" in codes(facts)


def test_overwritten_bytes_are_found_near_their_place(whole: bytes) -> None:
    middle = len(whole) // 2
    facts, _ = probe_media(BytesSource(whole[:middle] + os.urandom(8_000) + whole[middle + 8_000 :]))
    assert facts.decode_errors > 0 and "media-damaged" in codes(facts)
    assert any(5_000 < place < 15_000 for place in facts.error_at_ms)


def test_a_quick_look_samples_the_end_and_says_how_far_it_decoded(whole: bytes) -> None:
    facts, poster = probe_media(BytesSource(whole), seconds=0)
    assert not facts.deep and facts.checked_ms < 1_000 and poster
    assert facts.decoded_ms == pytest.approx(20_000, abs=500)
    assert codes(facts) == ["media-not-checked-whole"]
    cut, _ = probe_media(BytesSource(whole[: len(whole) * 2 // 5]), seconds=0)
    assert cut.decoded_ms == pytest.approx(8_000, abs=1_500)
    assert "media-cut" in codes(cut)


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

    facts, _ = probe_media(Long(whole))
    assert facts.decoded_ms == 20_000 and largest <= 1024 * 1024


def test_only_the_media_child_imports_av() -> None:
    importing = [
        path.name
        for path in (ROOT / "archive").rglob("*.py")
        if any(line.startswith(("import av", "from av")) for line in path.read_text("utf-8").splitlines())
    ]
    assert importing == ["media.py"]
