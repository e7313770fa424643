"""Items of a HEIF picture HEIF 条目检查: their types and names are text, before the reader of HEIC sees them.

The reader gives type and content type of each piece of metadata to Python without a look, and breaks (SIGSEGV) on what
is no text. Boxes are those of ISO/IEC 14496-12: size, type, content; ``meta`` holds ``iinf``, that ``infe`` by item.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from archive.renditions.children.runtime import Unfit

_MOST = 10_000
_TEXTS = {b"mime": 3, b"uri ": 2}
"""How many texts follow the fixed part of an item of that type; any other has one, its name."""


def check_items(data: bytes) -> None:
    """Raises Unfit (``damaged``) for an item whose type or texts are none; other bytes than those of HEIF pass."""
    if data[4:8] != b"ftyp":
        return
    try:
        for kind, start, end in _boxes(data, 0, len(data)):
            if kind == b"meta":
                _check_meta(data, start + 4, end)
    except (struct.error, IndexError):
        raise Unfit("damaged", detail="boxes of the picture") from None


def _check_meta(data: bytes, start: int, end: int) -> None:
    for kind, inner, last in _boxes(data, start, end):
        if kind != b"iinf":
            continue
        first = inner + (6 if data[inner] == 0 else 8)
        for item, at, item_end in _boxes(data, first, last):
            if item == b"infe":
                _check_item(data[at:item_end])


def _check_item(item: bytes) -> None:
    version = item[0]
    if version < 2:
        texts, count = item[8:], 3
    else:
        at = 8 if version == 2 else 10
        kind, texts = item[at : at + 4], item[at + 4 :]
        if len(kind) < 4 or not all(32 <= sign < 127 for sign in kind):
            raise Unfit("damaged", detail="type of an item")
        count = _TEXTS.get(kind, 1)
    for text in texts.split(b"\0")[:count]:
        try:
            text.decode()
        except UnicodeDecodeError:
            raise Unfit("damaged", detail="name of an item") from None


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box from ``start``: type, where its content begins and ends. One that is longer than what holds it ends
    there; one that is shorter than its own head is damage.
    """
    for _ in range(_MOST):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        size = size or end - start
        if size < head:
            raise Unfit("damaged", detail="boxes of the picture")
        yield kind, start + head, min(end, start + size)
        start += size
    raise Unfit("damaged", detail="boxes of the picture")
