"""Unicode of what a PDF shows 字符映射检查: PDF/A-2u (ISO 19005-2, 6.2.11.7.2) asks a value for every character.

Stricter than the standard: what cannot be proved here (a predefined CMap, a rare encoding) counts as unmapped, so
that the answer may be a needless "2b" but never a wrong "2u".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pikepdf
from fontTools import agl
from pikepdf import Array, Dictionary, Name, Stream, String

_SHOWING = frozenset({"Tj", "'", '"', "TJ"})
_LATIN = frozenset({Name.WinAnsiEncoding, Name.MacRomanEncoding})
_SYMBOLIC = 4
_FORBIDDEN = {"", "\x00", "\ufeff", "\ufffe"}

Codes = dict[tuple[int, int], set[bytes]]


class _Unknown(Exception):
    """Some text is shown in a font that cannot be told."""


def has_unicode(pdf: pikepdf.Pdf) -> bool:
    """True where every character that any content of ``pdf`` shows has a Unicode value."""
    shown: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    fonts: dict[tuple[int, int], Any] = {}
    try:
        for scope in pdf.content_scopes():
            resources = scope.resources if scope.resources is not None else Dictionary()
            _scan(scope.content, resources, shown, fonts)
    except (_Unknown, pikepdf.PdfError, TypeError, ValueError):
        return False
    return all(_is_mapped(fonts[key], strings) for key, strings in shown.items())


def _scan(content: Any, resources: Any, shown: dict[tuple[int, int], list[bytes]], fonts: dict[Any, Any]) -> None:
    available = resources.get(Name.Font, Dictionary())
    font: Any = None
    stack: list[Any] = []
    for instruction in pikepdf.parse_content_stream(content):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            stack.append(font)
        elif operator == "Q":
            font = stack.pop() if stack else None
        elif operator == "Tf":
            font = available.get(operands[0])
        elif operator == "gs":
            state = resources.get(Name.ExtGState, Dictionary()).get(operands[0], Dictionary())
            if Name.Font in state:
                raise _Unknown
        elif operator in _SHOWING:
            if not isinstance(font, Dictionary) or not font.is_indirect:
                raise _Unknown
            fonts[font.objgen] = font
            shown[font.objgen].extend(_strings(operands[-1]))


def _strings(operand: Any) -> Iterable[bytes]:
    items = operand if isinstance(operand, Array) else [operand]
    return [bytes(item) for item in items if isinstance(item, String)]


def _is_mapped(font: Any, strings: list[bytes]) -> bool:
    composite = font.get(Name.Subtype) == Name.Type0
    width = 2 if composite else 1
    if composite and font.get(Name.Encoding) not in (Name("/Identity-H"), Name("/Identity-V")):
        return False
    codes = {string[at : at + width] for string in strings for at in range(0, len(string), width)}
    table = font.get(Name.ToUnicode)
    if isinstance(table, Stream):
        mapped = parse_tounicode(table.read_bytes(), width)
        return all(mapped.get(int.from_bytes(code, "big"), "") not in _FORBIDDEN for code in codes)
    return not composite and all(_has_glyph_name(font, code[0]) for code in codes)


def _has_glyph_name(font: Any, code: int) -> bool:
    """A simple font without ToUnicode: a Latin encoding, or glyph names of the Adobe Glyph List."""
    descriptor = font.get(Name.FontDescriptor, Dictionary())
    if int(descriptor.get(Name.Flags, 0)) & _SYMBOLIC:
        return False
    encoding = font.get(Name.Encoding)
    if isinstance(encoding, Name):
        return encoding in _LATIN and code >= 32
    if not isinstance(encoding, Dictionary):
        return False
    name = _difference(encoding.get(Name.Differences, Array()), code)
    if name is None:
        return encoding.get(Name.BaseEncoding) in _LATIN and code >= 32
    return name in agl.AGL2UV or re.fullmatch(r"uni[0-9A-F]{4}", name) is not None


def _difference(differences: Any, wanted: int) -> str | None:
    code, found = 0, None
    for item in differences:
        if isinstance(item, Name):
            if code == wanted:
                found = str(item)[1:]
            code += 1
        else:
            code = int(item)
    return found


_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.S)
_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


def parse_tounicode(cmap: bytes, width: int) -> dict[int, str]:
    """The codes of ``width`` bytes that a ToUnicode CMap maps, and to what."""
    mapped: dict[int, str] = {}
    for kind, body in _SECTION.findall(cmap):
        tokens = [_token(match) for match in _TOKEN.finditer(body)]
        if kind == b"bfchar":
            pairs = zip(tokens[::2], tokens[1::2], strict=False)
            for source, target in pairs:
                if isinstance(source, bytes) and isinstance(target, bytes) and len(source) == width:
                    mapped[int.from_bytes(source, "big")] = _text(target)
        else:
            _ranges(tokens, width, mapped)
    return mapped


def _token(match: re.Match[bytes]) -> bytes | str:
    if match[1] is None:
        return "[" if match[2] else "]"
    digits = re.sub(rb"\s", b"", match[1]).decode("ascii")
    return bytes.fromhex(digits if len(digits) % 2 == 0 else digits + "0")


def _text(target: bytes) -> str:
    return target.decode("utf-16-be", "ignore")


def _ranges(tokens: list[bytes | str], width: int, mapped: dict[int, str]) -> None:
    at = 0
    while at + 2 < len(tokens):
        low, high, target = tokens[at : at + 3]
        at += 3
        if not (isinstance(low, bytes) and isinstance(high, bytes)) or len(low) != width:
            return
        first, last = int.from_bytes(low, "big"), int.from_bytes(high, "big")
        if target == "[":
            code = first
            while at < len(tokens) and isinstance(item := tokens[at], bytes):
                if code <= last:
                    mapped[code] = _text(item)
                code, at = code + 1, at + 1
            at += 1
        elif isinstance(target, bytes) and len(target) >= 2:
            _run(first, min(last, first + 0xFFFF), target, mapped)


def _run(first: int, last: int, target: bytes, mapped: dict[int, str]) -> None:
    """A range counts up the last UTF-16 unit only; beyond it nothing is mapped."""
    unit = int.from_bytes(target[-2:], "big")
    for code in range(first, last + 1):
        value = unit + code - first
        if value <= 0xFFFF:
            mapped[code] = _text(target[:-2] + value.to_bytes(2, "big"))
