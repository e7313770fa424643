"""Glyphs 字形: the refusal of a sign that no typeface here draws, for pages and for deeds whose words are printed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archive.kernel.refusals import Refusal
from archive.pages.fonts import load_faces
from archive.pages.shown import first_missing


def glyph_missing(texts: Iterable[str], extra_fonts: tuple[Path, ...] = ()) -> Refusal | None:
    """``archive.glyph-missing`` for the first sign that cannot be printed 缺字; None when all can.

    Asked before words are accepted for good: a name or note that no page can carry would stop every later seal.
    """
    missing = first_missing(iter(texts), load_faces(extra_fonts).available)
    if missing is None:
        return None
    sign, text = missing
    return Refusal(
        "archive.glyph-missing",
        sign=sign if sign.isprintable() else "?",  # a lone surrogate cannot be written anywhere
        code_point=f"U+{ord(sign):04X}",
        text=text.encode("utf-8", "replace").decode("utf-8")[:60],
    )


def drawable(text: str) -> str:
    """The text with every sign that no typeface here draws shown as its code point: a report is never held up by it."""
    available = load_faces().available
    return "".join(sign if ord(sign) in available else f"<U+{ord(sign):04X}>" for sign in text)
