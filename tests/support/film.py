"""Makes small recordings, as ``python -m tests.support.film FILE SECONDS [JSON]``: only such a program imports ``av``.

Without more it is a film that browsers play (H.264), a number that counts up, ten frames a second. The JSON may say
``rate``, ``size``, ``video`` and ``audio`` (names of encoders, null for none), ``sound_rate``, and stretches of seconds
``[from, to]``: ``gap`` (nothing recorded), ``frozen``, ``black``, ``silent``; ``chapters`` (title, from, to), ``tags``.
"""

import json
import math
import sys
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from PIL import Image, ImageDraw

Span = tuple[float, float]
_NEVER: Span = (-1.0, -1.0)


@dataclass
class Script:
    """What to film."""

    rate: int = 10
    size: tuple[int, int] = (320, 240)
    video: str | None = "libx264"
    audio: str | None = None
    sound_rate: int = 48_000
    layout: str = "mono"
    pix_fmt: str = "yuv420p"
    gap: Span = _NEVER
    frozen: Span = _NEVER
    black: Span = _NEVER
    silent: Span = _NEVER
    clock_only: bool = False
    chapters: list[tuple[str, float, float]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    format: str | None = None


def main(path: str, seconds: float, script: Script) -> None:
    """Films ``seconds`` as the script says."""
    faststart = {"movflags": "faststart"} if path.endswith((".mp4", ".mov", ".3gp")) else {}
    with av.open(path, "w", format=script.format, options=faststart) as container:
        container.metadata.update(script.tags)
        if script.chapters:
            container.set_chapters(
                [
                    {
                        "id": number,
                        "start": round(start * 1000),
                        "end": round(end * 1000),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": title},
                    }
                    for number, (title, start, end) in enumerate(script.chapters, start=1)
                ]
            )
        tracks = []
        if script.video:
            tracks.append(_pictures(container, script, seconds))
        if script.audio:
            tracks.append(_sounds(container, script, seconds))
        _mix(container, tracks)


def _mix(container: Any, tracks: list[Any]) -> None:
    """Packets of all streams in order of time, as a camera writes them."""
    waiting = [(next(track, None), track) for track in tracks]
    while any(packets is not None for packets, _ in waiting):
        (_, packets), track = min(((said, track) for said, track in waiting if said is not None), key=lambda w: w[0][0])
        container.mux(packets)
        waiting = [(next(track, None), each) if each is track else (said, each) for said, each in waiting]


def _pictures(container: Any, script: Script, seconds: float) -> Any:
    stream = container.add_stream(script.video, rate=script.rate, options=script.options)
    stream.width, stream.height, stream.pix_fmt = *script.size, script.pix_fmt
    stream.codec_context.time_base = Fraction(1, script.rate)
    stream.gop_size = script.rate

    def go() -> Any:
        frames: Any = av.VideoFrame
        for number in range(round(seconds * script.rate)):
            at = number / script.rate
            if script.gap[0] <= at < script.gap[1]:
                continue
            frame = frames.from_image(_picture(script, number, at)).reformat(format=script.pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, script.rate)
            yield at, stream.encode(frame)
        yield seconds, stream.encode(None)

    return go()


def _picture(script: Script, number: int, at: float) -> Image.Image:
    if script.black[0] <= at < script.black[1]:
        return Image.new("RGB", script.size, (0, 0, 0))
    if script.frozen[0] <= at < script.frozen[1]:
        number, at = round(script.frozen[0] * script.rate), script.frozen[0]
    width, height = script.size
    if script.clock_only:
        picture = Image.linear_gradient("L").resize(script.size).convert("RGB")
        ImageDraw.Draw(picture).text((20, 20), f"2026-06-02 09:38:{int(at):02}", fill="white", font_size=28)
        return picture
    picture = Image.new("RGB", script.size, (20, 60, 90 + number % 100))
    draw = ImageDraw.Draw(picture)
    left = number * 7 % width
    draw.rectangle((left, height // 8, left + width // 6, height // 2), fill=(number * 31 % 256, 200, 120))
    draw.text((width // 3, height * 3 // 4), f"{at:.1f} s", fill="white")
    return picture


def _sounds(container: Any, script: Script, seconds: float) -> Any:
    stream = container.add_stream(script.audio, rate=script.sound_rate, layout=script.layout)
    if script.audio == "libopencore_amrnb":
        stream.codec_context.bit_rate = 12_200
    many = script.sound_rate // 10
    wave = (math.sin(2 * math.pi * 440 * n / script.sound_rate) for n in range(many))
    tone = array("h", (round(9_000 * value) for value in wave)).tobytes()
    resampler = av.AudioResampler(stream.codec_context.format.name, stream.codec_context.layout.name, script.sound_rate)

    def go() -> Any:
        for number in range(round(seconds * 10)):
            at = number / 10
            if script.gap[0] <= at < script.gap[1]:
                continue
            silent = script.silent[0] <= at < script.silent[1]
            frame = av.AudioFrame(format="s16", layout="mono", samples=many)
            frame.planes[0].update(bytes(len(tone)) if silent else tone)
            frame.sample_rate, frame.pts, frame.time_base = (
                script.sound_rate,
                number * many,
                Fraction(1, script.sound_rate),
            )
            yield at, [packet for piece in resampler.resample(frame) for packet in stream.encode(piece)]
        yield seconds, stream.encode(None)

    return go()


if __name__ == "__main__":
    said: dict[str, Any] = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    said = {
        key: tuple(value) if key in ("size", "gap", "frozen", "black", "silent") else value
        for key, value in said.items()
    }
    if said.get("video") == "mjpeg":
        said["pix_fmt"] = "yuvj420p"
    main(sys.argv[1], float(sys.argv[2]), Script(**said))
