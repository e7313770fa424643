"""Marks 国家秘密标志 in text: a level with ★, as the law writes it (Secrets Law art. 22). Values in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archive.terms import Level

_MARK = re.compile(r"(绝\s{0,4}密|机\s{0,4}密|秘\s{0,4}密)\s{0,4}[★☆]")
_LEVELS = {"绝密": Level.TOP_SECRET, "机密": Level.CONFIDENTIAL, "秘密": Level.SECRET}


def find_mark(text: str) -> tuple[Level, str]:
    """The highest state-secret mark in a text, with how it is written there; (NONE, "") when there is none."""
    found = [(_LEVELS[re.sub(r"\s", "", match[1])], match[0]) for match in _MARK.finditer(text)]
    return max(found, key=lambda each: each[0], default=(Level.NONE, ""))


def highest_mark(pages: Iterable[tuple[int, str]]) -> tuple[int, Level, str]:
    """The first page that carries the highest mark: (page, level, mark); page 0 when no page has one."""
    best = (0, Level.NONE, "")
    for number, text in pages:
        level, mark = find_mark(text)
        if level > best[1]:
            best = (number, level, mark)
    return best
