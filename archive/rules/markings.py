"""Markings 标识 as arithmetic: join, canonical form, tier, words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from archive.kernel.refusals import Refusal
from archive.terms import Claim, Compartment, Handling, Level, Marking, Tier

_PERSONAL = {
    Compartment.PRIVACY,
    Compartment.SENSITIVE_PI,
    Compartment.MINOR,
    Compartment.INFORMANT,
    Compartment.THIRD_PARTY,
}
_PROCESS = {Compartment.WORK_SECRET, Compartment.PROCESS_PAPER}
_LEVEL_TIERS = {
    Level.SECRET: Tier.SECRET,
    Level.CONFIDENTIAL: Tier.CONFIDENTIAL,
    Level.TOP_SECRET: Tier.TOP_SECRET,
}
LEVEL_WORDS = {Level.NONE: "", Level.SECRET: "秘密", Level.CONFIDENTIAL: "机密", Level.TOP_SECRET: "绝密"}
KIND_WORDS = {
    Compartment.WORK_SECRET: ("工作秘密", "work secret"),
    Compartment.TRADE_SECRET: ("商业秘密", "trade secret"),
    Compartment.PRIVACY: ("个人隐私", "personal privacy"),
    Compartment.SENSITIVE_PI: ("敏感个人信息", "sensitive personal information"),
    Compartment.MINOR: ("未成年人", "minor"),
    Compartment.INFORMANT: ("举报人", "informant"),
    Compartment.PROCESS_PAPER: ("过程性文书", "internal process paper"),
    Compartment.THIRD_PARTY: ("第三方", "third party"),
}


def tier_of(level: Level, kinds: Iterable[str]) -> Tier:
    """The key class 密钥层 of a marking, by the fixed table: a level rules; one kind of compartments has its own
    tier; more than one of these kinds is ``combined``.
    """
    if level is not Level.NONE:
        return _LEVEL_TIERS[level]
    named = {Compartment(kind) for kind in kinds}
    classes = {
        Tier.PERSONAL if kind in _PERSONAL else Tier.PROCESS if kind in _PROCESS else Tier.TRADE for kind in named
    }
    if len(classes) > 1:
        return Tier.COMBINED
    return classes.pop() if classes else Tier.GENERAL


def marking_tier(marking: Marking) -> Tier:
    """The key class of ``marking``."""
    return tier_of(marking.level, marking.kinds)


def join(markings: Iterable[Marking]) -> Marking:
    """The marking of a whole 汇总标识: the highest level, the longest period, every claim, provisional if a part is."""
    parts = list(markings)
    if not parts:
        return Marking()
    claims = sorted({c for m in parts for c in m.claims}, key=lambda c: (c.kind, c.whose, c.ground, str(c.until)))
    top = max(parts, key=lambda m: (m.level, m.until.toordinal() if m.until else 0))
    open_all = all(m.handling is Handling.OPEN for m in parts)
    return Marking(
        Handling.OPEN if open_all else Handling.INTERNAL,
        top.level,
        tuple(claims),
        top.until if top.level else None,
        top.basis,
        any(m.provisional for m in parts),
    )


def marking_set(marking: Marking) -> str:
    """The canonical value that decides who may read 标识组: handling, level, kinds."""
    return "/".join((marking.handling, marking.level.name, "+".join(sorted(marking.kinds)) or "-"))


def check_marking(marking: Marking) -> tuple[Refusal, ...]:
    """All that is wrong with a marking: OPEN beside a level or a compartment; a level without basis or period."""
    found = []
    if marking.handling is Handling.OPEN and (marking.level or marking.claims):
        found.append(Refusal("archive.marking-open-and-guarded", marking=marking_set(marking)))
    if marking.level and not marking.basis:
        found.append(Refusal("archive.marking-without-basis", marking=marking_set(marking)))
    if marking.level and marking.until is None:
        found.append(Refusal("archive.marking-without-period", marking=marking_set(marking)))
    return tuple(found)


def words(marking: Marking, language: str = "zh") -> tuple[tuple[str, str], ...]:
    """The marks to show as (css kind, word): a mark without its word does not exist; ★ only on state secrets."""
    found: list[tuple[str, str]] = []
    if marking.level:
        css = {Level.SECRET: "secret", Level.CONFIDENTIAL: "confidential", Level.TOP_SECRET: "top-secret"}
        end = f"★{marking.until.isoformat()}" if marking.until else "★"
        found.append((css[marking.level], LEVEL_WORDS[marking.level] + end))
    for claim in marking.claims:
        zh, en = KIND_WORDS[claim.kind]
        word = zh if language.startswith("zh") else en
        found.append((claim.kind.lower().replace("_", "-"), f"{word} · {claim.whose}" if claim.whose else word))
    if not found and marking.handling is Handling.INTERNAL:
        found.append(("internal", "内部" if language.startswith("zh") else "internal"))
    return tuple(found)


def to_json(marking: Marking) -> dict[str, Any]:
    """The marking as plain JSON for packages, tables and inner manifests."""
    return {
        "handling": str(marking.handling),
        "level": marking.level.name,
        "claims": [
            {
                "kind": str(c.kind),
                "whose": c.whose,
                "ground": c.ground,
                "until": c.until.isoformat() if c.until else None,
            }
            for c in marking.claims
        ],
        "until": marking.until.isoformat() if marking.until else None,
        "basis": marking.basis,
        "provisional": marking.provisional,
    }


def from_json(data: dict[str, Any]) -> Marking:
    """The marking in plain JSON; ValueError for a word that is not in the vocabulary."""
    claims = tuple(
        Claim(Compartment(c["kind"]), c.get("whose", ""), c.get("ground", ""), _day(c.get("until")))
        for c in data.get("claims", [])
    )
    level = data.get("level", "NONE")
    if level not in Level.__members__:
        raise ValueError(f"not a level: {level!r}")
    return Marking(
        Handling(data.get("handling", "INTERNAL")),
        Level[level],
        claims,
        _day(data.get("until")),
        data.get("basis", ""),
        bool(data.get("provisional", False)),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_BITS = {kind: 1 << index for index, kind in enumerate(Compartment)}


def to_bits(kinds: Iterable[str]) -> int:
    """Kinds of compartments as the bit set that a table holds."""
    return sum(_BITS[Compartment(kind)] for kind in set(kinds))


def from_bits(bits: int) -> frozenset[str]:
    """The kinds in a bit set."""
    return frozenset(str(kind) for kind, bit in _BITS.items() if bits & bit)


def set_of(handling: str, level: int, bits: int) -> str:
    """The marking_set in the columns of a table; the same as ``marking_set`` of the marking they came from."""
    return "/".join((handling, Level(level).name, "+".join(sorted(from_bits(bits))) or "-"))
