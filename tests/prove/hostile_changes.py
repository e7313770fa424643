"""Changes 篡改: how a good file is spoilt. Each takes bytes, chance and another file, and gives other bytes.

Some know the form (members of a zip, chunks of a PNG), so that what they spoil lies behind the first check.
"""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

Change = Callable[[bytes, random.Random, bytes], bytes]

LARGEST = 6 * 1024 * 1024
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_NUMBERS = (b"0", b"-1", b"1e30", b"65535", b"2147483647", b"-2147483648", b"4294967296", b"99999999999999999999")
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?")
_SIGNS = ("\u202e", "\ufffe", "\u0000", "\ud7ff", "\U0002ebf0", "A\u0301" * 40, "\ue000", "\u2028", "]]>", "&#x0;")
PNG_START = b"\x89PNG\r\n\x1a\n"


def _span(data: bytes, chance: random.Random, most: int) -> tuple[int, int]:
    """A place and a length within ``data``; headers are met more often than their share."""
    if not data:
        return 0, 0
    at = chance.randrange(min(len(data), 512)) if chance.random() < 0.3 else chance.randrange(len(data))
    return at, min(len(data) - at, 1 + int(most ** chance.random()))


def flip_bits(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """One to a few hundred bits."""
    made = bytearray(data)
    for _ in range(int(400 ** chance.random()) if made else 0):
        at, _ = _span(data, chance, 1)
        made[at] ^= 1 << chance.randrange(8)
    return bytes(made)


def overwrite(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A run of something else: chance, zeros, ones."""
    at, length = _span(data, chance, 4_096)
    filled = chance.choice((chance.randbytes(length), bytes(length), b"\xff" * length))
    return data[:at] + filled + data[at + length :]


def cut(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """The end is missing, from one byte to all but a few."""
    if chance.random() < 0.3:
        return data[: -chance.randint(1, 64)]
    return data[: int(len(data) * chance.random())]


def cut_out(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A piece in the middle, or the beginning, is missing."""
    at, length = _span(data, chance, max(2, len(data) // 2))
    at = 0 if chance.random() < 0.1 else at
    return data[:at] + data[at + length :]


def splice(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A piece of another file in the middle, in place of what was there or besides."""
    at, length = _span(data, chance, 16_384)
    place, size = _span(other, chance, 16_384)
    return data[:at] + other[place : place + size] + data[at + (length if chance.random() < 0.5 else 0) :]


def repeat(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A piece again and again."""
    at, length = _span(data, chance, 8_192)
    times = max(1, min(int(20_000 ** chance.random()), LARGEST // max(1, length)))
    return data[: at + length] + data[at : at + length] * times + data[at + length :]


def append(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """Something behind the end: another file, rubbish, itself."""
    return data + chance.choice((other, chance.randbytes(chance.randint(1, 9_000)), data))


def enlarge_length(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """What looks like a length or a count (a small number of two or four bytes) becomes an extreme one."""
    form, width = chance.choice(((">I", 4), ("<I", 4), (">H", 2), ("<H", 2), (">Q", 8), ("<Q", 8)))
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        for _ in range(200):
            at, _ = _span(data, chance, 1)
            if at + width > len(made):
                continue
            (value,) = struct.unpack_from(form, made, at)
            if 0 < value <= len(made):
                largest = 256**width - 1
                struct.pack_into(form, made, at, min(largest, chance.choice((*_EXTREMES, value * 2, value + 1))))
                break
    return bytes(made)


def enlarge_number(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """Numbers in words (``/Width 120``, ``colspan="2"``) become absurd ones."""
    found = list(_NUMBER.finditer(data[:2_000_000]))
    if not found:
        return enlarge_length(data, chance, other)
    made = data
    for match in sorted(chance.sample(found, min(len(found), chance.randint(1, 4))), key=lambda m: -m.start()):
        made = made[: match.start()] + chance.choice(_NUMBERS) + made[match.end() :]
    return made


def name_field(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """The bytes behind a name of four letters (box, chunk, tag) become extreme."""
    names = list(re.finditer(rb"[A-Za-z][A-Za-z0-9]{3}", data[:65_536]))
    if not names:
        return overwrite(data, chance, other)
    at = chance.choice(names).end() + chance.choice((-8, 0, 4, 8, 12, 16, 20, 24, 28))
    at = min(max(0, at), max(0, len(data) - 4))
    return data[:at] + struct.pack(">I", chance.choice(_EXTREMES)) + data[at + 4 :]


def swap(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """Two pieces change places."""
    at, length = _span(data, chance, 2_048)
    to, _ = _span(data, chance, 1)
    first, second = sorted((at, to))
    length = min(length, max(0, second - first), len(data) - second)
    one, two = data[first : first + length], data[second : second + length]
    return data[:first] + two + data[first + length : second] + one + data[second + length :]


PLAIN: tuple[Change, ...] = (
    flip_bits, flip_bits, overwrite, cut, cut_out, splice, repeat, append, enlarge_length, enlarge_length,
    enlarge_number, name_field, swap,
)  # fmt: skip


def within_png(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A chunk of a PNG is changed and its checksum set right, so that the decoder meets it."""
    chunks = _png_chunks(data)
    if not chunks:
        return flip_bits(data, chance, other)
    number = chance.randrange(len(chunks))
    name, body = chunks[number]
    if name == b"IDAT" and chance.random() < 0.7:
        body = _reflated(body, chance, other)
    else:
        body = chance.choice((flip_bits, overwrite, cut, enlarge_length))(body, chance, other)
    chunks[number] = name, body
    if chance.random() < 0.2:
        chunks.insert(number, chunks[chance.randrange(len(chunks))])
    return PNG_START + b"".join(png_chunk(name, body) for name, body in chunks)


def png_chunk(name: bytes, body: bytes) -> bytes:
    """A chunk with the checksum it must have."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while data.startswith(PNG_START) and at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _reflated(body: bytes, chance: random.Random, other: bytes) -> bytes:
    try:
        plain = zlib.decompress(body)
    except zlib.error:
        return body
    return zlib.compress(chance.choice((flip_bits, overwrite, cut, repeat))(plain, chance, other)[:LARGEST])


def within_streams(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """Streams of a PDF that are deflated are unfolded, changed and folded again, with the length they then have."""
    found = list(re.finditer(rb"/Length (\d+)([^>]{0,200}>>\s*stream\r?\n)", data))
    chance.shuffle(found)
    for match in found[:12]:
        length = int(match[1])
        try:
            plain = zlib.decompress(data[match.end() : match.end() + length])
        except zlib.error:
            continue
        change = chance.choice(
            (flip_bits, overwrite, cut, repeat, enlarge_number, enlarge_number, splice, within_words)
        )
        packed = zlib.compress(change(plain, chance, other)[:LARGEST])
        head = b"/Length %d" % len(packed) + match[2]
        return data[: match.start()] + head + packed + data[match.end() + length :]
    return enlarge_number(data, chance, other)


def within_words(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A text gets signs that are none, or loses, doubles or turns round one of its words."""
    words = re.split(rb"(\s+|[<>(){}\\/])", data[:500_000])
    at = chance.randrange(len(words))
    piece = chance.choice(
        (b"", words[at] * 50, chance.choice(_SIGNS).encode("utf-8", "surrogatepass"), words[at][::-1],
         words[chance.randrange(len(words))], b"<" * 50, b"\\" * 50, b"\r\n\r\n")
    )  # fmt: skip
    words[at] = piece
    return b"".join(words) + data[500_000:]


def within_zip(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """One member of a zip is changed and the whole written anew: every checksum holds."""
    members = zip_members(data)
    if not members:
        return flip_bits(data, chance, other)
    number = chance.randrange(len(members))
    name, body = members[number]
    if name.endswith((".xml", ".rels")) and chance.random() < 0.75:
        change: Change = chance.choice((enlarge_number, within_words, repeat_element, drop_element, swap_value, splice))
    else:
        change = chance.choice(PLAIN)
    members[number] = name, change(body, chance, other)[:LARGEST]
    return write_zip(members)


def repeat_element(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """An element of an XML text many times, beside itself or within itself."""
    found = list(re.finditer(rb"<([A-Za-z0-9:]+)(?:\s[^<>]*)?>[^<>]*</\1>|<[A-Za-z0-9:]+(?:\s[^<>]*)?/>", data))
    if not found:
        return repeat(data, chance, other)
    match = chance.choice(found)
    times = min(int(5_000 ** chance.random()), LARGEST // len(match[0]))
    if chance.random() < 0.3 and match[1]:
        head = match[0].partition(b">")[0] + b">"
        made = head * times + match[0] + b"</" + match[1] + b">" * 1 + (b"</" + match[1] + b">") * max(0, times - 1)
    else:
        made = match[0] * times
    return data[: match.start()] + made + data[match.end() :]


def drop_element(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """An element or an attribute is missing."""
    found = list(re.finditer(rb"<([A-Za-z0-9:]+)(?:\s[^<>]*)?>[^<>]*</\1>|<[^<>]*/>|\s[A-Za-z:]+=\"[^\"]*\"", data))
    if not found:
        return cut_out(data, chance, other)
    match = chance.choice(found)
    return data[: match.start()] + data[match.end() :]


def swap_value(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """An attribute gets the value of another one, or a bad one."""
    found = list(re.finditer(rb"=\"([^\"]*)\"", data))
    if not found:
        return within_words(data, chance, other)
    match, donor = chance.choice(found), chance.choice(found)
    value = chance.choice((donor[1], b"", b"../../../../etc/passwd", b"file:///etc/passwd", b"#REF!", *_NUMBERS))
    return data[: match.start(1)] + value + data[match.end(1) :]


def zip_members(data: bytes) -> list[tuple[str, bytes]]:
    """The members of a zip in their order; none of what is no zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(info.filename, archive.read(info)) for info in archive.infolist() if info.file_size < LARGEST]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return []


def write_zip(members: list[tuple[str, bytes]]) -> bytes:
    """A zip of members in their order, also of the same name twice."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, body in members:
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), body, how)
    return out.getvalue()


_ZIPS = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "odg", "ofd", "zip"})
_WORDS = frozenset({"html", "eml", "text", "rtf"})


def change_file(kind: str, data: bytes, chance: random.Random, other: bytes) -> tuple[bytes, str]:
    """One to three changes after another; the bytes and their names."""
    told = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        change = _choose(kind, chance)
        data = change(data, chance, other)[: 2 * LARGEST]
        told.append(change.__name__)
    return data, " ".join(told)


def _choose(kind: str, chance: random.Random) -> Change:
    special: Change | None = None
    if kind in _ZIPS:
        special = within_zip
    elif kind == "pdf":
        special = chance.choice((within_streams, within_streams, enlarge_number, within_words))
    elif kind == "png":
        special = within_png
    elif kind in _WORDS:
        special = chance.choice((within_words, within_words, enlarge_number, repeat_element, swap_value))
    return special if special is not None and chance.random() < 0.6 else chance.choice(PLAIN)
