"""Walk through a recording 逐帧解码: decodes packet by packet from one moment to another and notes what is wrong where.

An error in one packet is counted at its own time and the next one tried. All times are milliseconds from the start of
the recording.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import av
import av.logging

from archive.renditions.children.media_senses import LISTED, Hearing, Sight
from archive.renditions.media_terms import PartFacts, TrackPart
from archive.renditions.terms import Gap, Stretch, StretchKind

GAP_MS = 1_000
_FRAME_MS = 200
_SHORT_MS = 1_000
_PREROLL_MS = 2_000
_BEYOND_MS = 10_000
_ERRORS_LISTED = 100

OnFrame = Callable[[Any], None]


@dataclass
class Track:
    """What has been seen of one stream so far 单个流."""

    stream: Any
    found: list[Stretch]
    frames: int = 0
    first_ms: int | None = None
    end_ms: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    _last: int | None = None
    _standing: int = 0

    def see(self, start: int, frame: Any) -> None:
        """A frame that begins at ``start``."""
        self.frames += 1
        length = self.length(frame)
        if self.end_ms is None:
            self.first_ms = start
        elif start - self.end_ms > GAP_MS and len(self.gaps) < LISTED:
            self.gaps.append(Gap(self.stream.index, self.end_ms, start))
        if self._last is not None and start <= self._last:
            self._standing += length
            if start < self._last - GAP_MS:
                self._tell(StretchKind.CLOCK_BACK, start, self._last)
        else:
            self.close()
        self._last = start
        self.end_ms = max(self.end_ms or 0, start + length)

    def close(self) -> None:
        """The clock moves on, or nothing more comes."""
        if self._standing and self._last is not None:
            self._tell(StretchKind.CLOCK_STOPPED, self._last, self._last + self._standing)
        self._standing = 0

    def _tell(self, kind: StretchKind, start: int, end: int) -> None:
        if len(self.found) < LISTED:
            self.found.append(Stretch(kind, self.stream.index, start, end))

    def length(self, frame: Any) -> int:
        """How long a frame lasts, in milliseconds."""
        if self.stream.type == "audio":
            return round(1000 * int(frame.samples) / max(1, int(frame.sample_rate)))
        rate = float(self.stream.average_rate or 0)
        nominal = 1000 / rate if rate else 0.0
        length = 1000 * float(frame.duration * frame.time_base) if frame.duration and frame.time_base else nominal
        # MP4 stretches the last frame before a gap over the whole gap: nobody filmed that
        return round(min(max(_FRAME_MS, 1.5 * nominal), length))


class Walk:
    """One walk 一次检查 over ``streams`` from ``from_ms`` to ``to_ms`` (None: to the end), at most until ``until``."""

    def __init__(
        self,
        container: Any,
        streams: list[Any],
        origin_ms: float,
        *,
        from_ms: int = 0,
        to_ms: int | None = None,
        step_ms: int = 1_000,
        on_picture: OnFrame | None = None,
    ) -> None:
        self._container, self._streams, self._origin = container, streams, origin_ms
        self.from_ms, self._to, self._step = from_ms, to_ms, step_ms
        self.found: list[Stretch] = []
        self.tracks = {stream.index: Track(stream, self.found) for stream in streams}
        self.reached_ms, self.whole, self.ended = from_ms, False, False
        self.errors, self.error_at = 0, set[int]()
        video = [stream.index for stream in streams if stream.type == "video"]
        audio = [stream.index for stream in streams if stream.type == "audio"]
        self._sights = {index: Sight(index, self.found) for index in video[:1]}
        self._ears = {index: Hearing(index, self.found, from_ms, step_ms) for index in audio}
        self._on_picture = on_picture

    def go(self, until: float) -> None:
        """Walks; ``until`` is on the monotonic clock, and some progress is made however late it is."""
        if self.from_ms:
            try:
                self._container.seek(round((max(0, self.from_ms - _PREROLL_MS) + self._origin) * 1000))
            except (av.error.FFmpegError, OSError):
                self._fail(self.from_ms)
        passed: set[int] = set()
        for packet in self._packets():
            at = self._moment(packet)
            if self._to is not None and at is not None and packet.dts is not None and at >= self._to:
                passed.add(packet.stream.index)
                if len(passed) == len(self._streams) or at > self._to + _BEYOND_MS:
                    self.whole = True
                    break
                continue
            self._decode(packet, at)
            if time.monotonic() > until and self.reached_ms > self.from_ms:
                break
        else:
            self.whole = self.ended = True
        self._close()

    def _close(self) -> None:
        if self.whole and not self.ended:
            for stream in self._streams:
                self._drain(stream)
        for track in self.tracks.values():
            track.close()
        for sight in self._sights.values():
            sight.close()
        for ear in self._ears.values():
            ear.close()

    def part(self) -> PartFacts:
        """What this walk showed."""
        until = self._to if self.whole and self._to is not None and not self.ended else self._safe_ms()
        ear = next(iter(self._ears.values()), None)
        return PartFacts(
            from_ms=self.from_ms,
            until_ms=until,
            ended=self.ended,
            tracks=tuple(
                TrackPart(index, track.stream.type, track.first_ms, track.end_ms, track.frames)
                for index, track in self.tracks.items()
            ),
            decode_errors=self.errors,
            error_at_ms=tuple(sorted(self.error_at)),
            gaps=tuple(gap for track in self.tracks.values() for gap in track.gaps),
            stretches=tuple(stretch for stretch in self.found if self._worth(stretch, until)),
            wave=ear.wave() if ear else (),
            wave_ms=self._step if ear else 0,
        )

    def _safe_ms(self) -> int:
        """How far every stream that still runs was seen: where a walk that ran out of time can be taken up again."""
        ends = [track.end_ms for track in self.tracks.values() if track.end_ms is not None]
        running = [end for end in ends if end > self.reached_ms - _BEYOND_MS]
        return self.reached_ms if self.ended or not running else min(running)

    def _worth(self, stretch: Stretch, until: int) -> bool:
        edge = stretch.start_ms - self.from_ms < _SHORT_MS or until - stretch.end_ms < _SHORT_MS
        return edge or stretch.end_ms - stretch.start_ms >= _SHORT_MS

    def _packets(self) -> Iterator[Any]:
        """Packets until the end; where the file breaks off with an error, that is the end, and an error."""
        packets = self._container.demux(self._streams)
        while True:
            with av.logging.Capture(local=False) as said:
                try:
                    packet = next(packets, None)
                except (av.error.FFmpegError, OSError):
                    self._fail(self.reached_ms)
                    packet = None
            if said:
                self._fail(self.reached_ms, len(said))
            if packet is None:
                return
            yield packet

    def _moment(self, packet: Any) -> int | None:
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None or packet.time_base is None:
            return None
        return round(float(stamp * packet.time_base) * 1000 - self._origin)

    def _decode(self, packet: Any, at: int | None) -> None:
        place = self.reached_ms if at is None else at
        if packet.is_corrupt:
            self._fail(place)
        with av.logging.Capture(local=False) as said:
            try:
                for frame in packet.decode():
                    self._see(frame, packet.stream.index)
            except (av.error.FFmpegError, ValueError):
                self._fail(place)
        if said:
            self._fail(place, len(said))

    def _drain(self, stream: Any) -> None:
        """The frames that a decoder still holds when the walk stops before the end."""
        try:
            for frame in stream.codec_context.decode(None):
                self._see(frame, stream.index)
        except (av.error.FFmpegError, ValueError, EOFError):
            return

    def _see(self, frame: Any, index: int) -> None:
        track = self.tracks[index]
        start = track.end_ms or self.from_ms
        if frame.pts is not None and frame.time_base is not None:
            start = round(float(frame.pts * frame.time_base) * 1000 - self._origin)
        if (self.from_ms and start < self.from_ms) or (self._to is not None and start >= self._to):
            return
        track.see(start, frame)
        self.reached_ms = max(self.reached_ms, track.end_ms or 0)
        if getattr(frame, "is_corrupt", False):
            self._fail(start)
        if index in self._sights:
            self._sights[index].see(frame, start)
            if self._on_picture is not None:
                self._on_picture(frame)
        elif index in self._ears:
            self._ears[index].hear(frame, start)

    def _fail(self, place: int, count: int = 1) -> None:
        if (self.from_ms and place < self.from_ms) or (self._to is not None and place >= self._to):
            return
        self.errors += count
        if len(self.error_at) < _ERRORS_LISTED:
            self.error_at.add(max(0, place))
