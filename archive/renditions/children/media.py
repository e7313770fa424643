"""Child program for recordings 子程序: the only place that imports ``av`` (its wheel carries GPL parts).

Everything is decoded, as far as the time allows: a cut file still claims its full length, so only what was really
decoded counts. Nothing is written; one poster frame is all that leaves beside the facts.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import av
import av.logging
from PIL import ImageStat

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request, Unfit
from archive.renditions.terms import Gap, MediaFacts, StreamFacts

_FORMATS = "mov,mp4,matroska,webm,avi,mpeg,mpegts,mpegvideo,wav,w64,mp3,flac,ogg,amr,mxf,asf,dv,aac,flv"
_STREAMS_CAP = 32
_GAP_MS = 1_000
_FRAME_MS = 200
_LISTED = 100
_POSTER_SIDE = 640
_POSTER_TRIES = 100
_FLAT = 6.0
_SAMPLES = 12


@dataclass
class _Track:
    """What has been seen of one stream so far; times in milliseconds from the start of the recording."""

    stream: Any
    frames: int = 0
    end_ms: int | None = None
    gaps: list[Gap] = field(default_factory=list)

    def see(self, frame: Any, origin_ms: float) -> None:
        self.frames += 1
        if frame.pts is None or frame.time_base is None:
            return
        start = round(float(frame.pts * frame.time_base) * 1000 - origin_ms)
        if self.end_ms is not None and start - self.end_ms > _GAP_MS and len(self.gaps) < _LISTED:
            self.gaps.append(Gap(self.stream.index, self.end_ms, start))
        self.end_ms = max(self.end_ms or 0, start + self._length(frame))

    def _length(self, frame: Any) -> int:
        if self.stream.type == "audio":
            return round(1000 * int(frame.samples) / max(1, int(frame.sample_rate)))
        rate = self.stream.average_rate
        length = float(frame.duration * frame.time_base) if frame.duration else 1 / float(rate) if rate else 0.0
        # MP4 stretches the last frame before a gap over the whole gap: nobody filmed that
        return min(_FRAME_MS, round(1000 * length))


@dataclass
class _Pass:
    """One pass over the recording: tracks, errors and where, the poster, how far it got."""

    tracks: dict[int, _Track]
    origin_ms: float
    errors: int = 0
    error_at: list[int] = field(default_factory=list)
    poster: bytes = b""
    tried: int = 0
    reached_ms: int = 0
    whole: bool = False

    def fail(self, count: int = 1) -> None:
        self.errors += count
        if not self.error_at or self.error_at[-1] != self.reached_ms:
            self.error_at = [*self.error_at, self.reached_ms][:_LISTED]

    def see(self, frame: Any, index: int) -> None:
        track = self.tracks[index]
        track.see(frame, self.origin_ms)
        self.reached_ms = max(self.reached_ms, track.end_ms or 0)
        if getattr(frame, "is_corrupt", False):
            self.fail()
        if track.stream.type == "video" and self.tried < _POSTER_TRIES:
            self._offer(frame)

    def _offer(self, frame: Any) -> None:
        """The first frame that shows something; the very first when all are flat."""
        self.tried += 1
        if self.tried % 5 != 1:
            return
        image = frame.to_image()
        image.thumbnail((_POSTER_SIDE, _POSTER_SIDE))
        flat = max(ImageStat.Stat(image).stddev) < _FLAT
        if not flat or not self.poster:
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=85)
            self.poster = out.getvalue()
        if not flat:
            self.tried = _POSTER_TRIES


def probe(request: Request) -> Answer:
    """Facts of the recording and a poster frame (blob, empty without picture); decodes for at most ``seconds``."""
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    until = time.monotonic() + float(request["seconds"])
    with _open(request) as container:
        streams = [s for s in container.streams if s.type in ("audio", "video") and s.codec_context is not None]
        if not streams:
            raise Unfit("no-stream")
        if len(container.streams) > _STREAMS_CAP:
            raise Unfit("members", detail=f"{len(container.streams)} streams")
        seen = _Pass({s.index: _Track(s) for s in streams}, (container.start_time or 0) / 1000)
        _decode(container, streams, seen, until)
        if not seen.tracks or all(track.frames == 0 for track in seen.tracks.values()):
            raise Unfit("damaged", detail="nothing could be decoded")
        declared = _declared(container)
        decoded = seen.reached_ms if seen.whole else _last_decodable(request, seen.reached_ms, declared, seen.origin_ms)
        facts = _facts(container, seen, declared, decoded)
    return Answer(facts, (seen.poster,))


def _open(request: Request) -> Any:
    source = runtime.shared_source(request)
    try:
        container = av.open(
            source,
            mode="r",
            options={"format_whitelist": _FORMATS, "protocol_whitelist": "none"},
            metadata_errors="replace",
            buffer_size=256 * 1024,
        )
    except (av.error.FFmpegError, ValueError, OSError):
        raise Unfit("damaged") from None
    for stream in container.streams:
        if stream.type in ("audio", "video") and stream.codec_context is not None:
            stream.codec_context.thread_count = 2
    return container


def _decode(container: Any, streams: list[Any], seen: _Pass, until: float) -> None:
    """Decode packet by packet; an error in one packet is counted and the next one tried."""
    for packet in _packets(container, streams, seen):
        if packet.is_corrupt:
            seen.fail()
        with av.logging.Capture(local=False) as said:
            try:
                for frame in packet.decode():
                    seen.see(frame, packet.stream.index)
            except (av.error.FFmpegError, ValueError):
                seen.fail()
        if said:
            seen.fail(len(said))
        if time.monotonic() > until and seen.reached_ms:
            return
    seen.whole = True


def _packets(container: Any, streams: list[Any], seen: _Pass) -> Iterator[Any]:
    """Packets until the end; where the file breaks off with an error, that is the end, and an error."""
    try:
        yield from container.demux(streams)
    except (av.error.FFmpegError, OSError):
        seen.fail()


def _declared(container: Any) -> int | None:
    return round(container.duration / 1000) if container.duration is not None else None


def _last_decodable(request: Request, reached: int, declared: int | None, origin_ms: float) -> int | None:
    """Where the time did not allow for everything: the last place, found by halving, from which a frame decodes."""
    if declared is None or declared <= reached:
        return reached
    low, high = reached, declared
    for wanted in [declared - 1_000, *([-1] * _SAMPLES)]:
        place = (low + high) // 2 if wanted < 0 else max(reached, wanted)
        found = _decodes_at(request, place, origin_ms)
        if found is None:
            high = place
        else:
            low = max(low, found)
            if wanted >= 0:
                return low
        if high - low < 500:
            break
    return low


def _decodes_at(request: Request, place: int, origin_ms: float) -> int | None:
    """The end of the last frame within a few packets from ``place`` on; None when nothing there decodes."""
    last: int | None = None
    with _open(request) as container:
        stream = (*container.streams.video, *container.streams.audio)[0]
        track = _Track(stream)
        try:
            container.seek(round((place + origin_ms) * 1000))
            for count, frame in enumerate(container.decode(stream)):
                track.see(frame, origin_ms)
                last = track.end_ms
                if count > 250:
                    break
        except (av.error.FFmpegError, ValueError, OSError):
            return last if last is not None and last >= place else None
    return last if last is not None and last >= place - 2_000 else None


def _facts(container: Any, seen: _Pass, declared: int | None, decoded: int | None) -> MediaFacts:
    tags = _tags(container)
    return MediaFacts(
        container=str(container.format.name),
        declared_ms=declared,
        decoded_ms=decoded,
        checked_ms=seen.reached_ms,
        deep=seen.whole,
        streams=tuple(_stream(track) for track in seen.tracks.values()),
        decode_errors=seen.errors,
        error_at_ms=tuple(seen.error_at),
        gaps=tuple(gap for track in seen.tracks.values() for gap in track.gaps),
        created_at=_tag(tags, "com.apple.quicktime.creationdate", "creation_time", "date", "icrd"),
        make=_tag(tags, "com.apple.quicktime.make", "make", "com.android.manufacturer"),
        model=_tag(tags, "com.apple.quicktime.model", "model", "com.android.model"),
        software=_tag(tags, "com.apple.quicktime.software", "software", "encoder", "isft"),
        timecode=_tag(tags, "timecode"),
        place=_tag(tags, "com.apple.quicktime.location.iso6709", "location", "location-eng"),
    )


def _tags(container: Any) -> dict[str, str]:
    """Metadata of the container, then of its streams, keys in lower case, the first one said wins."""
    tags: dict[str, str] = {}
    for holder in (container, *container.streams):
        for key, value in holder.metadata.items():
            tags.setdefault(key.lower(), value)
    return tags


def _tag(tags: Mapping[str, str], *names: str) -> str:
    value = next((tags[name] for name in names if tags.get(name)), "")
    return "".join(character for character in value if character.isprintable()).strip()[:120]


def _stream(track: _Track) -> StreamFacts:
    stream, codec = track.stream, track.stream.codec_context
    video = stream.type == "video"
    declared = stream.duration
    rate = stream.average_rate if video else None
    return StreamFacts(
        index=stream.index,
        kind=stream.type,
        codec=str(codec.name),
        profile=str(codec.profile or ""),
        width=codec.width if video else 0,
        height=codec.height if video else 0,
        frame_rate=round(float(rate), 3) if rate else 0.0,
        sample_rate=0 if video else int(codec.sample_rate or 0),
        channels=0 if video else int(codec.layout.nb_channels),
        bit_rate=int(codec.bit_rate or 0),
        declared_ms=round(float(declared * stream.time_base) * 1000) if declared is not None else None,
        decoded_ms=track.end_ms,
        frames=track.frames,
    )


if __name__ == "__main__":
    runtime.run({"media.probe": probe})
