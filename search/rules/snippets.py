"""Snippets 摘要: where a page answers, the best piece of text around it, the boxes on the page image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from search.rules.tokens import Placed, placed
from search.rules.tree import Phrase
from search.terms import Box, PageText, Part

WIDTH = 120
BEFORE = 24
MAX_BOXES = 400


def find_ranges(text: str, phrases: Sequence[Phrase]) -> list[tuple[int, int, int]]:
    """(start, end, which phrase) of every place where ``phrases`` stand in ``text``, in order of start."""
    stream = placed(text)
    where: dict[str, list[int]] = {}
    for position, token in enumerate(stream):
        where.setdefault(token.token, []).append(position)
    found: list[tuple[int, int, int]] = []
    for number, phrase in enumerate(phrases):
        for position in _starts(where, phrase):
            end = _end(stream, position, phrase)
            if end is not None:
                found.append((stream[position].start, end, number))
    return sorted(found)


def _starts(where: dict[str, list[int]], phrase: Phrase) -> Iterable[int]:
    first = phrase.tokens[0]
    if len(phrase.tokens) > 1 or not phrase.prefix:
        return where.get(first, ())
    return (place for token, places in where.items() if token.startswith(first) for place in places)


def _end(stream: Sequence[Placed], position: int, phrase: Phrase) -> int | None:
    there = stream[position : position + len(phrase.tokens)]
    if len(there) < len(phrase.tokens):
        return None
    *body, last = zip(there, phrase.tokens, strict=True)
    if any(token.token != wanted for token, wanted in body):
        return None
    token, wanted = last
    if phrase.prefix:
        return token.first_end if token.token.startswith(wanted) else None
    return token.end if token.token == wanted else None


def cut(text: str, ranges: Sequence[tuple[int, int, int]], width: int = WIDTH) -> tuple[Part, ...]:
    """The piece of at most ``width`` signs that holds most different phrases, then most places; the first such."""
    start = _best_start(ranges, width)
    end = min(len(text), start + width)
    parts = [Part("…", False)] if start > 0 else []
    at = start
    for low, high in _merged(ranges):
        low, high = max(low, at), min(high, end)
        if low >= high:
            continue
        if low > at:
            parts.append(Part(text[at:low], False))
        parts.append(Part(text[low:high], True))
        at = high
    if at < end:
        parts.append(Part(text[at:end], False))
    if end < len(text):
        parts.append(Part("…", False))
    return tuple(parts)


def _best_start(ranges: Sequence[tuple[int, int, int]], width: int) -> int:
    best, best_start = (0, 0), 0
    last = 0
    for first, (low, _, _) in enumerate(ranges):
        start = max(0, low - BEFORE)
        last = max(last, first)
        while last < len(ranges) and ranges[last][1] <= start + width:
            last += 1
        inside = ranges[first:last]
        worth = (len({number for _, _, number in inside}), len(inside))
        if worth > best:
            best, best_start = worth, start
    return best_start


def _merged(ranges: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high, _ in ranges:
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def locate(page: PageText, ranges: Sequence[tuple[int, int, int]]) -> tuple[Box, ...]:
    """The boxes of ``ranges`` on the page image; of a line's box only the share that the words take."""
    found: list[Box] = []
    for low, high in _merged(ranges):
        for box in page.boxes:
            start, end = max(low, box.start), min(high, box.end)
            if start < end and len(found) < MAX_BOXES:
                step = (box.x1 - box.x0) / (box.end - box.start)
                x0, x1 = box.x0 + (start - box.start) * step, box.x0 + (end - box.start) * step
                found.append(Box(start, end, x0, box.y0, x1, box.y1))
    return tuple(found)
