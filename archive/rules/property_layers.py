"""Layers of verification as answers 验封结果与检测项: what a look at a kept object says of which item of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archive.rules.four_properties import Answer, Fault
from archive.terms import Finding, LayerResult

_WHOLE: dict[str, tuple[str, ...]] = {
    "1-1": ("fixity", "bag", "signature", "stamp", "certificate"),
    "1-13": ("bag",),
    "1-14": ("database",),
    "2-7": ("fixity",),
    "3-7": ("keys",),
    "4-7": ("ledger",),
}
"""Items that the layers named answer whole: every finding of theirs counts."""
_CODES: dict[str, tuple[str, frozenset[str]]] = {
    "1-1": ("content", frozenset({"content-damaged", "content-differs"})),
    "1-11": ("content", frozenset({"not-in-inner-manifest", "row-differs", "row-missing", "row-unknown"})),
    "1-12": ("content", frozenset({"inner-manifest"})),
    "2-7": ("content", frozenset({"content-damaged", "content-differs"})),
    "2-11": ("database", frozenset({"file-differs", "file-unknown", "version-count"})),
    "3-2": ("database", frozenset({"row-damaged"})),
    "3-7": ("content", frozenset({"content-damaged", "tier-locked"})),
    "4-3": ("database", frozenset({"file-unknown"})),
}
"""Items that single findings of one layer answer."""


def layer_answers(layers: Sequence[LayerResult]) -> dict[str, Answer]:
    """Every item that verification answers. A layer that gave no answer leaves its items unknown, never passed."""
    by_name = {layer.name: layer for layer in layers}
    found: dict[str, Answer] = {}
    for key in dict.fromkeys((*_WHOLE, *_CODES)):
        wanted = _WHOLE.get(key, ())
        layer, codes = _CODES.get(key, ("", frozenset[str]()))
        named = [finding for name in wanted if name in by_name for finding in by_name[name].findings]
        if layer in by_name:
            named += [one for one in by_name[layer].findings if one.code in codes]
        lacking = [name for name in dict.fromkeys((*wanted, layer)) if name and name not in by_name]
        found[key] = _answer(named, lacking)
    return found


def _answer(findings: Iterable[Finding], lacking: Iterable[str]) -> Answer:
    each = list(dict.fromkeys(findings))
    broken = tuple(_said(one, "layer-broken") for one in each if one.severity == "broken")
    unknown = [_said(one, "unproven") for one in each if one.severity == "warning"]
    return Answer(broken, (*unknown, *_silent(lacking)))


def _said(finding: Finding, code: str) -> Fault:
    return Fault(code, finding.where, f"{finding.layer} {finding.code}")


def _silent(names: Iterable[str]) -> Iterator[Fault]:
    for name in names:
        yield Fault("unproven", "", name)
