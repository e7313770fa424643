"""Names in bags 包内路径规则: percent encoding, which paths are safe, which names are the same to some file systems."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_ENCODE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_DECODE = {"%25": "%", "%0D": "\r", "%0A": "\n"}
_ENCODED = re.compile(r"%(?:25|0D|0A)", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")


def encode_path(path: str) -> str:
    """``path`` as a manifest writes it: CR, LF and % percent-encoded (RFC 8493 section 2.1.3), nothing else."""
    return re.sub(r"[%\r\n]", lambda found: _ENCODE[found[0]], path)


def decode_path(written: str) -> str:
    """The path behind a manifest's spelling; other percent signs stay as they are."""
    return _ENCODED.sub(lambda found: _DECODE[found[0].upper()], written)


def is_safe(path: str) -> bool:
    """Whether a path stays inside the bag on every system (RFC 8493 section 5): no root, drive, ``~``, ``..``."""
    if not path or path[0] in "/\\~" or _DRIVE.match(path) or "\x00" in path:
        return False
    parts = re.split(r"[/\\]", path)
    return ".." not in parts and bool(path.rstrip("/"))


def plain(path: str) -> str:
    """``path`` without empty and ``.`` elements, which name the same file."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def composed(path: str) -> str:
    """``path`` in Unicode form NFC, by which file systems that normalise compare names."""
    return unicodedata.normalize("NFC", path)


def same_when(fold: str, names: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of different names that become one under ``fold``: ``"form"`` (NFC) or ``"case"`` (NFC, upper = lower)."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        form = composed(name)
        groups[form if fold == "form" else composed(form.casefold())].add(name if fold == "form" else form)
    return sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def is_utf8(name: str) -> bool:
    """Whether a name can be written as UTF-8 (a surrogate marks bytes that are not)."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
