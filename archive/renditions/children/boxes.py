"""Boxes in place of signs 缺字检查: a glyph that looks like the font's own sign for "there is none".

A printing program that finds no glyph draws ``.notdef`` and still says which character it means: the text comes out
whole, and the reader sees a box. Only the outlines tell.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont, TTLibError
from pikepdf import Dictionary, Name, Stream

from archive.renditions.children.runtime import Unfit
from archive.renditions.children.unicodemap import parse_tounicode

_BROKEN = (TTLibError, KeyError, IndexError, ValueError, AssertionError, TypeError, AttributeError, OverflowError)


def refuse_boxes(pdf: pikepdf.Pdf) -> None:
    """Unfit with page and code points where an embedded font draws a box for a character."""
    seen: set[Any] = set()
    for number, page in enumerate(pdf.pages, 1):
        resources = page.obj.get(Name.Resources, Dictionary())
        for font in _fonts(resources, 0):
            if font.objgen in seen and font.is_indirect:
                continue
            seen.add(font.objgen)
            boxes = sorted(_boxes(font))
            if boxes:
                raise Unfit("glyph-missing", number, " ".join(f"U+{ord(sign[0]):04X}" for sign in boxes[:8] if sign))


def _fonts(resources: Any, depth: int) -> Iterator[Any]:
    if not isinstance(resources, Dictionary) or depth > 4:
        return
    fonts, forms = resources.get(Name.Font), resources.get(Name.XObject)
    if isinstance(fonts, Dictionary):
        yield from (font for font in fonts.values() if isinstance(font, Dictionary))
    if isinstance(forms, Dictionary):
        for form in forms.values():
            if isinstance(form, Stream) and form.get(Name.Subtype) == Name.Form:
                yield from _fonts(form.get(Name.Resources), depth + 1)


def _boxes(font: Any) -> set[str]:
    composite = font.get(Name.Subtype) == Name.Type0
    inner = font.DescendantFonts[0] if composite else font
    descriptor = inner.get(Name.FontDescriptor, Dictionary())
    table = font.get(Name.ToUnicode)
    if not isinstance(table, Stream):
        return set()
    mapped = parse_tounicode(table.read_bytes(), 2 if composite else 1)
    try:
        if Name.FontFile2 in descriptor:
            like = _like_notdef(descriptor.FontFile2.read_bytes(), composite=composite)
        elif Name.FontFile3 in descriptor:
            like = _like_notdef_cff(descriptor.FontFile3.read_bytes(), composite=composite)
        else:
            return set()
    except _BROKEN:
        return set()
    return {sign for code, sign in mapped.items() if code in like and sign.strip()}


def _like_notdef(program: bytes, *, composite: bool) -> set[int]:
    """Codes whose glyph has the outline of glyph 0."""
    with TTFont(io.BytesIO(program), lazy=True) as font:
        places, data = list(font["loca"].locations), font.reader["glyf"]
        outlines = [data[a:b] for a, b in pairwise(places)]
        same = {number for number, outline in enumerate(outlines) if outline and outline == outlines[0]}
        if composite:
            return same
        names = {font.getGlyphName(number) for number in same}
        return {code for each in font["cmap"].tables for code, name in each.cmap.items() if name in names}


def _like_notdef_cff(program: bytes, *, composite: bool) -> set[int]:
    if program[:4] == b"OTTO":
        with TTFont(io.BytesIO(program), lazy=True) as font:
            program = font.reader["CFF "]
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(program), None)
    top = fonts[0]
    signs = top.CharStrings
    codes = [signs[name].bytecode for name in top.charset]
    # a blank sign says nothing: only a drawn one is a box
    same = {number for number, code in enumerate(codes) if len(code) > 8 and code == codes[0]}
    if composite:
        return {int(name[3:]) for n, name in enumerate(top.charset) if n in same and name.startswith("cid")} or same
    names = {name for number, name in enumerate(top.charset) if number in same}
    encoding = top.Encoding if isinstance(top.Encoding, list) else []
    return {code for code, name in enumerate(encoding) if name in names}
