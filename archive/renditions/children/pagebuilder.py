"""Pages from pictures 由图像构建页面: one image per page, and above it, unseen, the text that is known.

The text stands in mode 3 (invisible) in a font made here: one box for every character, each with its Unicode value.
So no character is ever missing, not even of a rare name, and a page of text costs a few hundred bytes. The glyph is a
box and not empty because pdfium passes over text without extent.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from archive.renditions.terms import Line

_FONT = "AnjuanInvisible"
_UNITS = 1000
_ASCENT, _DESCENT = 880, -120
_CODES = 0xFFFF


@functools.cache
def _font_program() -> bytes:
    """A TrueType font of two glyphs: .notdef, and the box that every character uses."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, _DESCENT))
    for corner in ((0, _ASCENT), (_UNITS, _ASCENT), (_UNITS, _DESCENT)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef", "unseen"])
    builder.setupCharacterMap({0x20: "unseen"})
    builder.setupGlyf({".notdef": Glyph(), "unseen": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (_UNITS, 0), "unseen": (_UNITS, 0)})
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": _FONT, "styleName": "Regular", "psName": _FONT})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWinAscent=_ASCENT, usWinDescent=-_DESCENT)
    builder.setupPost()
    out = io.BytesIO()
    builder.font.recalcTimestamp = False
    builder.save(out)
    return out.getvalue()


class TextLayer:
    """The invisible font of one document 隐形文本层: gives each character a code and, at the end, its tables."""

    def __init__(self, pdf: Pdf) -> None:
        self._codes: dict[str, int] = {}
        self.font = pdf.make_indirect(Dictionary())
        self._pdf = pdf

    def operators(self, lines: Iterable[Line], height: float) -> bytes:
        """Content that shows ``lines`` unseen; their boxes have y downwards on a page of ``height`` points."""
        parts = [b"BT 3 Tr"]
        for line in lines:
            codes = b"".join(self._code(character) for character in line.text)
            size = max(line.y1 - line.y0, 1.0)
            if not codes:
                continue
            stretch = 100 * max(line.x1 - line.x0, 0.5) / (size * len(codes) / 2)
            x, y = line.x0, height - line.y1 + 0.12 * size
            place = f"/F0 {size:.2f} Tf {stretch:.2f} Tz 1 0 0 1 {x:.2f} {y:.2f} Tm <{codes.hex()}> Tj"
            parts.append(place.encode("ascii"))
        return b"\n".join([*parts, b"ET\n"]) if len(parts) > 1 else b""

    def _code(self, character: str) -> bytes:
        if character.isspace() or character in "\ufeff\ufffe\uffff" or ord(character) < 32 or _is_surrogate(character):
            return b""
        code = self._codes.setdefault(character, len(self._codes) + 1)
        return code.to_bytes(2, "big") if code <= _CODES else b""

    def finish(self) -> None:
        """Write the font: called once, after the last page."""
        if not self._codes:
            return
        pdf = self._pdf
        program = Stream(pdf, _font_program(), Length1=len(_font_program()))
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/" + _FONT),
            Flags=4,
            FontBBox=Array([0, _DESCENT, _UNITS, _ASCENT]),
            ItalicAngle=0,
            Ascent=_ASCENT,
            Descent=_DESCENT,
            CapHeight=_ASCENT,
            StemV=80,
            FontFile2=pdf.make_indirect(program),
        )
        glyphs = b"\x00\x00" + b"\x00\x01" * min(len(self._codes), _CODES)
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/" + _FONT),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=_UNITS,
            CIDToGIDMap=pdf.make_indirect(Stream(pdf, glyphs)),
        )
        for key, value in (
            (Name.Type, Name.Font),
            (Name.Subtype, Name.Type0),
            (Name.BaseFont, Name("/" + _FONT)),
            (Name.Encoding, Name("/Identity-H")),
            (Name.DescendantFonts, Array([pdf.make_indirect(descendant)])),
            (Name.ToUnicode, pdf.make_indirect(Stream(pdf, self._tounicode()))),
        ):
            self.font[key] = value

    def _tounicode(self) -> bytes:
        rows = [
            f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in self._codes.items() if code <= _CODES
        ]
        blocks = []
        for start in range(0, len(rows), 100):
            block = rows[start : start + 100]
            blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar")
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            + "\n".join(blocks)
            + "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def add_page(pdf: Pdf, picture: Stream, size: tuple[float, float], layer: TextLayer, lines: Iterable[Line]) -> None:
    """One page of ``size`` points, filled by ``picture``, with ``lines`` unseen above it."""
    width, height = size
    text = layer.operators(lines, height)
    content = f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im0 Do Q\n".encode("ascii") + text
    resources = Dictionary(XObject=Dictionary(Im0=pdf.make_indirect(picture)))
    if text:
        resources[Name.Font] = Dictionary(F0=layer.font)
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(width, 2), round(height, 2)]),
        Resources=resources,
        Contents=pdf.make_indirect(Stream(pdf, content)),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def jpeg_picture(pdf: Pdf, jpeg: bytes, width: int, height: int, *, gray: bool) -> Stream:
    """A JPEG of three colours or of grey as a picture of ``pdf``, its bytes as they are."""
    return Stream(
        pdf,
        jpeg,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=Name.DeviceGray if gray else Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
