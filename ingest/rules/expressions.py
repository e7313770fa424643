"""Expressions 条件表达式 of rule packs: a small closed language, read into values and judged in three ways.

    condition := all ("or" all)*            all := one ("and" one)*          one := "not" one | comparison
    comparison := term [("==" | "!=" | "<" | "<=" | ">" | ">=") term] | WORD "in" NAME
    term := NAME | NUMBER | WORD | ("has" | "count") "(" WORD ")" | "(" condition ")"

Names, words and codes are those of the vocabulary and of the pack; anything else is a fault with its column when the
pack is read. Nothing here can call, import or reach into a value. What a case does not say is unknown (None), and
``unknown and False`` is False, ``unknown or True`` is True.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.rules.vocabulary import ACTS, NUMBERS, SETS, WORDS

LONGEST = 400
DEEPEST = 12
MOST_TOKENS = 120
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_TOKEN = re.compile(
    r'\s*(?:(?P<name>[a-z_]{1,40}\b)|(?P<number>\d{1,4}\b)|"(?P<word>[A-Za-z0-9_]{1,40})"|(?P<sign>==|!=|<=|>=|[<>()]))'
)
_FUNCTIONS = ("has", "count")


class ExpressionFault(ValueError):
    """A condition that is not of the language 条件有误; ``column`` counts from 1."""

    def __init__(self, column: int, zh: str, en: str) -> None:
        super().__init__(en)
        self.column, self.zh, self.en = column, zh, en


class Known(Protocol):
    """What is known of a case 已知事实; None is unknown."""

    def act(self, name: str) -> bool | None:
        """Whether that happened."""
        ...

    def word(self, name: str) -> str | None:
        """The word that the name holds."""
        ...

    def member(self, name: str, word: str) -> bool | None:
        """Whether the set of that name holds the word."""
        ...

    def number(self, name: str) -> int | None:
        """The number of that name."""
        ...

    def count(self, code: str) -> int | None:
        """How many papers of a document type lie in the file."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """A name, number, word or function: ``kind`` is act, name (of a word), number-of, number, word, set,
    has or count."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A joined condition: ``kind`` is and, or, not, in, or a comparison."""

    kind: str
    parts: tuple[Expression, ...]


Expression = Leaf | Node
ALWAYS = Node("and", ())
"""Holds in every case."""
Answer = bool | int | str | None


def parse(text: str, codes: frozenset[str]) -> Expression:
    """The condition in ``text`` over document types ``codes``; an empty text always holds. Raises ExpressionFault."""
    if not text.strip():
        return ALWAYS
    if len(text) > LONGEST:
        raise ExpressionFault(LONGEST, f"条件超过 {LONGEST} 个字符", f"longer than {LONGEST} signs")
    reader = _Reader(_tokens(text), codes, len(text) + 1)
    found = reader.either(0)
    reader.end()
    if _sort(found) != "truth":
        raise ExpressionFault(1, "整个条件不是真假值", "the whole is no condition that holds or fails")
    return found


def judge(expression: Expression, known: Known) -> bool | None:
    """Whether the condition holds; None when what is known does not decide it."""
    answer = _answer(expression, known)
    return answer if isinstance(answer, bool) else None


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Every name, function and value of a condition."""
    if isinstance(expression, Leaf):
        yield expression
        return
    for part in expression.parts:
        yield from leaves(part)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokens(text: str) -> tuple[_Token, ...]:
    found, at = [], 0
    while text[at:].strip():
        hit = _TOKEN.match(text, at)
        if hit is None or hit.lastgroup is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            sign = text[column - 1]
            raise ExpressionFault(column, f"此处不能有 {sign!r}", f"{sign!r} cannot stand here")
        # a word begins with its quote
        column = hit.start(hit.lastgroup) + (0 if hit.lastgroup == "word" else 1)
        found.append(_Token(hit.lastgroup, hit[hit.lastgroup], column))
        at = hit.end()
        if len(found) > MOST_TOKENS:
            raise ExpressionFault(at, "条件过长", "too many words in one condition")
    return tuple(found)


class _Reader:
    def __init__(self, tokens: tuple[_Token, ...], codes: frozenset[str], width: int) -> None:
        self._tokens, self._codes, self._at = tokens, codes, 0
        self._last = _Token("end", "", width)

    def _look(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._last

    def _take(self) -> _Token:
        token = self._look()
        self._at += 1
        return token

    def _is(self, kind: str, *texts: str) -> bool:
        token = self._look()
        return token.kind == kind and token.text in texts

    def end(self) -> None:
        token = self._look()
        if token.kind != "end":
            raise ExpressionFault(token.column, f"多余的 {token.text!r}", f"{token.text!r} is too much")

    def either(self, depth: int) -> Expression:
        return self._joined("or", depth)

    def _joined(self, word: str, depth: int) -> Expression:
        if depth > DEEPEST:
            raise ExpressionFault(self._look().column, "嵌套过深", "nested too deeply")
        start = self._look().column
        parts = [self._one(depth) if word == "and" else self._joined("and", depth)]
        while self._is("name", word):
            self._take()
            parts.append(self._one(depth) if word == "and" else self._joined("and", depth))
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            _must_be(part, "truth", start)
        return Node(word, tuple(parts))

    def _one(self, depth: int) -> Expression:
        if self._is("name", "not"):
            column = self._take().column
            if depth > DEEPEST:
                raise ExpressionFault(column, "嵌套过深", "nested too deeply")
            return Node("not", (_must_be(self._one(depth + 1), "truth", column),))
        start = self._look().column
        left = self._term(depth)
        if self._is("name", "in"):
            return self._member(left, start)
        if not self._is("sign", *COMPARISONS):
            return left
        sign, right = self._take(), self._term(depth)
        return self._compared(sign, left, right)

    def _member(self, left: Expression, start: int) -> Expression:
        self._take()
        name = self._take()
        if name.text not in SETS:
            raise ExpressionFault(name.column, f"{name.text!r} 不是集合", f"{name.text!r} is no set of words")
        if not isinstance(left, Leaf) or left.kind != "word":
            raise ExpressionFault(start, "in 之前须是加引号的词", "a quoted word must stand before in")
        if left.text not in SETS[name.text]:
            raise ExpressionFault(start, f"{name.text} 没有 {left.text!r}", f"{name.text} knows no {left.text!r}")
        return Node("in", (left, Leaf("set", name.text)))

    def _compared(self, sign: _Token, left: Expression, right: Expression) -> Expression:
        sorts = _sort(left), _sort(right)
        if sorts == ("number", "number"):
            return Node(sign.text, (left, right))
        if sign.text in ("==", "!=") and isinstance(left, Leaf) and isinstance(right, Leaf) and left.kind == "name":
            if right.kind == "word" and right.text in WORDS[left.text]:
                return Node(sign.text, (left, right))
            raise ExpressionFault(sign.column, f"{left.text} 没有此词", f"{left.text} knows no such word")
        raise ExpressionFault(sign.column, "两边不能这样比较", "these two cannot be compared like this")

    def _term(self, depth: int) -> Expression:
        token = self._take()
        if token.kind in ("number", "word"):
            return Leaf(token.kind, token.text)
        if token.kind == "sign" and token.text == "(":
            inner = self.either(depth + 1)
            self._closing()
            return inner
        if token.kind == "name" and token.text in _FUNCTIONS and self._is("sign", "("):
            return self._called(token.text)
        if token.kind == "name":
            for kind, names in (("act", ACTS), ("number-of", NUMBERS), ("name", WORDS)):
                if token.text in names:
                    return Leaf(kind, token.text)
            raise ExpressionFault(token.column, f"不认识的名称 {token.text!r}", f"unknown name {token.text!r}")
        shown = token.text or "结尾 / the end"
        raise ExpressionFault(token.column, f"此处缺少内容，而是 {shown}", f"something is missing before {shown}")

    def _called(self, function: str) -> Expression:
        self._take()
        word = self._take()
        if word.kind != "word" or word.text not in self._codes:
            zh, en = f"{function} 不认识 {word.text!r}", f"{function} knows no {word.text!r}"
            raise ExpressionFault(word.column, zh, en)
        self._closing()
        return Leaf(function, word.text)

    def _closing(self) -> None:
        if not self._is("sign", ")"):
            raise ExpressionFault(self._look().column, "缺少右括号", "a closing bracket is missing")
        self._take()


def _sort(expression: Expression) -> str:
    if isinstance(expression, Node):
        return "truth"
    return {"act": "truth", "has": "truth", "word": "word", "name": "name"}.get(expression.kind, "number")


def _must_be(expression: Expression, sort: str, column: int) -> Expression:
    if _sort(expression) != sort:
        raise ExpressionFault(column, "此处须是真假值", "something that holds or fails must stand here")
    return expression


def _answer(expression: Expression, known: Known) -> Answer:
    if isinstance(expression, Leaf):
        return _value(expression, known)
    if expression.kind in ("and", "or"):
        return _all_or_any(expression, known, ends=expression.kind == "or")
    if expression.kind == "not":
        held = judge(expression.parts[0], known)
        return None if held is None else not held
    left, right = expression.parts
    if expression.kind == "in":
        assert isinstance(left, Leaf) and isinstance(right, Leaf)
        return known.member(right.text, left.text)
    one, other = _answer(left, known), _answer(right, known)
    if one is None or other is None:
        return None
    if expression.kind in ("==", "!="):
        return (one == other) == (expression.kind == "==")
    assert isinstance(one, int) and isinstance(other, int)
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[expression.kind]


def _all_or_any(expression: Node, known: Known, *, ends: bool) -> bool | None:
    """The answer that ends the search (True of or, False of and) as soon as one part gives it."""
    unknown = False
    for part in expression.parts:
        held = judge(part, known)
        if held is ends:
            return ends
        unknown = unknown or held is None
    return None if unknown else not ends


def _value(leaf: Leaf, known: Known) -> Answer:
    if leaf.kind == "act":
        return known.act(leaf.text)
    if leaf.kind == "number":
        return int(leaf.text)
    if leaf.kind == "number-of":
        return known.number(leaf.text)
    if leaf.kind == "name":
        return known.word(leaf.text)
    if leaf.kind == "word":
        return leaf.text
    count = known.count(leaf.text)
    return count if leaf.kind == "count" or count is None else count > 0
