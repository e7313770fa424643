"""FTS5 expressions 全文表达式: a query tree compiled to FTS5's language from tokens alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from search.rules.tree import AllOf, AnyOf, Except, OnDates, Phrase, Tree, ranking

DEFAULT_COLUMNS = "{text title}"


@dataclass(slots=True)
class _Order:
    """Which phrase FTS5 counts under which number: it numbers them as they stand, unwanted ones too."""

    seen: list[Phrase | None] = field(default_factory=list)

    def number(self, phrase: Phrase) -> int:
        return self.seen.index(phrase)


@dataclass(frozen=True, slots=True)
class Expression:
    """An FTS5 expression, the phrases that rank and FTS5's number of each."""

    text: str
    phrases: tuple[Phrase, ...]
    numbers: tuple[int, ...]
    lone: bool  # one phrase and nothing else: its pages are the answer, and every match in a page is one of it


def compile_tree(tree: Tree) -> Expression:
    """``tree`` in FTS5's language."""
    order = _Order()
    text = _compile(tree, order, wanted=True)
    phrases = ranking(tree)
    return Expression(text, phrases, tuple(order.number(phrase) for phrase in phrases), isinstance(tree, Phrase))


def one_phrase(phrase: Phrase) -> str:
    """The expression for ``phrase`` alone."""
    columns = phrase.field or DEFAULT_COLUMNS
    words = " ".join(phrase.tokens).replace('"', "")
    return f'{columns} : "{words}"' + ("*" if phrase.prefix else "")


def _compile(tree: Tree, order: _Order, *, wanted: bool) -> str:
    match tree:
        case Phrase():
            order.seen.append(tree if wanted else None)
            return one_phrase(tree)
        case OnDates(days):
            order.seen += [None] * max(1, len(days))
            return "date : (" + " OR ".join(f'"{day}"' for day in days or ("00000000",)) + ")"
        case AllOf(parts):
            return "(" + " AND ".join(_compile(part, order, wanted=wanted) for part in parts) + ")"
        case AnyOf(parts):
            return "(" + " OR ".join(_compile(part, order, wanted=wanted) for part in parts) + ")"
        case Except(good, bad):
            return f"({_compile(good, order, wanted=wanted)} NOT {_compile(bad, order, wanted=False)})"
