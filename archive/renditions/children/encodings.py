"""Encodings of text 文本编码: what is said is tried first, then what Chinese texts are written in."""

from __future__ import annotations

import codecs

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "utf-8"}


def decoded(data: bytes, said: str = "") -> str:
    """The text of ``data``: by its mark, as ``said``, as UTF-8, as GB18030; signs that none can read are U+FFFD."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace")
    said = said.strip().lower()
    for name in (_WIDER.get(said, said), "utf-8", "gb18030"):
        if not name or not _is_text(name):
            continue
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def _is_text(name: str) -> bool:
    """A codec of Python that turns bytes into text, not one that unpacks or evaluates."""
    try:
        return bool(codecs.lookup(name)._is_text_encoding) and name not in (
            "unicode_escape",
            "raw_unicode_escape",
            "idna",
        )
    except (LookupError, ValueError):
        return False
