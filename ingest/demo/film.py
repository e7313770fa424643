"""Films of the demonstration 演示录像, as ``python -m ingest.demo.film FILE SECONDS START [GAP_AT GAP_SECONDS]``.

A child program: only such may import ``av``, whose wheel carries GPL parts. It writes WebM (VP9, Opus), which every
browser plays, or AVI (motion JPEG, PCM) as old cameras do, which none plays: a big running clock, a hand that turns
once a minute, and a tone at every second, a higher one at each full ten. With a gap, neither picture nor sound is
written for that time and the clock goes on, as when a camera hangs.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy
from PIL import Image, ImageDraw, ImageFont

RATE, SOUND = 8, 48_000
SIZE = (480, 270)
BLOCK = SOUND // 50


@dataclass(frozen=True)
class Plan:
    """What to film 拍摄计划: seconds in all, first instant on the clock, and what is missing."""

    seconds: int
    start: datetime
    gap_at: int = 0
    gap_seconds: int = 0
    font: str = ""

    def lost(self, second: float) -> bool:
        """Whether the camera hung at this second."""
        return self.gap_at <= second < self.gap_at + self.gap_seconds


def make_film(path: str, plan: Plan) -> None:
    """Writes the film, picture and sound in turns."""
    old = path.endswith(".avi")
    with av.open(path, "w", format="avi" if old else "webm") as container:
        container.metadata["creation_time"] = plan.start.astimezone(UTC).isoformat()
        speed = {} if old else {"deadline": "realtime", "cpu-used": "8"}
        picture: Any = container.add_stream("mjpeg" if old else "libvpx-vp9", rate=RATE, options=speed)
        picture.width, picture.height = SIZE
        picture.pix_fmt, picture.bit_rate = ("yuvj420p", 2_000_000) if old else ("yuv420p", 250_000)
        sound: Any = container.add_stream("pcm_s16le" if old else "libopus", rate=SOUND, layout="mono")
        if not old:
            sound.bit_rate = 32_000
        for second in range(plan.seconds):
            if plan.lost(second):
                continue
            for frame in _pictures(plan, second):
                container.mux(picture.encode(frame))
            for block in _sounds(second):
                container.mux(sound.encode(block))
        container.mux(picture.encode(None))
        container.mux(sound.encode(None))


def _pictures(plan: Plan, second: int) -> Iterator[Any]:
    frames: Any = av.VideoFrame
    large, small = ImageFont.truetype(plan.font, 78), ImageFont.truetype(plan.font, 20)
    shown = plan.start + timedelta(seconds=second)
    face = Image.new("RGB", SIZE, (24, 44, 62))
    draw = ImageDraw.Draw(face)
    draw.text((24, 60), f"{shown:%H:%M:%S}", font=large, fill="white")
    draw.text((24, 16), f"{shown:%Y-%m-%d}  DEMO-7  演示录像", font=small, fill=(210, 220, 150))
    draw.text((24, 236), f"第 {second // 60:02}:{second % 60:02}　虚构案件", font=small, fill=(170, 190, 200))
    for at in range(RATE):
        image = face.copy()
        _hand(ImageDraw.Draw(image), second + at / RATE)
        frame = frames.from_image(image)
        frame.pts, frame.time_base = second * RATE + at, Fraction(1, RATE)
        yield frame


def _hand(draw: ImageDraw.ImageDraw, seconds: float) -> None:
    turn = 2 * math.pi * seconds / 60
    x, y, length = 418, 190, 46
    draw.ellipse((x - 50, y - 50, x + 50, y + 50), outline="white", width=3)
    draw.line((x, y, x + length * math.sin(turn), y - length * math.cos(turn)), fill=(230, 90, 70), width=5)


def _sounds(second: int) -> Iterator[Any]:
    """A pip at the beginning of the second, then a low hum."""
    pitch = 1320 if second % 10 == 0 else 880
    moments = numpy.arange(SOUND) / SOUND
    pip = numpy.sin(2 * numpy.pi * pitch * moments) * (moments < 0.12) * 0.5
    wave = ((pip + 0.01 * numpy.sin(2 * numpy.pi * 120 * moments)) * 32_000).astype("int16")
    frames: Any = av.AudioFrame
    for at in range(0, SOUND, BLOCK):
        block = frames.from_ndarray(wave[None, at : at + BLOCK], format="s16", layout="mono")
        block.sample_rate, block.pts, block.time_base = SOUND, second * SOUND + at, Fraction(1, SOUND)
        yield block


def main() -> None:
    """The plan comes as one line of JSON, the film goes to the path in it."""
    asked = json.loads(sys.stdin.readline())
    start = datetime.fromisoformat(asked["start"])
    plan = Plan(asked["seconds"], start, asked.get("gap_at", 0), asked.get("gap_seconds", 0), asked["font"])
    make_film(str(Path(asked["path"])), plan)


if __name__ == "__main__":
    main()
