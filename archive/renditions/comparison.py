"""Comparison of text 文本比对: what a file holds against what its PDF shows. Pure.

An own reader says what the file holds and which of it a reader sees; the converter says nothing of itself.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SEARCHED_CAP = 300_000_000
"""Characters that are searched through for hidden pieces, all together: a second or two."""


@dataclass(frozen=True, slots=True)
class Held:
    """A piece of text that a file holds 文件所含文字: where, what, and whether the file shows it to a reader."""

    place: str
    text: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Loss:
    """Text that is not in the PDF 缺失文字: how many characters, and the first place that lacks some."""

    characters: int
    place: str = ""


def folded(text: str) -> str:
    """Compatibility form without blanks, controls, private signs and case: what two programs agree on."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Co"))


def lost_text(held: Iterable[Held], pages: Sequence[str]) -> Loss:
    """What of the shown text the pages lack, however they are broken into lines and pages. Linear in all text."""
    left = Counter(folded("".join(pages)))
    characters, place = 0, ""
    for piece in held:
        if not piece.shown:
            continue
        missing = 0
        for sign, wanted in Counter(folded(piece.text)).items():
            there = left[sign]
            missing += max(0, wanted - there)
            left[sign] = max(0, there - wanted)
        if missing and not place:
            place = piece.place
        characters += missing
    return Loss(characters, place)


def unshown_text(held: Iterable[Held], pages: Sequence[str]) -> Loss:
    """What the file holds, does not show, and the pages do not show either: hidden, deleted, notes of the editor.

    A file of very many such pieces is not searched for each of them: the rest counts as not shown.
    """
    shown = _Shown(folded("".join(pages)))
    characters, place = 0, ""
    for piece in held:
        text = "" if piece.shown else folded(piece.text)
        if text and text not in shown:
            characters += len(text)
            place = place or piece.place
    return Loss(characters, place)


class _Shown:
    """All text of the pages, to look for pieces in it, within bounds."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pairs = {text[at : at + 2] for at in range(len(text))} | set(text)
        self._known: dict[str, bool] = {}
        self._left = _SEARCHED_CAP

    def __contains__(self, piece: str) -> bool:
        if piece not in self._known:
            self._known[piece] = self._find(piece)
        return self._known[piece]

    def _find(self, piece: str) -> bool:
        if self._left <= 0 or any(piece[at : at + 2] not in self._pairs for at in range(max(1, len(piece) - 1))):
            return False
        at = self._text.find(piece)
        self._left -= at if at >= 0 else len(self._text)
        return at >= 0


def page_of_crowded_cell(held: Iterable[Held], pages: Sequence[str]) -> int:
    """The first page (from 1) with ``###``, which a sheet prints for a number that is too wide; 0 for none."""
    if any("###" in piece.text for piece in held):
        return 0
    return next((number for number, text in enumerate(pages, 1) if "###" in text), 0)
