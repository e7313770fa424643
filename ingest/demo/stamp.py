"""Stamp 演示专用章: a round red seal whose words are drawn as outlines, so that they are no text of the page."""

from __future__ import annotations

import math
from functools import lru_cache

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from archive.pages.fonts import vendored_fonts

FACE = "NotoSerifSC-Bold.ttf"
RED = "#c8161d"
WORDS = "演示专用章"


@lru_cache(maxsize=4)
def draw_stamp(office: str) -> str:
    """The seal of an office as SVG of 400 by 400: name along the ring, star, and that it is for demonstration only."""
    with TTFont(vendored_fonts() / FACE, lazy=True) as font:
        step = min(24.0, 260.0 / max(1, len(office) - 1))
        first = -step * (len(office) - 1) / 2
        ring = [_sign(font, sign, 52, first + step * at, (200.0, 200.0), 148.0) for at, sign in enumerate(office)]
        below = [
            _sign(font, sign, 40, 0.0, (200.0 + 42 * (at - (len(WORDS) - 1) / 2), 325.0), 0.0)
            for at, sign in enumerate(WORDS)
        ]
    shapes = "".join(f'<path d="{path}"/>' for path in (*ring, *below, _star(200, 190, 58)))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
        f'<circle cx="200" cy="200" r="190" fill="none" stroke="{RED}" stroke-width="10"/>'
        f'<g fill="{RED}" fill-opacity="0.85">{shapes}</g></svg>'
    )


def _sign(font: TTFont, sign: str, size: float, degrees: float, centre: tuple[float, float], radius: float) -> str:
    """The outline of one sign: centred, turned, and put out on the ring."""
    glyphs, name = font.getGlyphSet(), font.getBestCmap()[ord(sign)]
    scale, angle = size / font["head"].unitsPerEm, math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    # the middle of the sign comes to the origin, is put out to the ring, and turned; y goes downwards
    left, drop = -glyphs[name].width * scale / 2, size * 0.38 - radius
    place = (centre[0] + left * cos - drop * sin, centre[1] + left * sin + drop * cos)
    pen = SVGPathPen(glyphs, lambda value: f"{value:.1f}")
    turned = (scale * cos, scale * sin, scale * sin, -scale * cos, *place)
    glyphs[name].draw(TransformPen(pen, turned))
    return str(pen.getCommands())


def _star(x: float, y: float, radius: float) -> str:
    points = [
        (x + r * math.sin(math.pi * at / 5), y - r * math.cos(math.pi * at / 5))
        for at, r in ((at, radius if at % 2 == 0 else radius * 0.382) for at in range(10))
    ]
    return "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points) + "Z"
