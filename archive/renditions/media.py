"""Recordings in parts and pictures 音像分段检查与画面: what goes beyond the first look of ``workshop.probe_media``."""

from __future__ import annotations

import json

from pydantic import TypeAdapter, ValidationError

from archive.renditions.limits import MIB, Limits
from archive.renditions.media_terms import PartFacts, PictureStrip
from archive.renditions.reasons import reason_refusal
from archive.renditions.sandbox import run_child
from archive.renditions.sources import PlainSource
from archive.renditions.terms import MediaFacts

_PART: TypeAdapter[PartFacts] = TypeAdapter(PartFacts)
PART_LIMITS = Limits(wall_s=30.0, cpu_s=60, output=4 * MIB)
"""Limits of one part: it stops by itself after 20 seconds and tells how far it got."""
PART_S = 120
"""Seconds of recording in one part: what a killed worker loses at most."""
_BUDGET_S = 20.0
_MINUTE_MS = 60_000
_TILES = 60


def check_part(
    source: PlainSource, from_ms: int, seconds: float = PART_S, *, step_ms: int = 1_000, limits: Limits = PART_LIMITS
) -> PartFacts:
    """Decodes ``seconds`` of a recording from ``from_ms`` on 分段检查; the child reads only that part of the file.

    The answer's ``until_ms`` is where the next part begins; ``ended`` says that there is none. ``step_ms`` must be the
    same for all parts of a recording (``recordings.wave_step``). Refuses a recording
    of which not even one frame decodes in the time.
    """
    if from_ms < 0 or seconds <= 0 or step_ms < 20:
        raise ValueError("a part lies within its recording")
    to_ms = from_ms + round(seconds * 1000)
    result = run_child(
        "media.part",
        source,
        limits,
        served=True,
        from_ms=from_ms,
        to_ms=to_ms,
        step_ms=step_ms,
        seconds=min(_BUDGET_S, limits.wall_s * 0.7),
    ).require()
    try:
        part = _PART.validate_json(json.dumps(result.value), strict=True)
    except (ValidationError, ValueError):
        raise reason_refusal("protocol") from None
    if part.from_ms != from_ms:
        raise reason_refusal("protocol")
    if part.until_ms <= from_ms and not part.ended:
        raise reason_refusal("time")
    return part


def picture_strip(source: PlainSource, facts: MediaFacts, limits: Limits = PART_LIMITS) -> PictureStrip | None:
    """Small pictures of a recording, one a minute, at most 60 画面条; None of a recording without picture.

    They are found by seeking: a recording of any length costs the same.
    """
    if not any(stream.kind == "video" for stream in facts.streams):
        return None
    length = facts.declared_ms or facts.decoded_ms or 0
    every = max(_MINUTE_MS, -(-length // _TILES))
    result = run_child(
        "media.pictures", source, limits, served=True, every_ms=every, seconds=limits.wall_s * 0.7
    ).require()
    try:
        (jpeg,) = result.blobs
        at_ms = tuple(int(at) for at in result.value["at_ms"])
        strip = PictureStrip(jpeg, int(result.value["width"]), int(result.value["height"]), at_ms)
    except (ValueError, KeyError, TypeError):
        raise reason_refusal("protocol") from None
    if not jpeg.startswith(b"\xff\xd8") or not 0 < len(at_ms) <= _TILES:
        raise reason_refusal("protocol")
    return strip
