"""Names of files in packages 包内文件名: which are refused, and why. Found all at once."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from ingest.terms import Problem

LONGEST = 240
LONGEST_PART = 200
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
_FORBIDDEN = set('<>:"|?*\\')


def check_names(names: Iterable[str]) -> list[Problem]:
    """Everything wrong with the names of a package: escapes, absolute paths, control, bidirectional and invisible
    signs, names that some file system cannot hold, and names that are one and the same to another file system.
    """
    found: list[Problem] = []
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        reason = _wrong(name)
        if reason:
            found.append(Problem("ingest.name-unsafe", printable(name), facts={"reason": reason}))
        alike[unicodedata.normalize("NFKC", name).casefold()].append(name)
    for group in alike.values():
        if len(group) > 1:
            shown = "、".join(printable(name) for name in group[:4])
            found.append(Problem("ingest.names-collide", printable(group[0]), facts={"names": shown}))
    return found


def _wrong(name: str) -> str:
    parts = name.split("/")
    if not name or name.startswith("/") or ".." in parts:
        return "指向包外 / leads outside the package"
    if any(part in ("", ".") for part in parts):
        return "路径不规范 / malformed path"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for sign in name):
        return "含控制、双向或不可见字符 / control, bidirectional or invisible signs"
    if any(sign in _FORBIDDEN for sign in name):
        return "含不可移植字符 / signs that are not portable"
    if len(name.encode("utf-8")) > LONGEST or any(len(part.encode("utf-8")) > LONGEST_PART for part in parts):
        return "过长 / too long"
    for part in parts:
        if part.split(".")[0].casefold().strip() in _RESERVED or part != part.strip() or part.endswith("."):
            return "保留名或首尾空格 / reserved name or blanks at its ends"
    return ""


def printable(name: str) -> str:
    """The name with every sign that could deceive a reader shown as its code point."""
    signs = (
        s if s.isprintable() and unicodedata.category(s)[0] != "C" else f"<U+{ord(s):04X}>" for s in name[:LONGEST]
    )
    return "".join(signs)
