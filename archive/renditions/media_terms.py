"""Terms of recordings 音像用语: one part of a check, how it goes on, strips of pictures, viewing copies."""

from __future__ import annotations

from dataclasses import dataclass

from archive.renditions.terms import Gap, MediaFacts, Stretch

PROBE = ".probe.json"
"""How the name of a sealed probe ends."""


@dataclass(frozen=True, slots=True)
class TrackPart:
    """What was decoded of one stream within a part 流的一段: first and last moment (None: nothing), frames."""

    stream: int
    kind: str
    first_ms: int | None = None
    end_ms: int | None = None
    frames: int = 0


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What one part of a recording showed 分段检查结果, ``from_ms`` to ``until_ms``; parts that meet can be joined.

    ``ended`` means that the recording had nothing more. ``wave`` holds a pair for each step of ``wave_ms`` from
    ``from_ms`` on. Stretches are told however short where they touch an edge: only the whole can judge them.
    """

    from_ms: int
    until_ms: int
    ended: bool
    tracks: tuple[TrackPart, ...]
    decode_errors: int = 0
    error_at_ms: tuple[int, ...] = ()
    gaps: tuple[Gap, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    wave: tuple[tuple[int, int], ...] = ()
    wave_ms: int = 0


@dataclass(frozen=True, slots=True)
class PictureStrip:
    """Pictures of a recording side by side 画面条: one JPEG of tiles of equal size, and the moment of each."""

    jpeg: bytes
    tile_width: int
    tile_height: int
    at_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ViewingCopy:
    """A viewing copy 浏览版 for browsers: what it is; the original stays the record.

    ``corrections`` are (offset, bytes) that its maker wrote last, over bytes that had gone out already.
    """

    media_type: str
    codecs: tuple[str, ...]
    size: int
    duration_ms: int
    corrections: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What take-in found of a recording 接收时探测, as it is sealed beside the original.

    The tiles of the picture strip lie side by side, one for each of ``at_ms``.
    """

    facts: MediaFacts
    tile_width: int = 0
    tile_height: int = 0
    at_ms: tuple[int, ...] = ()
