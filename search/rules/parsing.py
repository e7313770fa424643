"""Query parsing 查询解析: Whoosh's parser gives a syntax tree, this turns it into our own under limits.

Fields (English or Chinese names), "phrases", AND OR NOT, parentheses, ``date:[2024-01 TO 2024-06]``, ``word*``.
Words side by side must all occur. Nothing of the string itself reaches an engine.
"""

from __future__ import annotations

import re
from typing import Any

from whoosh.qparser import plugins as untyped_plugins
from whoosh.qparser.default import QueryParser
from whoosh.query import compound, positional, ranges, terms, wrappers
from whoosh.query.qcore import NullQuery

from archive.kernel.refusals import Refusal
from search.rules.dates import FIRST, LAST, cover, span
from search.rules.tree import AllOf, AnyOf, Except, OnDates, Phrase, Query, Tree, near, phrase
from search.terms import FIELDS

MAX_SIGNS = 400
MAX_PHRASES = 32
MAX_NESTING = 8
MAX_OPEN_ENDS = 4
MIN_OPEN_END = 2

_NAMES = {name: name for name in (*FIELDS, "text")} | {
    "题名": "title",
    "种类": "type",
    "文号": "number",
    "案由": "cause",
    "当事人": "party",
    "日期": "date",
    "正文": "text",
}
_QUOTES = str.maketrans("“”„＂「」『』", '"' * 8)
_OPEN_MIDDLE = re.compile(r"\w\*|\*\w")
_OTHER_FIELD = re.compile(r"(?<![^\s(])([A-Za-z_]{2,20}):(?!/)")
_QUOTED = re.compile(r'"[^"]*"?')
_FIELD_COLON = re.compile(rf"({'|'.join(_NAMES)})：")


def parse(text: str) -> Query:
    """The query in ``text``; raises Refusal ``search.query-empty``, ``-unreadable``, ``-negative``, ``-too-broad``, and
    ``search.query-field`` where a word with a colon looks like a field and is none.
    """
    _check_size(text)
    plain = _FIELD_COLON.sub(r"\1:", text.translate(_QUOTES)).strip()
    _check_fields(plain)
    syntax = _parser().parse(plain)
    wanted, unwanted = _compile(syntax)
    if wanted is None:
        raise Refusal("search.query-negative" if unwanted is not None else "search.query-empty")
    _check_breadth(wanted, unwanted)
    tree = wanted if unwanted is None else Except(wanted, unwanted)
    return Query(text, tree, None if '"' in plain else _nearest(syntax))


def _parser() -> Any:
    plugins: Any = untyped_plugins
    fields = plugins.FieldsPlugin(expr=rf"(?P<text>{'|'.join(_NAMES)}):", remove_unknown=False)
    words = plugins.OperatorsPlugin(AndMaybe=None, Require=None)
    rest = (plugins.PhrasePlugin, plugins.RangePlugin, plugins.GroupPlugin, plugins.PrefixPlugin)
    return QueryParser("", None, plugins=[fields, words, *rest])


def _check_size(text: str) -> None:
    if len(text) > MAX_SIGNS:
        raise Refusal("search.query-too-broad", what="length", limit=MAX_SIGNS)
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, abs(depth))
    if deepest > MAX_NESTING:
        raise Refusal("search.query-too-broad", what="nesting", limit=MAX_NESTING)


def _check_fields(plain: str) -> None:
    for hit in _OTHER_FIELD.finditer(_QUOTED.sub(" ", plain)):
        if hit[1] not in _NAMES:
            raise Refusal("search.query-field", field=hit[1], known=" ".join((*FIELDS, "text")))


def _check_breadth(*trees: Tree | None) -> None:
    leaves = [leaf for tree in trees if tree is not None for leaf in _phrases(tree)]
    if len(leaves) > MAX_PHRASES:
        raise Refusal("search.query-too-broad", what="terms", limit=MAX_PHRASES)
    open_ends = [leaf.tokens[-1] for leaf in leaves if leaf.prefix and len(leaf.tokens[-1]) >= MIN_OPEN_END]
    if len(open_ends) > MAX_OPEN_ENDS:
        raise Refusal("search.query-too-broad", what="wildcards", limit=MAX_OPEN_ENDS)


def _phrases(tree: Tree) -> list[Phrase]:
    match tree:
        case Phrase():
            return [tree]
        case AllOf(parts) | AnyOf(parts):
            return [leaf for part in parts for leaf in _phrases(part)]
        case Except(wanted, unwanted):
            return _phrases(wanted) + _phrases(unwanted)
        case OnDates():
            return []


_Both = tuple[Tree | None, Tree | None]


def _compile(node: Any) -> _Both:
    """What is wanted and what is not; a part without any token is neither."""
    match node:
        case wrappers.Not():
            wanted, unwanted = _compile(node.query)
            if unwanted is not None:
                raise Refusal("search.query-unreadable", what="NOT … NOT")
            return None, wanted
        case compound.Or():
            return _compile_or(node)
        case compound.And():
            return _all([_compile(part) for part in node])
        case compound.AndNot():
            return _all([_compile(node.a), _compile(wrappers.Not(node.b))])
        case _ if node == NullQuery:
            return None, None
        case _:
            return _leaf(node), None


def _compile_or(node: Any) -> _Both:
    parts: list[Tree] = []
    for wanted, unwanted in map(_compile, node):
        if wanted is None and unwanted is not None:
            raise Refusal("search.query-negative")
        if wanted is not None:
            parts.append(wanted if unwanted is None else Except(wanted, unwanted))
    return _any(parts), None


def _all(pairs: list[_Both]) -> _Both:
    wanted = tuple(tree for tree, _ in pairs if tree is not None)
    unwanted = [tree for _, tree in pairs if tree is not None]
    return (wanted[0] if len(wanted) == 1 else AllOf(wanted) if wanted else None), _any(unwanted)


def _any(parts: list[Tree]) -> Tree | None:
    return (parts[0] if len(parts) == 1 else AnyOf(tuple(parts))) if parts else None


def _leaf(node: Any) -> Tree | None:
    field = _NAMES.get(node.fieldname, "")
    match node:
        case ranges.TermRange():
            return _range(node, field)
        case positional.Phrase():
            if node.slop != 1:
                raise Refusal("search.query-unreadable", what=f"~{node.slop}")
            return _phrase(" ".join(node.words), field)
        case terms.Prefix():
            if len(node.text) < MIN_OPEN_END:
                raise Refusal("search.query-too-broad", what="wildcards", limit=MAX_OPEN_ENDS)
            return _phrase(node.text, field, open_end=True)
        case terms.Term():
            if _OPEN_MIDDLE.search(node.text):
                raise Refusal("search.query-unreadable", what=node.text)
            return _phrase(node.text, field)
        case _:
            raise Refusal("search.query-unreadable", what=type(node).__name__)


def _phrase(text: str, field: str, open_end: bool = False) -> Tree | None:
    if field != "date":
        return phrase(text, field, open_end)
    days = span(text)
    if days is None:
        raise Refusal("search.query-unreadable", what=text)
    return OnDates(cover(*days))


def _range(node: Any, field: str) -> Tree:
    start = span(node.start) if node.start else (FIRST, FIRST)
    end = span(node.end) if node.end else (LAST, LAST)
    if field != "date" or start is None or end is None or node.startexcl or node.endexcl:
        raise Refusal("search.query-unreadable", what=f"[{node.start or ''} TO {node.end or ''}]")
    return OnDates(cover(start[0], end[1]))


def _nearest(syntax: Any) -> Tree | None:
    """The nearest answers to plain words; quotation marks, fields and operators are meant as written."""
    words: list[Any] = list(syntax) if isinstance(syntax, compound.And) else [syntax]
    if not all(type(word) is terms.Term and not word.fieldname for word in words):
        return None
    return near([found for word in words if (found := phrase(word.text)) is not None])
