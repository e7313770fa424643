"""Forgeries 伪造: files made to harm, each by a function of a good file of its kind and a source of chance.

Bombs (a few bytes that unfold to gigabytes), claims (a picture of a hundred thousand pixels a side), circles, depths,
names that lead out of a folder, entities. Written with bare hands, for no library writes such files.
"""

from __future__ import annotations

import random
import re
import struct
import zlib

from tests.prove.hostile_changes import PNG_START, png_chunk, write_zip, zip_members
from tests.prove.hostile_pdfs import PDFS, SIDES, Forge, size

_ENTITIES = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("bcdefgh", "cdefghi", strict=True))
    + "]>",
    '<!DOCTYPE a [<!ENTITY i "' + "x" * 60_000 + '">]>',
    '<!DOCTYPE a [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    '<!DOCTYPE a [<!ENTITY i "&j;"><!ENTITY j "&i;">]>',
)


def _png_claim(data: bytes, chance: random.Random) -> bytes:
    header = struct.pack(
        ">IIBBBBB",
        chance.choice(SIDES),
        chance.choice(SIDES),
        chance.choice((1, 8, 16)),
        chance.choice((0, 2, 3, 6)),
        0,
        0,
        chance.choice((0, 1)),
    )
    text = png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(90_000_000), 9)) if chance.random() < 0.3 else b""
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(size(chance, 60_000_000)), 9))
    return PNG_START + png_chunk(b"IHDR", header) + text + pixels + png_chunk(b"IEND", b"")


def _jpeg_claim(data: bytes, chance: random.Random) -> bytes:
    match = re.search(rb"\xff[\xc0\xc1\xc2]..\x08(....)", data, re.S)
    if match is None:
        return data
    sides = struct.pack(">HH", chance.choice((0, 1, 20_000, 65_535)), chance.choice((0, 1, 20_000, 65_535)))
    made = data[: match.start(1)] + sides + data[match.end(1) :]
    scan = made.find(b"\xff\xda")
    return made[:scan] + made[scan:-2] * chance.choice((1, 1, 300)) + b"\xff\xd9"


def _sides_at(place: int, form: str) -> Forge:
    def forge(data: bytes, chance: random.Random) -> bytes:
        largest = 256 ** struct.calcsize(form[0] + form[1]) - 1
        if form[1].islower():
            largest //= 2
        sides = struct.pack(form, *(min(largest, chance.choice(SIDES)) for _ in range(2)))
        return data[:place] + sides + data[place + len(sides) :]

    forge.__name__ = "claimed_sides"
    return forge


def _box_claim(data: bytes, chance: random.Random) -> bytes:
    """HEIC and JPEG 2000: the box that tells the size."""
    places = [match.end() for match in re.finditer(rb"ispe\0{4}|ihdr|\xff\x51..\0\0", data, re.S)]
    for at in places:
        data = data[:at] + struct.pack(">II", chance.choice(SIDES), chance.choice(SIDES)) + data[at + 8 :]
    return data


def _tiff_claim(data: bytes, chance: random.Random) -> bytes:
    """Sides and strips that claim; a list of pages that leads back to itself."""
    order = "<" if data[:2] == b"II" else ">"
    made = bytearray(data)
    (at,) = struct.unpack_from(order + "I", made, 4)
    if at + 2 > len(made):
        return data
    (count,) = struct.unpack_from(order + "H", made, at)
    end = at + 2 + 12 * count
    for number in range(count):
        place = at + 2 + 12 * number
        if place + 12 <= len(made) and chance.random() < 0.3:
            (tag,) = struct.unpack_from(order + "H", made, place)
            if tag in (256, 257, 258, 273, 277, 278, 279, 322, 323, 324, 325):
                struct.pack_into(order + "I", made, place + chance.choice((4, 8, 8)), chance.choice(SIDES))
    if end + 4 <= len(made) and chance.random() < 0.3:
        struct.pack_into(order + "I", made, end, at)
    return bytes(made)


def _gif_frames(data: bytes, chance: random.Random) -> bytes:
    """One frame thousands of times; of a size that the screen never had."""
    start = data.find(b"\x2c", 13)
    body = data[start:-1]
    screen = struct.pack("<HH", *(chance.choice((1, 100, 65_535)) for _ in range(2)))
    return data[:6] + screen + data[10:start] + body * size(chance, 6_000) + b";"


def _zip_bomb(data: bytes, chance: random.Random) -> bytes:
    members = zip_members(data)
    name = chance.choice([name for name, _ in members] or ["a"])
    body = chance.choice((bytes(1), b" ", b"<a>")) * size(chance, 60_000_000)
    if name.endswith(".xml") and chance.random() < 0.5:
        body = b"<?xml version='1.0'?><a>" + body + b"</a>"
    changed = [(each, body if each == name else old) for each, old in members]
    return write_zip([*changed, *((f"x/{at}", body) for at in range(chance.choice((0, 0, 5))))])


def _zip_lies(data: bytes, chance: random.Random) -> bytes:
    """The directory of a zip tells other sizes, other places, other packings, passwords."""
    made = bytearray(data)
    for match in re.finditer(rb"PK\x01\x02", data):
        if chance.random() < 0.5:
            place, form = chance.choice(
                ((20, "<I"), (24, "<I"), (42, "<I"), (10, "<H"), (8, "<H"), (28, "<H"), (16, "<I"))
            )
            largest = 256 ** struct.calcsize(form) - 1
            struct.pack_into(
                form, made, match.start() + place, min(largest, chance.choice((0, 1, 9, 99, 0x8000, largest)))
            )
    return bytes(made)


def _zip_names(data: bytes, chance: random.Random) -> bytes:
    members = zip_members(data)
    names = (
        "../../../../tmp/anjuan-out",
        "/etc/cron.d/x",
        "C:\\windows\\x",
        "a/" * 900 + "b",
        "x\0y",
        "\u202excod",
        "",
        "word/../word/document.xml",
        "CON",
        "content.xml/",
        ".",
        "_rels/.rels",
    )
    extra = [(chance.choice(names) or "-", b"<a/>") for _ in range(chance.choice((1, 3, 12_000)))]
    again = [members[chance.randrange(len(members))]] if members and chance.random() < 0.5 else []
    return write_zip([*members, *again, *extra])


def _zip_in_zip(data: bytes, chance: random.Random) -> bytes:
    inner = data
    for _ in range(chance.randint(1, 30)):
        inner = write_zip([("a.zip", inner), ("OFD.xml", b"<a/>")])
    return write_zip([*zip_members(data), ("word/embeddings/a.docx", inner), ("media/b.zip", inner)])


def _xml_of(data: bytes, chance: random.Random) -> tuple[list[tuple[str, bytes]], int]:
    members = zip_members(data)
    found = [at for at, (name, _) in enumerate(members) if name.endswith((".xml", ".rels"))]
    return members, chance.choice(found or [0])


def _zip_entities(data: bytes, chance: random.Random) -> bytes:
    members, at = _xml_of(data, chance)
    if not members:
        return data
    name, body = members[at]
    head, mark, rest = body.partition(b"?>") if body.startswith(b"<?xml") else (b"", b"", body)
    members[at] = name, head + mark + chance.choice(_ENTITIES).encode() + rest.replace(b">", b">&i;", 3)
    return write_zip(members)


def _zip_depth(data: bytes, chance: random.Random) -> bytes:
    """A part of many levels, of many attributes, of one very long word, or of very many elements."""
    members, at = _xml_of(data, chance)
    if not members:
        return data
    name, body = members[at]
    end = body.rfind(b"</")
    tag = (re.findall(rb"<([A-Za-z]+:?[A-Za-z]*)[ />]", body) or [b"a"])[-1]
    many = size(chance, 400_000)
    inside = chance.choice(
        (
            b"<%s>" % tag * (many // 9) + b"</%s>" % tag * (many // 9),
            b"<%s>x</%s>" % (tag, tag) * (many // 4),
            b"<%s " % tag + b" ".join(b'a%d="1"' % n for n in range(many // 6)) + b"/>",
            b"<%s>" % tag + b"W" * many * 9 + b"</%s>" % tag,
            "甲".encode() * many,
        )
    )
    members[at] = name, body[:end] + inside + body[end:]
    return write_zip(members)


def _grid(data: bytes, chance: random.Random) -> bytes:
    """A sheet of a million rows, a table of thousands of columns, cells that span everything."""
    swaps = (
        (rb"<table:table-cell", b'<table:table-cell table:number-columns-repeated="16384"'),
        (rb"<table:table-row", b'<table:table-row table:number-rows-repeated="1048576"'),
        (rb'r="A1"', b'r="XFD1048576"'),
        (rb"<row ", b'<row ht="409" customHeight="1" spans="1:16384" '),
        (rb"<w:tc>", b'<w:tc><w:tcPr><w:gridSpan w:val="16384"/><w:vMerge/></w:tcPr>' * 1),
        (rb"<w:t[ >]", b'<w:t xml:space="preserve" '),
        (rb"<text:p", b'<text:p><text:s text:c="99999999"/></text:p><text:p'),
        (rb"A1:[A-Z]+\d+", b"A1:XFD1048576"),
        (rb"<f>[^<]*</f>", b"<f>" + b"SUM(" * 4_000 + b"1" + b")" * 4_000 + b"</f>"),
        (rb"<cols>", b'<cols><col min="1" max="16384" width="255"/>'),
        (rb'svg:width="[^"]*"', b'svg:width="99999999cm"'),
        (rb'w="\d+"', b'w="999999999"'),
        (rb'Boundary="[^"]*"', b'Boundary="-1e9 -1e9 2e9 2e9"'),
        (rb'DeltaX="[^"]*"', b'DeltaX="g 2000000000 5"'),
        (rb"<ofd:PhysicalBox>[^<]*", b"<ofd:PhysicalBox>0 0 1e9 1e9"),
        (rb"M 0 0 L 170 0", b"M 0 0 " + b"B 1 1 9 9 1e9 1e9 " * 60_000),
        (rb'Size="[^"]*"', b'Size="1e30"'),
        (rb"<ofd:Page ", b'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>' * 6_000 + b"<ofd:Page "),
        (rb"<draw:page ", b'<draw:page draw:name="x"/>' * 3_000 + b"<draw:page "),
    )
    members = zip_members(data)
    wanted = [(old, new) for old, new in swaps if any(re.search(old, body) for _, body in members)]
    for old, new in chance.sample(wanted, min(len(wanted), chance.randint(1, 2))):
        members = [(name, re.sub(old, lambda _, new=new: new, body)) for name, body in members]  # type: ignore[misc]
    return write_zip(members)


def _html_depth(data: bytes, chance: random.Random) -> bytes:
    many = size(chance, 300_000)
    pieces = (
        "<div>" * many,
        "<table><tr><td>" * (many // 8),
        "<ul><li>x" * (many // 8),
        "<b a='&#x110000;'>" * (many // 9),
        "<td>" * many,
        "x" * many * 9,
        "<p>甲" * many,
        "&nbsp;" * many,
        "<!--" * many,
        "<table>" + "<tr><td>x" * many,
        "<img src='data:image/png;base64," + "A" * many + "'>",
        "<a href='" + "../" * many + "'>",
        "&#1114112;" * many,
        "<p " + "a=b " * many + ">",
        "<svg><use href='#a' id='a'/></svg>" * (many // 9),
        "\u0301" * many,
    )
    return ("<!doctype html><html><body>" + chance.choice(pieces) + "结尾").encode()


def _mail_depth(data: bytes, chance: random.Random) -> bytes:
    many = size(chance, 60_000)
    head = b"From: a@b\r\nTo: c@d\r\nSubject: x\r\n"
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(many // 9)
    )
    return chance.choice(
        (
            head + nested + b"\r\ntext\r\n",
            head + b"Content-Type: message/rfc822\r\n\r\n" * (many // 9) + b"x",
            head + b"X: y\r\n" * many + b"\r\ntext",
            head + b"Subject: " + b"=?utf-8?B?5L2g?= " * many + b"\r\n\r\ntext",
            head + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * many * 9,
            head
            + b"Content-Type: text/plain; charset="
            + chance.choice((b"idna", b"utf-7", b"zlib", b"x" * 999, b"rot13"))
            + b"\r\n\r\n+AGE-\r\n",
            head + b"Content-Type: text/html\r\n\r\n" + _html_depth(b"", chance),
            head + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * many + b"--b--",
        )
    )


def _text_flood(data: bytes, chance: random.Random) -> bytes:
    many = size(chance, 4_000_000)
    pieces = (
        "x" * many,
        "x\n" * (many // 2),
        "甲" * (many // 3),
        "\n" * many,
        "\t" * many,
        "a\u0301" * (many // 4),
        "\u202e",
        "𠀀" * 300,
        "\r",
        "ﷺ" * (many // 9),
        "W " * (many // 2),
        "ก็" * 9_000,
        "#set page(width: 1pt)\n" * 90,
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "%!PS\n" * 50,
    )
    body = "开头 " + chance.choice(pieces)
    return body.encode(chance.choice(("utf-8", "utf-8", "utf-16", "gb18030")), "replace")


def _rtf_depth(data: bytes, chance: random.Random) -> bytes:
    many = size(chance, 300_000)
    pieces = (
        b"{" * many,
        b"{\\b " * many + b"}" * many,
        b"\\bin999999999 x",
        b"\\u-99999?" * many,
        b"\\trowd\\cellx99999999" * 9_000,
        b"{\\pict\\picw99999999\\pich99999999\\pngblip " + b"89504e47" * 900 + b"}",
        b"\\par " * many,
        b"\\row" * many,
        b"{\\object\\objemb{\\*\\objdata " + b"d0cf11e0a1b11ae1" * 900 + b"}}",
        b"\\fs2147483647 x",
        b"\\page x" * (many // 9),
        b'{\\fldinst INCLUDEPICTURE "file:///etc/passwd"}',
        b"\\paperw99999999\\paperh99999999 x",
    )
    return b"{\\rtf1\\ansi " + chance.choice(pieces) + b" end}"


def _film_claim(data: bytes, chance: random.Random) -> bytes:
    """Sides, rates and counts in the headers of a recording: what a decoder would reserve memory for."""
    names = (
        rb"avc1.{24}|mp4v.{24}|jpeg.{24}",
        rb"stsz.{4}",
        rb"stts.{4}",
        rb"stco.{4}",
        rb"ctts.{4}",
        rb"stsc.{4}",
        rb"mvhd.{12}",
        rb"mdhd.{12}",
        rb"tkhd.{76}",
        rb"strf.{4}",
        rb"avih.{24}",
        rb"strh.{20}",
        rb"fmt .{6}",
        rb"fmt .{4}",
        rb"\xb0\x82",
        rb"\xba\x82",
        rb"\x9f\x81",
        rb"\xb5\x84",
        rb"\x00\x00\x01\xb3",
    )
    found = [match.end() for name in names for match in re.finditer(name, data[:200_000], re.S)]
    made = bytearray(data)
    for at in chance.sample(found, min(len(found), chance.randint(1, 3))):
        form = chance.choice((">I", "<I", ">H", "<H"))
        value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 16_384, 1_000_000, 0x7FFFFFFF, 0xFFFFFFFF))
        value = min(value, 256 ** struct.calcsize(form) - 1)
        if at + 4 <= len(made):
            struct.pack_into(form, made, at, value)
    return bytes(made)


def _film_boxes(data: bytes, chance: random.Random) -> bytes:
    """Boxes within boxes, ten thousand deep or side by side; pieces of one stream again and again."""
    many = size(chance, 20_000)
    if data[4:8] == b"ftyp" or data[4:8] in (b"moov", b"wide"):
        inner = b""
        for name in chance.choices((b"moov", b"trak", b"udta", b"meta", b"edts", b"moof"), k=many // 4):
            inner = struct.pack(">I", len(inner) + 8) + name + inner
        return (
            data[: int.from_bytes(data[:4], "big")] + chance.choice((inner, struct.pack(">I", 8) + b"free")) * 2 + data
        )
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return data[:60] + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * many + data[60:]
    at = chance.randrange(len(data))
    return data[:at] + data[at : at + 188] * many + data[at:]


FORGERIES: dict[str, tuple[Forge, ...]] = {
    "pdf": PDFS,
    "png": (_png_claim,), "jpeg": (_jpeg_claim,), "tiff": (_tiff_claim,), "jp2": (_box_claim,), "heic": (_box_claim,),
    "gif": (_gif_frames, _sides_at(6, "<HH")), "bmp": (_sides_at(18, "<ii"),), "webp": (_sides_at(24, "<HH"),),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "ofd"),
                    (_zip_bomb, _zip_lies, _zip_names, _zip_in_zip, _zip_entities, _zip_depth, _grid, _grid)),
    "zip": (_zip_bomb, _zip_lies, _zip_names, _zip_in_zip),
    "html": (_html_depth,), "eml": (_mail_depth,), "text": (_text_flood,), "rtf": (_rtf_depth,),
    **dict.fromkeys(("mp4", "mov", "mkv", "webm", "avi", "mpg", "ts", "hdv", "3gp", "wav", "sound", "wmv", "dv"),
                    (_film_claim, _film_claim, _film_boxes)),
}  # fmt: skip
"""What is forged of each kind; office files of old have no forgery of their own, only changes."""


def forge_file(kind: str, data: bytes, chance: random.Random) -> tuple[bytes, str]:
    """One forgery of a kind and its name; empty where there is none."""
    ways = FORGERIES.get(kind, ())
    if not ways:
        return b"", ""
    forge = chance.choice(ways)
    return forge(data, chance), forge.__name__.strip("_")
