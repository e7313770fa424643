"""Outlines of glyphs 字形轮廓: signs drawn as paths: no typeface is embedded, no sign becomes a box."""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont, TTLibError

_FONTS = Path(__file__).resolve().parents[2] / "fonts"
_BROKEN = (
    TTLibError, KeyError, IndexError, ValueError, AssertionError, TypeError, AttributeError, OverflowError, OSError,
    RecursionError,
)  # fmt: skip
_POINTS_CAP = 20_000


class _PathPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Path operators of PDF."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.words: list[str] = []

    def _say(self, operator: str, *points: tuple[float, float]) -> None:
        if len(self.words) > _POINTS_CAP:
            raise ValueError("an outline without end")
        self.words.append(" ".join(f"{x:.1f} {y:.1f}" for x, y in points) + f" {operator}")

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._say("m", point)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._say("l", point)

    def _curveToOne(self, one: tuple[float, float], two: tuple[float, float], three: tuple[float, float]) -> None:  # noqa: N802
        self._say("c", one, two, three)

    def _closePath(self) -> None:  # noqa: N802
        self.words.append("h")


class Face:
    """A typeface 字体: outline, width and units of its glyphs."""

    def __init__(self, font: TTFont) -> None:
        self._font = font
        self._glyphs = font.getGlyphSet()
        self._order = font.getGlyphOrder()
        self._signs = self._cmap(font)
        self.units = float(font["head"].unitsPerEm) if "head" in font else 1000.0
        if not 16 <= self.units <= 16_384:
            raise ValueError("units")

    @staticmethod
    def _cmap(font: TTFont) -> dict[int, str]:
        return dict(font.getBestCmap() or {}) if "cmap" in font else {}

    def glyph_of(self, sign: str) -> str | None:
        """The name of the glyph of a sign; None where the face has none."""
        name = self._signs.get(ord(sign))
        return None if name in (None, ".notdef") else name

    def glyph_at(self, number: int) -> str | None:
        """The name of a glyph by its number; number 0 is none."""
        return self._order[number] if 0 < number < len(self._order) else None

    def outline(self, name: str) -> bytes:
        """The path of a glyph in its own units, filled."""
        pen = _PathPen(self._glyphs)
        self._glyphs[name].draw(pen)
        return ("\n".join(pen.words) + "\nf\n").encode("ascii") if pen.words else b""

    def advance(self, name: str) -> float:
        """How far the next sign stands, as a share of the size."""
        return float(self._glyphs[name].width) / self.units


def embedded(data: bytes) -> Face | None:
    """A typeface that a document brings; None where it cannot be read."""
    try:
        return Face(TTFont(io.BytesIO(data), lazy=True))
    except _BROKEN:
        return None


@functools.cache
def vendored() -> Face:
    """The typeface of the house."""
    return Face(TTFont(_FONTS / "NotoSerifSC-Regular.ttf", lazy=True))


def drawn(face: Face, name: str) -> bytes | None:
    """The outline of a glyph; None where it cannot be drawn."""
    try:
        return face.outline(name)
    except _BROKEN:
        return None
