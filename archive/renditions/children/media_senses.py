"""Senses 画面与声音感知: black and frozen picture, silence and the wave of sound, told from frames as they come by."""

from __future__ import annotations

import io
from array import array
from dataclasses import dataclass, field
from operator import sub
from typing import Any

import av
from PIL import ImageStat

from archive.renditions.terms import Stretch, StretchKind

LISTED = 1_000
_BREAK_MS = 2_000
_LOOK_MS = 500
_SMALL = (96, 72)
_DARK = bytes(range(36))
_DARK_SHARE = 0.005
_MOVED = 12
_SAME_MEAN, _SAME_POINTS = 0.5, 1
_NEAR_MEAN, _NEAR_POINTS = 1.0, 20
_LOOKS = 6
_RATE = 8_000
_QUIET = 8
_BINS_CAP = 20_000
_POSTER_SIDE = 640
_POSTER_TRIES = 100
_FLAT = 6.0


@dataclass
class Run:
    """Something that lasts 持续状态: neighbouring moments of one kind become one stretch."""

    kind: StretchKind
    stream: int
    found: list[Stretch]
    start: int | None = None
    end: int = 0

    def tell(self, yes: bool, start: int, end: int) -> None:
        """What was so from ``start`` to ``end``, in order of time."""
        if self.start is not None and (not yes or start - self.end > _BREAK_MS):
            self.close()
        if yes:
            self.start = start if self.start is None else self.start
            self.end = max(self.end, end)

    def close(self) -> None:
        """Nothing more comes."""
        if self.start is not None and len(self.found) < LISTED:
            self.found.append(Stretch(self.kind, self.stream, self.start, self.end))
        self.start, self.end = None, 0


class Sight:
    """Looks at the picture twice a second 画面: a small grey point sample, dark or the same as before."""

    def __init__(self, stream: int, found: list[Stretch]) -> None:
        self._black = Run(StretchKind.BLACK, stream, found)
        self._frozen = Run(StretchKind.FROZEN, stream, found)
        self._looks: list[bytes] = []
        self._last, self._next = 0, 0

    def see(self, frame: Any, start: int) -> None:
        """A frame that begins at ``start`` milliseconds."""
        if start < self._next:
            return
        self._next = start + _LOOK_MS
        small = frame.reformat(*_SMALL, format="gray", interpolation="POINT")
        plane = small.planes[0]
        rows = bytes(plane)
        look = b"".join(rows[at * plane.line_size : at * plane.line_size + _SMALL[0]] for at in range(_SMALL[1]))
        dark = len(look.translate(None, _DARK)) <= _DARK_SHARE * len(look)
        self._black.tell(dark, start, start + _LOOK_MS)
        self._frozen.tell(self._is_still(look) and not dark, self._last, start)
        self._last = start

    def _is_still(self, look: bytes) -> bool:
        """The same as a moment ago. An encoder draws a picture that stands still in a few ways, again and again; a
        running clock in the corner draws ever new ones.
        """
        if any(_is_alike(look, other, _SAME_MEAN, _SAME_POINTS) for other in self._looks):
            return True
        if self._looks and len(self._looks) < _LOOKS and _is_alike(look, self._looks[0], _NEAR_MEAN, _NEAR_POINTS):
            self._looks.append(look)
            return True
        self._looks = [look]
        return False

    def close(self) -> None:
        """Nothing more comes."""
        self._black.close()
        self._frozen.close()


class Hearing:
    """Listens to one audio stream 声音: the lowest and highest value of each step, and where nothing is heard."""

    def __init__(self, stream: int, found: list[Stretch], from_ms: int, step_ms: int) -> None:
        self._silent = Run(StretchKind.SILENT, stream, found)
        self._from, self._step = from_ms, step_ms
        self._bins: dict[int, tuple[int, int]] = {}
        self._resampler = self._fresh()

    @staticmethod
    def _fresh() -> Any:
        return av.AudioResampler(format="s16", layout="mono", rate=_RATE)

    def hear(self, frame: Any, start: int) -> None:
        """A frame of sound that begins at ``start`` milliseconds."""
        try:
            made = self._resampler.resample(frame)
        except (av.error.FFmpegError, ValueError):
            self._resampler = self._fresh()
            return
        for piece in made:
            values = array("h", bytes(piece.planes[0])[: 2 * piece.samples])
            start = self._take(values, start)

    def _take(self, values: array[int], start: int) -> int:
        many = _RATE // 10
        for at in range(0, len(values), many):
            some = values[at : at + many]
            low, high = min(some), max(some)
            place = (start - self._from) // self._step
            before = self._bins.get(place, (0, 0))
            if 0 <= place < _BINS_CAP:
                self._bins[place] = min(before[0], low), max(before[1], high)
            end = start + round(1000 * len(some) / _RATE)
            self._silent.tell(max(high, -low) <= _QUIET, start, end)
            start = end
        return start

    def wave(self) -> tuple[tuple[int, int], ...]:
        """A pair for each step, from -100 to 100."""
        pairs = (self._bins.get(place, (0, 0)) for place in range(max(self._bins, default=-1) + 1))
        return tuple((low * 100 // 32_768, -(-high * 100 // 32_768)) for low, high in pairs)

    def close(self) -> None:
        """Nothing more comes."""
        self._silent.close()


@dataclass
class Poster:
    """The first frame that shows something 首帧画面; the very first when all are flat."""

    jpeg: bytes = b""
    tried: int = field(default=0)

    def offer(self, frame: Any) -> None:
        """A frame that may become the poster."""
        self.tried += 1
        if self.tried > _POSTER_TRIES or self.tried % 5 != 1:
            return
        image = frame.to_image()
        image.thumbnail((_POSTER_SIDE, _POSTER_SIDE))
        flat = max(ImageStat.Stat(image).stddev) < _FLAT
        if not flat or not self.jpeg:
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=85)
            self.jpeg = out.getvalue()
        if not flat:
            self.tried = _POSTER_TRIES


def _is_alike(one: bytes, other: bytes, mean: float, points: int) -> bool:
    """Equal, or different by no more than ``mean`` in all and in no more than ``points`` places."""
    if one == other:
        return True
    apart = [abs(difference) for difference in map(sub, one, other)]
    moved = sum(difference > _MOVED for difference in apart)
    return bool(moved <= points and sum(apart) <= mean * len(apart))
