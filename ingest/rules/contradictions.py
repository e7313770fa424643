"""Contradictions 矛盾 inside a pack: conditions that nothing can meet, orders that run in a circle. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from ingest.rules.expressions import judge, leaves
from ingest.rules.pack_terms import DocType, Rule
from ingest.rules.vocabulary import SETS, WORDS

MOST_TRIED = 20_000
"""Combinations that are tried of one condition; one that has more is taken as possible."""


def contradictions(rules: Sequence[Rule], types: Mapping[str, DocType]) -> Iterator[tuple[str, str, str, str]]:
    """Every contradiction as (rule, element, Chinese, English); ``types`` are all that the rules may name."""
    for rule in rules:
        if not _can_hold(rule):
            yield rule.id, "when", "条件永远不成立，规则形同虚设", "the condition can never hold"
        if rule.need.kind == "paper" and all(types[code].made for code in rule.need.of):
            zh, en = "由本馆制作的文件不能要求移交", "what the archive itself makes cannot be asked for"
            yield rule.id, "needs", zh, en
    yield from _circles(rules)
    yield from _two_lengths(rules)


def _circles(rules: Sequence[Rule]) -> Iterator[tuple[str, str, str, str]]:
    after: dict[str, set[str]] = {}
    for rule in rules:
        if rule.need.kind != "order":
            continue
        first, second = rule.need.of
        if first == second or _reaches(after, second, first):
            zh, en = f"{first} 与 {second} 互为先后", f"{first} and {second} are each to come before the other"
            yield rule.id, "needs", zh, en
        after.setdefault(first, set()).add(second)


def _reaches(after: Mapping[str, set[str]], start: str, end: str) -> bool:
    seen, waiting = set[str](), [start]
    while waiting:
        at = waiting.pop()
        if at == end:
            return True
        if at not in seen:
            seen.add(at)
            waiting += after.get(at, ())
    return False


def _two_lengths(rules: Sequence[Rule]) -> Iterator[tuple[str, str, str, str]]:
    known: dict[str, Rule] = {}
    for rule in rules:
        need = rule.need
        if need.kind != "deadline" or not need.deadline:
            continue
        first = known.setdefault(need.deadline, rule)
        if (first.need.length, first.need.unit) != (need.length, need.unit):
            zh = f"期限 {need.deadline} 与 {first.id} 所定长短不同"
            yield rule.id, "needs", zh, f"deadline {need.deadline} has another length in {first.id}"


def _can_hold(rule: Rule) -> bool:
    """Whether some case meets the condition, by trying what its names may hold."""
    asked = sorted({(leaf.kind, leaf.text) for leaf in leaves(rule.when) if leaf.kind not in ("number", "word")})
    compared = sorted({int(leaf.text) for leaf in leaves(rule.when) if leaf.kind == "number"})
    numbers = sorted({0, 1, *(n + d for n in compared for d in (-1, 0, 1) if n + d >= 0)})
    ranges: list[Sequence[object]] = [_range(kind, text, numbers) for kind, text in asked]
    tried = 1
    for each in ranges:
        tried *= len(each)
    if tried > MOST_TRIED:
        return True
    return any(judge(rule.when, _Supposed(dict(zip(asked, held, strict=True)))) for held in product(*ranges))


def _range(kind: str, text: str, numbers: Sequence[int]) -> Sequence[object]:
    if kind == "act":
        return (False, True)
    if kind == "name":
        return sorted(WORDS[text])
    if kind == "set":
        words = sorted(SETS[text])
        return [frozenset(w for w, inside in zip(words, held, strict=True) if inside) for held in _halves(len(words))]
    return [n for n in numbers if kind != "has" or n <= 1]


def _halves(size: int) -> Iterator[tuple[bool, ...]]:
    return product((False, True), repeat=size)


class _Supposed:
    """A case as it might be."""

    def __init__(self, held: Mapping[tuple[str, str], object]) -> None:
        self._held = held

    def act(self, name: str) -> bool | None:
        return self._held[("act", name)] is True

    def word(self, name: str) -> str | None:
        return str(self._held[("name", name)])

    def member(self, name: str, word: str) -> bool | None:
        held = self._held[("set", name)]
        assert isinstance(held, frozenset)
        return word in held

    def number(self, name: str) -> int | None:
        found = self._held[("number-of", name)]
        return found if isinstance(found, int) else None

    def count(self, code: str) -> int | None:
        found = self._held.get(("count", code), self._held.get(("has", code), 0))
        return found if isinstance(found, int) else 0
