"""Tokens 检索词元: the same for every engine, for pages and for queries alike.

Each sign is folded by itself (NFKC, lower case, traditional to simplified, Latin marks dropped), so that a place in
the folded text can be led back to the text as it was. A run of Han, kana or hangul gives one token a sign: the pair of
it and its follower, the last one alone; engines find a sign alone as the beginning of such a token, so unigrams cost no
token of their own. Letters give whole words, digits whole numbers. White space between Han signs is not there; every
other sign ends a run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from search.rules.traditional import SIMPLIFIED, TRADITIONAL

_HAN = "〇々㐀-䶿一-鿿豈-﫿\U00020000-\U000323afぁ-ヿ가-힣"
_GAP = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_PIECE = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])[^\W\d_]){{1,64}}|\d{{1,64}}")
_ONLY_HAN = re.compile(f"[{_HAN}]")
_SIMPLER = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))


class _Folds(dict[int, str]):
    """Code point to folded text, filled as signs are met."""

    def __missing__(self, point: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(point))
        if all(ord(sign) < 0x0500 or unicodedata.combining(sign) for sign in plain):
            plain = "".join(s for s in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(s))
        self[point] = folded = "".join(_SIMPLER.get(sign, sign) for sign in plain.lower())
        return folded


_FOLDS = _Folds()


@dataclass(frozen=True, slots=True)
class Placed:
    """A token and where it stands in the text as it was 词元位置; ``first_end`` ends its first sign (or word)."""

    token: str
    start: int
    first_end: int
    end: int


def is_han(sign: str) -> bool:
    """Whether ``sign`` is written without spaces between words."""
    return _ONLY_HAN.match(sign) is not None


def fold(text: str) -> str:
    """``text`` as it is compared: width, case and script variants made one."""
    return text.translate(_FOLDS)


def tokens(text: str) -> list[str]:
    """The tokens of ``text`` in order; the place in the list is the position in the index."""
    found: list[str] = []
    for piece in _PIECE.findall(_GAP.sub("", fold(text))):
        if _ONLY_HAN.match(piece):
            found += map(str.__add__, piece, piece[1:])
            found.append(piece[-1])
        else:
            found.append(piece)
    return found


def placed(text: str) -> list[Placed]:
    """The same tokens with their places in ``text``."""
    folded, origin = _with_origin(text)
    found: list[Placed] = []
    for run in _runs(folded):
        if not _ONLY_HAN.match(folded[run[0]]):
            start, end = origin[run[0]], origin[run[-1]] + 1
            found.append(Placed("".join(folded[i] for i in run), start, end, end))
            continue
        for here, after in zip(run, [*run[1:], None], strict=True):
            own_end = origin[here] + 1
            token, end = folded[here], own_end
            if after is not None:
                token, end = token + folded[after], origin[after] + 1
            found.append(Placed(token, origin[here], own_end, end))
    return found


def _with_origin(text: str) -> tuple[str, list[int]]:
    pieces = [_FOLDS[ord(sign)] for sign in text]
    origin = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), origin


def _runs(folded: str) -> Iterator[list[int]]:
    """Places of each piece's signs in ``folded``, white space between Han signs left out."""
    kept: list[int] = []
    last = 0
    for gap in _GAP.finditer(folded):
        kept += range(last, gap.start())
        last = gap.end()
    kept += range(last, len(folded))
    closed = "".join(folded[i] for i in kept)
    for match in _PIECE.finditer(closed):
        yield kept[match.start() : match.end()]
