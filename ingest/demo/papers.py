"""Papers of the demonstration 演示文书: typeset PDFs with Chinese text, drawn pictures, a spoken-tone recording."""

from __future__ import annotations

import io
import json
import math
import struct
import wave
from dataclasses import dataclass
from importlib import resources

import typst
from PIL import Image, ImageDraw

from archive.pages.fonts import load_faces


@dataclass(frozen=True, slots=True)
class Paper:
    """What one invented paper says 虚构文书."""

    title: str
    number: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()


def typeset(paper: Paper, bureau: str) -> bytes:
    """The paper as a plain PDF, as an office would hand it over."""
    faces = load_faces(())
    data = {
        "faces": list(faces.families),
        "bureau": bureau,
        "title": paper.title,
        "number": paper.number,
        "fields": [list(field) for field in paper.fields],
        "paragraphs": list(paper.paragraphs),
        "signatures": list(paper.signatures),
    }
    with resources.as_file(resources.files("ingest.demo")) as folder:
        compiler = typst.Compiler(root=str(folder), font_paths=faces.loaded, ignore_system_fonts=True)
        made = compiler.compile(
            input=str(folder / "paper.typ"),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single document")
    return made


def draw_photo(number: int, size: tuple[int, int] = (1280, 960)) -> bytes:
    """A drawn picture of a street with a billboard, as JPEG; no real place."""
    image = Image.new("RGB", size, (176, 196, 214))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((0, height * 2 // 3, width, height), fill=(120, 120, 118))
    for house in range(6):
        left = house * width // 6
        top = height // 4 + (house * 37 + number * 53) % (height // 5)
        shade = 150 + (house * 17 + number * 11) % 70
        draw.rectangle((left + 8, top, left + width // 6 - 8, height * 2 // 3), fill=(shade, shade - 12, shade - 30))
        for floor in range(top + 24, height * 2 // 3 - 40, 60):
            for window in range(left + 28, left + width // 6 - 40, 52):
                draw.rectangle((window, floor, window + 28, floor + 34), fill=(86, 104, 124))
    board = (width // 3, height // 6, width * 2 // 3, height // 6 + 150)
    draw.rectangle(board, fill=(198, 40, 40), outline=(255, 255, 255), width=6)
    draw.line((width // 3 + 60, board[3], width // 3 + 60, height * 2 // 3), fill=(70, 70, 70), width=12)
    draw.line((width * 2 // 3 - 60, board[3], width * 2 // 3 - 60, height * 2 // 3), fill=(70, 70, 70), width=12)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def record_tone(seconds: int) -> bytes:
    """A recording whose tone steps up every second, as WAV; it plays in every browser."""
    rate = 16_000
    out = io.BytesIO()
    with wave.open(out, "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(rate)
        for second in range(seconds):
            pitch = 330 + 40 * (second % 12)
            stream.writeframes(
                b"".join(
                    struct.pack("<h", int(9000 * math.sin(2 * math.pi * pitch * n / rate) * min(1, (rate - n) / 800)))
                    for n in range(rate)
                )
            )
    return out.getvalue()
