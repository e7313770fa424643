"""Scans of the demonstration 演示扫描件: a typeset page as a scanner gives it, clean, or aged as old paper is.

Ageing draws paper tone, uneven light, a fold, punch holes, faded ink, skew, blur and grain over the page; what was
typeset stays known, so that machine reading can be measured against it. The same page ages the same way each time.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from ingest.demo.papers import Paper, draw_pages, typeset

DPI = 200
SKEW = 1.5
Pixels = NDArray[numpy.floating[Any]]


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned paper 扫描件: its page pictures, how far each is turned (degrees, anticlockwise), what was typeset."""

    pages: tuple[Image.Image, ...]
    turned: tuple[float, ...]
    typeset: bytes


def scan_paper(paper: Paper, bureau: str, *, aged: bool, seed: int = 1) -> Scan:
    """The paper as a scanner gives it; ``aged`` for thirty years in a cabinet."""
    drawn = [Image.open(io.BytesIO(png)).convert("RGB") for png in draw_pages(paper, bureau, DPI)]
    chance = numpy.random.default_rng(seed)
    turned = [round(float(chance.uniform(-SKEW, SKEW)), 2) if aged else 0.0 for _ in drawn]
    make = age_page if aged else clean_page
    pages = tuple(
        make(page, degrees, seed * 100 + at) for at, (page, degrees) in enumerate(zip(drawn, turned, strict=True))
    )
    return Scan(pages, tuple(turned), typeset(paper, bureau))


def clean_page(page: Image.Image, degrees: float, seed: int) -> Image.Image:
    """A good scanner today: a little blur, a little grain."""
    chance = numpy.random.default_rng(seed)
    soft = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white").filter(ImageFilter.GaussianBlur(0.4))
    pixels = numpy.asarray(soft, numpy.float32)
    return _picture(pixels * 0.98 + _grain(chance, pixels.shape, 2.0))


def age_page(page: Image.Image, degrees: float, seed: int) -> Image.Image:
    """Old paper on an old scanner."""
    chance = numpy.random.default_rng(seed)
    worn = _punch(page, chance)
    soft = worn.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white").filter(ImageFilter.GaussianBlur(1.0))
    pixels = numpy.asarray(soft, numpy.float32) / 255
    pixels = 1 - (1 - pixels) * float(chance.uniform(0.62, 0.8))  # faded ink
    tone = numpy.array([0.955, 0.92, 0.83], numpy.float32)
    pixels = pixels * tone * _light(chance, pixels.shape) * _fold(chance, pixels.shape)
    return _picture(pixels * 255 + _grain(chance, pixels.shape, 9.0))


def as_tiff(pages: Sequence[Image.Image]) -> bytes:
    """All pages as one TIFF with JPEG inside, as office scanners write it."""
    out = io.BytesIO()
    first, *rest = pages
    options = {"compression": "jpeg", "quality": 75, "dpi": (DPI, DPI)}
    first.save(out, "TIFF", save_all=True, append_images=rest, **options)
    return out.getvalue()


def as_jpeg(page: Image.Image) -> bytes:
    """One page as JPEG."""
    out = io.BytesIO()
    page.save(out, "JPEG", quality=72, dpi=(DPI, DPI))
    return out.getvalue()


def _punch(page: Image.Image, chance: numpy.random.Generator) -> Image.Image:
    """Two holes of a file punch at the left edge, with the dark of the lid behind them."""
    worn = page.copy()
    draw, middle = ImageDraw.Draw(worn), page.height / 2 + float(chance.uniform(-20, 20))
    radius, across = DPI * 0.11, DPI * 0.45
    for y in (middle - DPI * 1.57, middle + DPI * 1.57):
        draw.ellipse(
            (across - radius, y - radius, across + radius, y + radius), fill=(58, 54, 50), outline=(150, 140, 130)
        )
    return worn


def _light(chance: numpy.random.Generator, shape: tuple[int, ...]) -> Pixels:
    """A lamp that does not shine evenly, and blotches of damp."""
    height, width = shape[:2]
    spots = Image.fromarray((chance.random((7, 5)) * 255).astype("uint8")).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    across = numpy.linspace(float(chance.uniform(0.88, 1.0)), 1.0, width, dtype=numpy.float32)
    return (0.93 + 0.07 * numpy.asarray(spots, numpy.float32) / 255)[..., None] * across[None, :, None]


def _fold(chance: numpy.random.Generator, shape: tuple[int, ...]) -> Pixels:
    """A fold across the page: a dark line with a light edge."""
    height = shape[0]
    at = height * float(chance.uniform(0.46, 0.54))
    away = numpy.arange(height, dtype=numpy.float32) - at
    shade: Pixels = 1 - 0.22 * numpy.exp(-((away / 2.5) ** 2)) + 0.05 * numpy.exp(-(((away - 8) / 5) ** 2))
    return shade[:, None, None]


def _grain(chance: numpy.random.Generator, shape: tuple[int, ...], strength: float) -> Pixels:
    return chance.standard_normal((*shape[:2], 1), numpy.float32) * strength


def _picture(pixels: Pixels) -> Image.Image:
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype("uint8"), "RGB")
