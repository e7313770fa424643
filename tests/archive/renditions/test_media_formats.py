"""Motion and camera formats that enforcement devices write: told by content, probed right, playable or copied."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.renditions.formats import identify
from archive.renditions.media_playing import is_playable
from archive.renditions.recordings import media_findings
from archive.renditions.sources import BytesSource
from archive.renditions.terms import MediaFacts, StreamFacts
from archive.renditions.workshop import probe_media
from tests.archive.renditions.films import film


@dataclass(frozen=True)
class Made:
    kind: str
    name: str
    codecs: tuple[str, ...]
    playable: bool
    script: dict[str, Any]
    length: int = 4_000


PICTURES: dict[str, Any] = {"size": (176, 144), "rate": 10}
DV: dict[str, Any] = {"video": "dvvideo", "size": (720, 576), "rate": 25}
MADE = [
    Made("avi", "AVI", ("mjpeg", "pcm_s16le"), False, PICTURES | {"video": "mjpeg", "audio": "pcm_s16le"}),
    Made("dv", "DV", ("dvvideo",), False, DV, 400),
    Made(
        "m2t",
        "MPEG transport stream",
        ("mpeg2video", "mp2"),
        False,
        PICTURES | {"video": "mpeg2video", "rate": 25, "audio": "mp2", "format": "mpegts"},
    ),
    Made(
        "mpg",
        "MPEG program stream",
        ("mpeg2video", "mp2"),
        False,
        PICTURES | {"video": "mpeg2video", "rate": 25, "audio": "mp2", "format": "vob"},
    ),
    Made(
        "3gp",
        "3GP",
        ("h263", "amrnb"),
        False,
        PICTURES | {"video": "h263", "audio": "libopencore_amrnb", "sound_rate": 8_000},
    ),
    Made("amr", "AMR", ("amrnb",), False, {"video": None, "audio": "libopencore_amrnb", "sound_rate": 8_000}),
    Made("wav", "WAVE", ("pcm_s16le",), True, {"video": None, "audio": "pcm_s16le"}),
    Made("mp3", "MP3", ("mp3float",), True, {"video": None, "audio": "libmp3lame"}),
    Made("wmv", "ASF", ("wmv2",), False, PICTURES | {"video": "wmv2", "format": "asf"}),
    Made("mp4", "MP4", ("h264", "aac"), True, PICTURES | {"audio": "aac"}),
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: str(made.kind))
def test_camera_formats(tmp_path: Path, made: Made) -> None:
    data = film(tmp_path, made.length / 1000, made.kind, **made.script)
    assert identify(data[: 64 * 1024], data[-4096:], len(data)).name == made.name
    facts, poster = probe_media(BytesSource(data))
    assert tuple(stream.codec for stream in facts.streams) == made.codecs
    assert facts.decoded_ms == pytest.approx(made.length, abs=150) and facts.deep
    assert [finding.code for finding in media_findings(facts)] in ([], ["media-length-unknown"])
    assert is_playable(facts) is made.playable and bool(poster) is bool(made.script.get("video", "libx264"))


def facts_of(container: str, *streams: StreamFacts) -> MediaFacts:
    return MediaFacts(container, 1, 1, 1, True, streams, 0, (), ())


MOV, MKV = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"
H264, AAC = StreamFacts(0, "video", "h264", "High"), StreamFacts(1, "audio", "aac")
VP9, OPUS = StreamFacts(0, "video", "vp9"), StreamFacts(1, "audio", "opus")

PLAYING = [
    (facts_of(MOV, H264, AAC), "video/mp4", True),
    (facts_of(MOV, H264, AAC), "video/quicktime", True),
    (facts_of(MOV, StreamFacts(0, "video", "h264", "High 4:2:2"), AAC), "video/mp4", False),
    (facts_of(MOV, StreamFacts(0, "video", "h264", "High 10"), AAC), "video/mp4", False),
    (facts_of(MOV, StreamFacts(0, "video", "hevc", "Main"), AAC), "video/mp4", False),
    (facts_of(MOV, H264, StreamFacts(1, "audio", "pcm_s16be")), "video/quicktime", False),
    (facts_of(MOV, H264, StreamFacts(1, "audio", "amrnb")), "video/3gpp", False),
    (facts_of(MKV, VP9, OPUS), "video/webm", True),
    (facts_of(MKV, VP9, OPUS), "video/x-matroska", False),
    (facts_of(MKV, H264, AAC), "video/webm", False),
    (facts_of("avi", H264), "video/x-msvideo", False),
    (facts_of("wav", StreamFacts(0, "audio", "pcm_s16le")), "audio/x-wav", True),
    (facts_of("wav", StreamFacts(0, "audio", "adpcm_ms")), "audio/x-wav", False),
    (facts_of("ogg", StreamFacts(0, "video", "theora")), "application/ogg", False),
    (facts_of("mpegts", H264, AAC), "video/mp2t", False),
]


@pytest.mark.parametrize(("facts", "media_type", "expected"), PLAYING)
def test_what_a_browser_plays(facts: MediaFacts, media_type: str, expected: bool) -> None:
    assert is_playable(facts, media_type) is expected
