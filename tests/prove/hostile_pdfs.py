"""Forged PDF 伪造的 PDF: circles, depths, bombs, pictures and boxes that claim, written with bare hands."""

from __future__ import annotations

import io
import random
import re
import zlib
from collections.abc import Callable

Forge = Callable[[bytes, random.Random], bytes]

SIDES = (0, 1, 20_000, 60_000, 65_535, 100_000, 0x7FFFFFFF, 0xFFFFFFFF)
"""Sides that a picture claims."""


def size(chance: random.Random, largest: int) -> int:
    """Some number up to ``largest``; small ones as often as large ones."""
    return max(1, int(largest ** chance.uniform(0.3, 1)))


def pdf_of(objects: dict[int, bytes], root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects with a right cross-reference table."""
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    start, most = out.tell(), max(objects) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % most)
    for number in range(1, most):
        out.write(b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n")
    out.write(b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (most, root, trailer, start))
    return out.getvalue()


def stream(body: bytes, words: bytes = b"", packed: bytes = b"/Filter/FlateDecode") -> bytes:
    """A stream with its dictionary."""
    data = zlib.compress(body, 9) if packed == b"/Filter/FlateDecode" else body
    return b"<<%s%s/Length %d>>\nstream\n%s\nendstream" % (words, packed, len(data), data)


def _page_with(
    content: bytes, resources: bytes = b"<<>>", page: bytes = b"", more: dict[int, bytes] | None = None
) -> bytes:
    box = b"" if b"/MediaBox" in page else b"/MediaBox[0 0 300 300]"
    return pdf_of(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R" + box + b"/Contents 4 0 R/Resources " + resources + page + b">>",
            4: stream(content),
            **(more or {}),
        }
    )


def _pdf_nesting(data: bytes, chance: random.Random) -> bytes:
    depth, (opened, closed) = size(chance, 300_000), chance.choice(((b"[", b"]"), (b"<</A ", b">>"), (b"(", b")")))
    return _page_with(b"", page=b"/X " + opened * depth + b"0" + closed * depth)


def _pdf_deep_content(data: bytes, chance: random.Random) -> bytes:
    piece = chance.choice((b"q ", b"BT ", b"/P BMC ", b"[", b"<<", b"q 1 0 0 1 1 1 cm ", b"0 0 m 9 9 l S "))
    return _page_with(piece * size(chance, 2_000_000))


def _pdf_tree(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.5:  # a circle
        kids = chance.choice((b"2 0 R", b"3 0 R 2 0 R", b"9 0 R", b"3 0 R " * 5_001, b"1 0 R"))
        return pdf_of(
            {
                1: b"<</Type/Catalog/Pages 2 0 R>>",
                2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, chance.choice((1, 0, -1, 10**9))),
                3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
            }
        )
    depth = size(chance, 30_000)
    nodes = {number: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(2, depth + 2)}
    return pdf_of(
        {1: b"<</Type/Catalog/Pages 2 0 R>>", **nodes, depth + 2: b"<</Type/Page/MediaBox[0 0 99 99]/Parent 2 0 R>>"}
    )


def _pdf_box(data: bytes, chance: random.Random) -> bytes:
    boxes = (
        b"0 0 1e9 1e9",
        b"0 0 0 0",
        b"-1e38 -1e38 1e38 1e38",
        b"300 300 0 0",
        b"0 0 14400 14400",
        b"nan 0 9 9",
        b"0 0 20000 3",
        b"0 0 9 9 9",
        b"0 0",
        b"/A /B /C /D",
        b"0 0 14000 14000",
    )
    more = b"/UserUnit %d/Rotate %d" % (chance.choice((1, 75_000)), chance.choice((0, 90, 45, 10**9)))
    return _page_with(b"0 0 99 99 re f", page=b"/MediaBox[" + chance.choice(boxes) + b"]" + more * chance.randint(0, 1))


def _pdf_circles(data: bytes, chance: random.Random) -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</F 5 0 R>>/Font<</T 6 0 R>>>>"
    times = b"/F Do " * chance.choice((1, 2, 30))
    glyph = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 5 0 R>>"
    glyph += b"/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[1]/Resources<</Font<</T 6 0 R>>>>>>"
    resources = b"<</XObject<</F 5 0 R>>/Font<</T 6 0 R>>>>"
    content = chance.choice((times, b"BT /T 9 Tf (aaaa) Tj ET", times + b"BT /T 9 Tf (aaaa) Tj ET"))
    return _page_with(content, resources, more={5: stream(times + b"BT /T 9 Tf (a) Tj ET", form), 6: glyph})


def _pdf_many_forms(data: bytes, chance: random.Random) -> bytes:
    """Each form draws the next one ten times: 10 to the power of its depth."""
    depth = chance.randint(4, 12)
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</F %d 0 R>>>>"
    more = {5 + at: stream(b"/F Do " * 10, form % (6 + at)) for at in range(depth)}
    more[5 + depth] = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]")
    return _page_with(b"/F Do", b"<</XObject<</F 5 0 R>>>>", more=more)


def _pdf_picture(data: bytes, chance: random.Random) -> bytes:
    side, other = chance.choice(SIDES), chance.choice((1, 300, 30_000, 1_000_000))
    filters = (
        b"/FlateDecode",
        b"/DCTDecode",
        b"/JPXDecode",
        b"/CCITTFaxDecode",
        b"/JBIG2Decode",
        b"/LZWDecode",
        b"/RunLengthDecode",
        b"[/FlateDecode/FlateDecode/ASCIIHexDecode]",
        b"[" + b"/ASCII85Decode" * 40 + b"]",
        b"/Crypt",
        b"/Nothing",
    )
    spaces = (
        b"/DeviceRGB",
        b"/DeviceGray",
        b"[/Indexed/DeviceRGB 255(x)]",
        b"/DeviceCMYK",
        b"[/ICCBased 6 0 R]",
        b"[/Indexed[/Indexed/DeviceRGB 1(x)]1(y)]",
        b"[/DeviceN[/A/B/C]/DeviceRGB 7 0 R]",
    )
    words = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d/ColorSpace%s/Filter%s" % (
        side,
        other,
        chance.choice((1, 8, 16, 3, 255)),
        chance.choice(spaces),
        chance.choice(filters),
    )
    parms = chance.choice(
        (
            b"",
            b"/DecodeParms<</K -1/Columns %d/Rows %d>>" % (side, other),
            b"/DecodeParms<</Predictor 15/Colors 255/BitsPerComponent 16/Columns %d>>" % side,
            b"/SMask 5 0 R",
        )
    )
    body = chance.choice((zlib.compress(bytes(size(chance, 3_000_000))), chance.randbytes(900), data[:9_000]))
    icc = stream(chance.randbytes(200), b"/N %d" % chance.choice((1, 3, 4, 99)))
    function = b"<</FunctionType 2/Domain[0 1]/N 1>>"
    return _page_with(
        b"q 200 0 0 200 0 0 cm /I Do Q",
        b"<</XObject<</I 5 0 R>>>>",
        more={5: stream(body, words + parms, b""), 6: icc, 7: function},
    )


def _pdf_font(data: bytes, chance: random.Random) -> bytes:
    kind = chance.choice((b"2", b"3", b""))
    body = chance.choice((chance.randbytes(4_000), b"\0\1\0\0" + bytes(60), b"OTTO" + b"\xff" * 900, b"%!PS-AdobeFont"))
    cmap = b"begincmap 1 beginbfrange <0000> <%s> <0000> endbfrange endcmap" % chance.choice(
        (b"ffff", b"ffffffff", b"00")
    )
    font = (
        b"<</Type/Font/Subtype/TrueType/BaseFont/X/FirstChar %d/LastChar %d/Widths[%s]/FontDescriptor 6 0 R"
        b"/ToUnicode 8 0 R>>"
    ) % (chance.choice((0, -5, 32)), chance.choice((255, 10**9)), b"9 " * 300)
    described = b"<</Type/FontDescriptor/FontName/X/Flags 4/FontFile%s 7 0 R/FontBBox[0 0 1e9 1e9]>>" % kind
    content = b"BT /T %s Tf 9 99 Td (%s) Tj ET" % (chance.choice((b"9", b"1e9", b"-3", b"0")), b"abc " * 40)
    return _page_with(content, b"<</Font<</T 5 0 R>>>>", more={5: font, 6: described, 7: stream(body), 8: stream(cmap)})


def _pdf_drawing(data: bytes, chance: random.Random) -> bytes:
    """Patterns of patterns, shadings of sampled functions that claim millions of values, dashes without end."""
    pattern = stream(
        b"/Pattern cs /P scn 0 0 9 9 re f",
        b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1"
        b"/BBox[0 0 9 9]/XStep %s/YStep 1e-9/Resources<</Pattern<</P 5 0 R>>>>" % chance.choice((b"1e-9", b"1", b"0")),
    )
    many = b"%d" % chance.choice((2, 10_000, 10**9))
    sampled = stream(
        bytes(900),
        b"/FunctionType 0/Domain[0 1 0 1 0 1]/Range[0 1 0 1 0 1]/BitsPerSample 32"
        b"/Size[" + many + b" " + many + b" " + many + b"]",
    )
    program = stream(b"{" * size(chance, 90_000) + b"dup" + b"}" * 9, b"/FunctionType 4/Domain[0 1]/Range[0 1 0 1 0 1]")
    shading = b"<</ShadingType %d/ColorSpace/DeviceRGB/Function %d 0 R/Coords[0 0 0 9e9 9 1e9]/Domain[0 1 0 1]>>"
    content = chance.choice(
        (
            b"/Pattern cs /P scn 0 0 300 300 re f",
            b"/S sh",
            b"[1e-9 1e-9] 0 d 0 0 m 1e9 1e9 l S",
            b"1e30 w 0 0 m 1e30 1e30 l S",
            b"0 0 m " + b"9e9 -9e9 9 9 1 1 c " * 30_000 + b"S",
        )
    )
    return _page_with(
        content,
        b"<</Pattern<</P 5 0 R>>/Shading<</S 8 0 R>>>>",
        more={5: pattern, 6: sampled, 7: program, 8: shading % (chance.randint(1, 7), chance.randint(6, 7))},
    )


def _pdf_bomb(data: bytes, chance: random.Random) -> bytes:
    """Zeros folded two or three times; behind each other some of them."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(bytes(4_000_000)) for _ in range(chance.randint(20, 200))) + packer.flush()
    folded = zlib.compress(once, 9)
    words = b"/Filter[" + b"/FlateDecode" * 2 + b"]"
    bomb = stream(folded, words, b"")
    picture = stream(
        folded,
        b"/Type/XObject/Subtype/Image/Width 9000/Height 9000/BitsPerComponent 8/ColorSpace/DeviceRGB" + words,
        b"",
    )
    return _page_with(
        b"/I Do",
        b"<</XObject<</I 6 0 R>>>>",
        page=chance.choice((b"/Metadata 5 0 R", b"")),
        more={4: chance.choice((bomb, stream(b"/I Do"))), 5: bomb, 6: picture},
    )


def _pdf_references(data: bytes, chance: random.Random) -> bytes:
    """Tables, lengths and object streams that point at themselves; endless earlier tables."""
    made = _page_with(
        b"0 0 9 9 re f",
        more={
            5: b"5 0 R",
            6: b"<</Length 6 0 R>>\nstream\nx\nendstream",
            7: stream(b"7 0 8 10 1 0 R 9 9", b"/Type/ObjStm/N %d/First 8/Extends 7 0 R" % chance.choice((2, 10**9))),
        },
    )
    start = re.search(rb"startxref\n(\d+)", made)
    assert start is not None
    swaps = (
        (b"/Root 1 0 R", b"/Root 1 0 R/Prev " + start[1]),
        (b"/Root 1 0 R", b"/Root 5 0 R"),
        (b"/Contents 4 0 R", b"/Contents[" + b"4 0 R " * 20_000 + b"]"),
        (b"/Contents 4 0 R", b"/Contents 6 0 R"),
        (b"/Size 8", b"/Size 2147483647"),
        (b"xref\n0 8", b"xref\n0 99999999"),
        (b"/Length ", b"/Length -"),
        (b"/Root 1 0 R", b"/Encrypt<</Filter/Standard/V 5/R 6/Length 256/O()/U()/P -1>>/ID[()()]/Root 1 0 R"),
        (b"<</Type/Catalog", b"<</Outlines 8 0 R/Type/Catalog"),
        (b"startxref\n", b"startxref\n9999999999"),
        (b"/Type/Catalog", b"/Type/Catalog/Names<</EmbeddedFiles<</Kids[" + b"5 0 R " * 900 + b"]>>>>"),
    )
    old, new = chance.choice(swaps)
    return made.replace(old, new)


PDFS: tuple[Forge, ...] = (
    _pdf_nesting, _pdf_deep_content, _pdf_tree, _pdf_box, _pdf_circles, _pdf_many_forms, _pdf_picture, _pdf_picture,
    _pdf_font, _pdf_drawing, _pdf_bomb, _pdf_references,
)  # fmt: skip
"""All of them."""
