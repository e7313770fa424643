"""Playing 播放规则: which recordings a browser plays as they are, and which want a viewing copy. Pure."""

from __future__ import annotations

from archive.renditions.terms import MediaFacts, StreamFacts

_H264 = frozenset({"", "Baseline", "Constrained Baseline", "Main", "High", "Extended"})
_MP4 = frozenset({"h264", "av1", "libdav1d", "vp9", "libvpx-vp9", "aac", "mp3", "mp3float", "opus", "libopus", "flac"})
_WEBM = frozenset({"vp8", "vp9", "libvpx", "libvpx-vp9", "av1", "libdav1d", "opus", "libopus", "vorbis", "libvorbis"})
_SOUND: dict[str, frozenset[str]] = {
    "mp3": frozenset({"mp3", "mp3float"}),
    "wav": frozenset({"pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le", "pcm_alaw", "pcm_mulaw"}),
    "flac": frozenset({"flac"}),
    "ogg": frozenset({"vorbis", "libvorbis", "opus", "libopus", "flac"}),
    "aac": frozenset({"aac"}),
}


def is_playable(facts: MediaFacts, media_type: str = "") -> bool:
    """Whether Chromium and Firefox play the recording as it is 浏览器可直接播放: container, codec and profile.

    ``media_type`` tells WebM from other Matroska (the probe calls both the same); Matroska itself is not played.
    Where it is False a viewing copy is made; the original stays the record.
    """
    names = facts.container.split(",")
    if "mov" in names:
        return all(_is_in(stream, _MP4) for stream in facts.streams)
    if "webm" in names:
        return media_type in ("video/webm", "audio/webm") and all(_is_in(stream, _WEBM) for stream in facts.streams)
    known = next((codecs for name, codecs in _SOUND.items() if name in names), frozenset[str]())
    return all(stream.kind == "audio" and stream.codec in known for stream in facts.streams)


def _is_in(stream: StreamFacts, codecs: frozenset[str]) -> bool:
    return stream.codec in codecs and (stream.codec != "h264" or stream.profile in _H264)
