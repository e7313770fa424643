"""Packs 规则包 as values: document types, rules and what they need, who made them, from when to when they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from ingest.rules.expressions import ALWAYS, Expression


class Severity(IntEnum):
    """What a broken rule does 后果; the greater is the stricter."""

    FINDING = 1
    REASON = 2
    REFUSE = 3


LEVELS = ("vocabulary", "national", "province", "city", "district")
"""From the highest to the nearest; what stands higher cannot be weakened by what stands nearer."""

SERVED = "served:"
"""Before a document type in a deadline: the day on which such a paper was served."""


@dataclass(frozen=True, slots=True)
class DocType:
    """A document type 文种: names, stages and procedures it belongs to, its part, what its presence proves.

    ``served`` papers are delivered to the party; ``made`` ones are written by the archive itself at the seal.
    """

    code: str
    zh: str
    en: str
    stages: tuple[str, ...]
    procedures: tuple[str, ...]
    part: str
    aliases: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    way: str = ""
    served: bool = False
    made: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """What a rule needs 要求, by ``kind``:

    ``paper`` one of ``of``; ``receipt`` for each served paper; ``recording`` that overlaps each of ``of``;
    ``uninterrupted`` recordings of ``of`` (``seconds`` apart at most); ``states`` and ``signed`` (``words``) on each
    of ``of``; ``order`` of two in ``of``; ``deadline``; ``claim`` (``words``) on ``of``; ``part`` (``words``);
    ``holds`` a condition; ``media`` elements of each recording; ``storage`` in ``length`` hours; ``clock`` within
    ``seconds``; ``bound`` recordings; a ``stage`` (``words``) with a paper; ``cited`` law in the reasons given for the
    rules ``words``; ``form`` named on each of ``of``.
    """

    kind: str
    of: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    condition: Expression = ALWAYS
    seconds: int = 0
    length: int = 0
    unit: str = ""
    law: str = ""
    deadline: str = ""
    start: str = ""
    end: str = ""
    least: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule 规则: which articles it rests on, when it applies, what it needs, what follows when it is broken."""

    id: str
    articles: tuple[str, ...]
    zh: str
    en: str
    when: Expression
    when_text: str
    need: Need
    severity: Severity
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A requirement that no single case can show 不由单个案卷判断, and where the archive keeps it instead."""

    id: str
    article: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack 规则包 of one authority, as one file says it."""

    id: str
    version: str
    level: str
    zh: str
    en: str
    since: date | None = None
    certain_from: date | None = None
    until: date | None = None
    types: Mapping[str, DocType] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether the pack holds on that day, at least perhaps."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def is_doubtful(self, day: date) -> bool:
        """Whether its start is not known well enough to say that it held already (Rules art. 29)."""
        return self.certain_from is not None and day < self.certain_from


@dataclass(frozen=True, slots=True)
class Effective:
    """What holds for a case 适用规则: the packs in force on the day of closing, joined; ``doubtful`` packs by id."""

    packs: tuple[Pack, ...]
    types: Mapping[str, DocType]
    rules: tuple[Rule, ...]
    doubtful: frozenset[str]
    doubtful_rules: frozenset[str] = frozenset()

    @property
    def named(self) -> str:
        """The packs with their versions, from the highest to the nearest."""
        return " + ".join(f"{pack.id} {pack.version}" for pack in self.packs if pack.rules)


@dataclass(frozen=True, slots=True)
class PackFault:
    """One thing that is wrong with a pack 规则包问题: section, entry (position or name), element, why."""

    section: str
    entry: int | str
    key: str
    zh: str
    en: str
    column: int = 0
