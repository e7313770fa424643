"""Child program for recordings 子程序: facts of the whole, one part after another, pictures along the way.

The ``media`` children are the only places that import ``av`` (its wheel carries GPL parts). A cut file still claims
its full length, so only what was really decoded counts. Nothing is written.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any

import av
import av.logging
from PIL import Image

from archive.renditions.children import runtime
from archive.renditions.children.media_open import claims, open_recording, origin_ms, streams_of
from archive.renditions.children.media_senses import Poster
from archive.renditions.children.media_walk import Track, Walk
from archive.renditions.children.runtime import Answer, Request, Unfit
from archive.renditions.recordings import thin_wave, wave_share, wave_step
from archive.renditions.terms import Chapter, MediaFacts, StreamFacts

_SAMPLES = 12
_CHAPTERS_CAP = 200
_TILE = (160, 90)
_TILES_CAP = 60
_FRAMES_TRIED = 250


def probe(request: Request) -> Answer:
    """Facts of the recording and a poster frame (blob, empty without picture); decodes for at most ``seconds``."""
    _listen()
    until = time.monotonic() + float(request["seconds"])
    poster = Poster()
    with open_recording(request) as container:
        streams, origin = streams_of(container), origin_ms(container)
        declared, cut = claims(request, container)
        walk = Walk(container, streams, origin, step_ms=wave_step(declared), on_picture=poster.offer)
        walk.go(until)
        if all(track.frames == 0 for track in walk.tracks.values()):
            raise Unfit("damaged", detail="nothing could be decoded")
        decoded = walk.reached_ms if walk.whole else _last_decodable(request, walk.reached_ms, declared, origin)
        facts = _facts(container, walk, declared, decoded, cut)
    return Answer(facts, (poster.jpeg,))


def part(request: Request) -> Answer:
    """What the recording shows between ``from_ms`` and ``to_ms``; decodes for at most ``seconds``."""
    _listen()
    until = time.monotonic() + float(request["seconds"])
    with open_recording(request) as container:
        walk = Walk(
            container,
            streams_of(container),
            origin_ms(container),
            from_ms=int(request["from_ms"]),
            to_ms=int(request["to_ms"]),
            step_ms=int(request["step_ms"]),
        )
        walk.go(until)
        return Answer(walk.part())


def pictures(request: Request) -> Answer:
    """Small pictures, one each ``every_ms``, side by side in one JPEG (blob); found by seeking, not by reading all."""
    _listen()
    until = time.monotonic() + float(request["seconds"])
    tiles: list[tuple[int, Image.Image]] = []
    with open_recording(request) as container:
        video = [stream for stream in streams_of(container) if stream.type == "video"]
        if not video:
            raise Unfit("no-stream")
        declared, _ = claims(request, container)
        every, origin = int(request["every_ms"]), origin_ms(container)
        for at in range(0, max(1, declared or 1), every):
            if len(tiles) >= _TILES_CAP or (tiles and time.monotonic() > until):
                break
            found = _picture_at(container, video[0], at, origin)
            if found is not None and (not tiles or found[0] > tiles[-1][0]):
                tiles.append(found)
    if not tiles:
        raise Unfit("damaged", detail="no picture could be decoded")
    out = io.BytesIO()
    strip = Image.new("RGB", (_TILE[0] * len(tiles), _TILE[1]))
    for number, (_, image) in enumerate(tiles):
        strip.paste(image, (number * _TILE[0] + (_TILE[0] - image.width) // 2, (_TILE[1] - image.height) // 2))
    strip.save(out, "JPEG", quality=78)
    return Answer({"width": _TILE[0], "height": _TILE[1], "at_ms": [at for at, _ in tiles]}, (out.getvalue(),))


def _listen() -> None:
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)


def _picture_at(container: Any, stream: Any, at: int, origin: float) -> tuple[int, Image.Image] | None:
    """The first picture at or after ``at``; the last before it where there is none."""
    found: tuple[int, Any] | None = None
    try:
        container.seek(round((at + origin) * 1000))
        for count, frame in enumerate(container.decode(stream)):
            if frame.pts is None:
                return None
            found = max(0, round(float(frame.pts * frame.time_base) * 1000 - origin)), frame
            if found[0] >= at or count > _FRAMES_TRIED:
                break
    except (av.error.FFmpegError, ValueError, OSError):
        pass
    if found is None:
        return None
    image = found[1].to_image()
    image.thumbnail(_TILE)
    return found[0], image.convert("RGB")


def _last_decodable(request: Request, reached: int, declared: int | None, origin: float) -> int | None:
    """Where the time did not allow for everything: the last place, found by halving, from which a frame decodes."""
    if declared is None or declared <= reached:
        return reached
    low, high = reached, declared
    for wanted in [declared - 1_000, *([-1] * _SAMPLES)]:
        place = (low + high) // 2 if wanted < 0 else max(reached, wanted)
        found = _decodes_at(request, place, origin)
        if found is None:
            high = place
        else:
            low = max(low, found)
            if wanted >= 0:
                return low
        if high - low < 500:
            break
    return low


def _decodes_at(request: Request, place: int, origin: float) -> int | None:
    """The end of the last frame within a few packets from ``place`` on; None when nothing there decodes."""
    last: int | None = None
    with open_recording(request) as container:
        stream = (*container.streams.video, *container.streams.audio)[0]
        track = Track(stream, [])
        try:
            container.seek(round((place + origin) * 1000))
            for count, frame in enumerate(container.decode(stream)):
                if frame.pts is not None and frame.time_base is not None:
                    track.see(round(float(frame.pts * frame.time_base) * 1000 - origin), frame)
                last = track.end_ms
                if count > _FRAMES_TRIED:
                    break
        except (av.error.FFmpegError, ValueError, OSError):
            return last if last is not None and last >= place else None
    return last if last is not None and last >= place - 2_000 else None


def _facts(container: Any, walk: Walk, declared: int | None, decoded: int | None, cut: bool) -> MediaFacts:
    tags, seen = _tags(container), walk.part()
    return MediaFacts(
        container=str(container.format.name),
        declared_ms=declared,
        decoded_ms=decoded,
        checked_ms=seen.until_ms,
        deep=walk.whole,
        streams=tuple(_stream(track) for track in walk.tracks.values()),
        decode_errors=seen.decode_errors,
        error_at_ms=seen.error_at_ms,
        gaps=seen.gaps,
        created_at=_tag(tags, "com.apple.quicktime.creationdate", "creation_time", "date", "icrd"),
        make=_tag(tags, "com.apple.quicktime.make", "make", "com.android.manufacturer"),
        model=_tag(tags, "com.apple.quicktime.model", "model", "com.android.model"),
        software=_tag(tags, "com.apple.quicktime.software", "software", "encoder", "isft"),
        timecode=_tag(tags, "timecode"),
        place=_tag(tags, "com.apple.quicktime.location.iso6709", "location", "location-eng"),
        cut_short=cut,
        stretches=seen.stretches,
        chapters=tuple(_chapters(container)),
        wave=thin_wave(seen.wave),
        wave_ms=seen.wave_ms * wave_share(len(seen.wave)),
    )


def _chapters(container: Any) -> list[Chapter]:
    found = []
    for one in container.chapters()[:_CHAPTERS_CAP]:
        base = one["time_base"] or 0
        start, end = round(float(one["start"] * base) * 1000), round(float(one["end"] * base) * 1000)
        found.append(Chapter(max(0, start), max(0, end), _tag(one["metadata"], "title")))
    return found


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


def _stream(track: Track) -> StreamFacts:
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
    runtime.run({"media.probe": probe, "media.part": part, "media.pictures": pictures})
