"""Joining packs 规则包的适用: which were in force on a day, and how a nearer one adds to a higher one. Pure.

A nearer pack can only make stricter: for a rule of the same id the condition of either counts, the graver consequence,
every word that either asks for, the shorter deadline (the longer where it is the least time that must be given).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from ingest.rules.expressions import ALWAYS, Expression, Node
from ingest.rules.pack_terms import LEVELS, DocType, Effective, Need, Pack, Rule


class MergeFault(ValueError):
    """Two packs that cannot be joined 规则包冲突; ``pack`` and ``rule`` name the nearer one's place."""

    def __init__(self, pack: str, rule: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.pack, self.rule, self.zh, self.en = pack, rule, zh, en


def effective(packs: Sequence[Pack], day: date) -> Effective:
    """What holds for a case closed on ``day``. Raises MergeFault when two packs in force contradict each other."""
    held = sorted((pack for pack in packs if pack.in_force(day)), key=lambda pack: LEVELS.index(pack.level))
    types: dict[str, DocType] = {}
    rules: dict[str, Rule] = {}
    doubtful: set[str] = set()
    for number, pack in enumerate(held):
        if number and pack.level == held[number - 1].level:
            other = held[number - 1]
            zh = f"{day} 有两个同级规则包有效：{other.id} {other.version}、{pack.id} {pack.version}"
            raise MergeFault(pack.id, "", zh, f"two packs of one level are in force on {day}: {other.id}, {pack.id}")
        types |= pack.types
        for rule in pack.rules:
            if (rule.since is None or rule.since <= day) and (rule.until is None or day <= rule.until):
                if pack.is_doubtful(day) and rule.id not in rules:
                    doubtful.add(rule.id)
                rules[rule.id] = _stricter(pack, rules[rule.id], rule) if rule.id in rules else rule
    unsure = frozenset(pack.id for pack in held if pack.is_doubtful(day))
    return Effective(tuple(held), types, tuple(rules.values()), unsure, frozenset(doubtful))


def merge_faults(packs: Sequence[Pack]) -> Iterator[MergeFault]:
    """Every contradiction between packs, on each day on which one of them begins to hold."""
    told: set[str] = set()
    for day in sorted({pack.since for pack in packs if pack.since is not None}):
        try:
            effective(packs, day)
        except MergeFault as fault:
            if fault.zh not in told:
                told.add(fault.zh)
                yield fault


def _stricter(pack: Pack, high: Rule, near: Rule) -> Rule:
    if high.need.kind != near.need.kind:
        zh = f"{near.id} 的要求（{near.need.kind}）与上级规则（{high.need.kind}）不是一类"
        en = f"{near.id} needs {near.need.kind}, the higher pack {high.need.kind}"
        raise MergeFault(pack.id, near.id, zh, en)
    return replace(
        near,
        articles=tuple(dict.fromkeys((*high.articles, *near.articles))),
        when=_either(high.when, near.when),
        when_text=" or ".join(f"({text})" for text in (high.when_text, near.when_text) if text)
        if high.when_text and near.when_text
        else "",
        need=_both(pack, near.id, high.need, near.need),
        severity=max(high.severity, near.severity),
    )


def _either(one: Expression, other: Expression) -> Expression:
    return ALWAYS if ALWAYS in (one, other) else one if one == other else Node("or", (one, other))


def _both(pack: Pack, rule: str, high: Need, near: Need) -> Need:
    words = tuple(dict.fromkeys((*high.words, *near.words)))
    if high.kind in ("states", "signed", "recording", "uninterrupted", "form", "media", "claim", "cited"):
        return replace(
            near,
            of=tuple(dict.fromkeys((*high.of, *near.of))),
            words=words,
            seconds=min(high.seconds, near.seconds),
        )
    if high.kind == "paper":
        if not set(near.of) <= set(high.of):
            zh, en = f"{rule} 用别的文种代替上级要求的文书", f"{rule} takes another paper than the higher pack asks for"
            raise MergeFault(pack.id, rule, zh, en)
        return near
    if high.kind in ("deadline", "storage", "clock"):
        return _shorter(pack, rule, high, near)
    if high.kind == "holds":
        return replace(near, condition=Node("and", (high.condition, near.condition)))
    if high != near:
        zh, en = f"{rule} 与上级规则的要求不同", f"{rule} asks for something else than the higher pack"
        raise MergeFault(pack.id, rule, zh, en)
    return near


def _shorter(pack: Pack, rule: str, high: Need, near: Need) -> Need:
    if (high.unit, high.law, high.start, high.end, high.least) != (
        near.unit, near.law, near.start, near.end, near.least
    ):  # fmt: skip
        zh = f"{rule} 的期限单位或起止与上级规则不同，不能比较宽严"
        raise MergeFault(pack.id, rule, zh, f"{rule}: unit or ends differ from the higher pack's, none is stricter")
    choose = max if high.least else min
    length, seconds = choose(high.length, near.length), min(high.seconds, near.seconds)
    return replace(near, length=length, seconds=seconds)
