"""Names of files in packages 包内文件名: which are refused, and why. Found all at once."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from ingest.terms import Problem

LONGEST = 400
LONGEST_PART = 240
SHOWN = 160
_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{word}{sign}" for word in ("com", "lpt") for sign in "123456789¹²³"
}
_FORBIDDEN = set('<>:"|?*\\')
_DECEIVING = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_INVISIBLE = _BLANKS | {chr(sign) for sign in range(0xFE00, 0xFE10)}


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
        alike[unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())].append(name)
    folders = {folded.rsplit("/", depth)[0] for folded in alike for depth in range(1, folded.count("/") + 1)}
    for folded, group in alike.items():
        if len(group) > 1 or folded in folders:
            shown = "、".join(printable(name) for name in group[:4]) + ("/" if len(group) == 1 else "")
            found.append(Problem("ingest.names-collide", printable(group[0]), facts={"names": shown}))
    return found


def check_folder(name: str) -> list[Problem]:
    """What is wrong with the name of a folder entry of an archive."""
    plain = name.removeprefix("./").rstrip("/")
    reason = _wrong(plain) if plain not in ("", ".") else ""
    return [Problem("ingest.name-unsafe", printable(name), facts={"reason": reason})] if reason else []


def is_plain(name: str) -> bool:
    """Whether a name has nothing wrong by itself."""
    return not _wrong(name)


def _wrong(name: str) -> str:
    parts = name.split("/")
    if not name or name.startswith("/") or ".." in parts:
        return "指向包外 / leads outside the package"
    if any(part in ("", ".") for part in parts):
        return "路径不规范 / malformed path"
    if any(unicodedata.category(sign) in _DECEIVING or sign in _INVISIBLE for sign in name):
        return "含控制、双向或不可见字符 / control, bidirectional or invisible signs"
    if any(sign in _FORBIDDEN for sign in name):
        return "含不可移植字符 / signs that are not portable"
    if len(name) > LONGEST or any(len(part.encode("utf-8")) > LONGEST_PART for part in parts):
        return "过长 / too long"
    for part in parts:
        if part.split(".")[0].casefold().strip() in _RESERVED or part != part.strip() or part.endswith("."):
            return "保留名或首尾空格 / reserved name or blanks at its ends"
    return ""


def printable(name: str) -> str:
    """The name with every sign that could deceive a reader shown as its code point."""
    signs = (
        s if s.isprintable() and unicodedata.category(s)[0] != "C" and s not in _INVISIBLE else f"<U+{ord(s):04X}>"
        for s in name[:SHOWN]
    )
    return "".join(signs)
