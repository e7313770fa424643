"""Pictures and tones of the demonstration 演示照片与录音: a drawn street with a camera's data; no real place."""

from __future__ import annotations

import io
import math
import wave
from array import array

from PIL import Image, ImageDraw

PLACE = (0.0012, 0.0034)
"""Degrees north and east: open sea, where nobody lives; each photo lies a little further on."""
_GPS, _EXIF = 0x8825, 0x8769


def draw_photo(number: int, taken: str = "2025:09:03 10:20:00", size: tuple[int, int] = (1280, 960)) -> bytes:
    """A drawn picture of a street with a billboard, as JPEG with time, place and device of the camera."""
    image = Image.new("RGB", size, (176, 196, 214))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((0, height * 2 // 3, width, height), fill=(120, 120, 118))
    for house in range(6):
        _house(draw, house, number, size)
    board = (width // 3, height // 6, width * 2 // 3, height // 6 + 150)
    draw.rectangle(board, fill=((198, 40, 40), (36, 92, 160), (30, 120, 70))[number % 3], outline="white", width=6)
    for pole in (width // 3 + 60, width * 2 // 3 - 60):
        draw.line((pole, board[3], pole, height * 2 // 3), fill=(70, 70, 70), width=12)
    for heap in range(number % 4):
        left = width // 2 + heap * 130
        draw.polygon(((left, height - 90), (left + 70, height - 190), (left + 150, height - 90)), fill=(104, 84, 62))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=_camera(number, taken))
    return out.getvalue()


def _house(draw: ImageDraw.ImageDraw, house: int, number: int, size: tuple[int, int]) -> None:
    width, height = size
    left = house * width // 6
    top = height // 4 + (house * 37 + number * 53) % (height // 5)
    shade = 150 + (house * 17 + number * 11) % 70
    draw.rectangle((left + 8, top, left + width // 6 - 8, height * 2 // 3), fill=(shade, shade - 12, shade - 30))
    for floor in range(top + 24, height * 2 // 3 - 40, 60):
        for window in range(left + 28, left + width // 6 - 40, 52):
            draw.rectangle((window, floor, window + 28, floor + 34), fill=(86, 104, 124))


def _camera(number: int, taken: str) -> Image.Exif:
    """Time with its offset, place and device, as a camera writes them."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131], exif[0x0132] = (
        "DEMO 演示".encode().decode("latin-1"),
        "DEMO-CAM 1",
        "1.0",
        taken,
    )
    exif.get_ifd(_EXIF).update({0x9003: taken, 0x9011: "+08:00", 0xA431: f"DEMO{number:06}"})
    north, east = (_degrees(value + number * 0.0001) for value in PLACE)
    exif.get_ifd(_GPS).update({1: "N", 2: north, 3: "E", 4: east, 5: b"\x00", 6: 4.0})
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value * 60
    return float(int(value)), float(int(minutes) % 60), round(minutes % 1 * 60, 3)


def record_tone(seconds: int) -> bytes:
    """A recording whose tone steps up every second, as WAV; it plays in every browser."""
    rate = 16_000
    samples = array("h")
    for second in range(seconds):
        turn = 2 * math.pi * (330 + 40 * (second % 12)) / rate
        samples.extend(int(9000 * math.sin(turn * n) * min(1.0, (rate - n) / 800)) for n in range(rate))
    out = io.BytesIO()
    with wave.open(out, "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(rate)
        stream.writeframes(samples.tobytes())
    return out.getvalue()
