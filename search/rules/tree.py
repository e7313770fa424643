"""Query trees 查询树: what every engine compiles. A tree holds tokens, never a piece of the query string."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from search.rules.tokens import is_han, tokens


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens in a row 短语. ``field`` empty: text or title. ``prefix``: the last token need only begin so."""

    tokens: tuple[str, ...]
    field: str = ""
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class OnDates:
    """Pages with one of these date tokens 日期范围; it selects and does not rank."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part 与."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part 或."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Except:
    """``wanted`` without ``unwanted`` 非."""

    wanted: Tree
    unwanted: Tree


Tree = Phrase | OnDates | AllOf | AnyOf | Except


@dataclass(frozen=True, slots=True)
class Query:
    """A query understood 查询. ``near`` is asked when nothing holds the words as written; None: never."""

    text: str
    tree: Tree
    near: Tree | None = None


def phrase(text: str, field: str = "", open_end: bool = False) -> Phrase | None:
    """``text`` as a phrase that finds every literal occurrence; None when no token is in it.

    The last sign of a Han run is covered by the pair before it; alone, it is a beginning. ``open_end``: a last word may
    go on.
    """
    found = tokens(text)
    if not found:
        return None
    if not is_han(found[-1][0]):
        return Phrase(tuple(found), field, open_end)
    if len(found) > 1 and len(found[-2]) == 2 and is_han(found[-2][0]):
        return Phrase(tuple(found[:-1]), field)
    return Phrase(tuple(found), field, prefix=True)


def near(phrases: list[Phrase], at_most: int = 48) -> Tree | None:
    """Pages that hold any pair or word of ``phrases`` 近似, ranked by pairs, words and single signs."""
    pairs: dict[Tree, None] = {}
    signs: dict[Tree, None] = {}
    for token in (token for each in phrases for token in each.tokens):
        han = is_han(token[0])
        pairs[Phrase((token,), prefix=han and len(token) == 1)] = None
        if han:
            signs.update((Phrase((sign,), prefix=True), None) for sign in token)
    if len(pairs) < 2:
        return None
    pages = AnyOf(tuple(pairs)[:at_most])
    extra = tuple(sign for sign in signs if sign not in pairs)[:at_most]
    return AllOf((pages, AnyOf((*extra, *pages.parts)))) if extra else pages


def ranking(tree: Tree) -> tuple[Phrase, ...]:
    """The phrases that rank 计分短语, each once, in the order in which they first stand in ``tree``."""
    return tuple(dict.fromkeys(_ranking(tree)))


def _ranking(tree: Tree) -> Iterator[Phrase]:
    match tree:
        case Phrase():
            yield tree
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _ranking(part)
        case Except(wanted, _):
            yield from _ranking(wanted)
        case OnDates():
            return
