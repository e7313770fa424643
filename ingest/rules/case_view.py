"""Case view 案卷概观: what rules may ask of a case, from its description and from what was found about its files.

Three answers: yes, no, unknown. A case that states its process is closed: what it does not state did not happen. A case
that states none is known by what lies in it: a paper proves its act, and its absence proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from archive.facts import CaseFacts, ItemFacts, PaperFacts, RecordingFacts
from archive.kernel.clock import legal_date
from archive.terms import Part
from ingest.rules.pack_terms import DocType

_PROCEDURES = {"ordinary": "G", "summary": "S", "inspection": "I", "application": "A"}
_OUTCOMES = ("penalty", "no_penalty", "withdrawn")
BROKEN = frozenset({"media-cut", "media-gap", "media-clock-stopped", "media-clock-back", "media-damaged"})
"""Findings of the probe that break the whole of a recording."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when 起止."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ViewItem:
    """One item as rules see it 件; ``number`` counts from 1 in the order of the contents list."""

    number: int
    title: str
    doc_no: str
    code: str
    part: Part
    day: date | None
    paper: PaperFacts
    recording: RecordingFacts | None
    claims: frozenset[str]
    played_ms: int | None
    broken: str

    @property
    def span(self) -> Span | None:
        """From when to when the act of the paper lasted, when it says so."""
        start, end = self.paper.started_at, self.paper.ended_at
        return Span(start, end) if start is not None and end is not None else None

    @property
    def drift(self) -> timedelta | None:
        """How far the device's clock lay behind the storage's; None when nobody compared them."""
        made = self.recording
        if made is None or made.stored_at is None or made.device_clock is None:
            return None
        return made.stored_at - made.device_clock

    @property
    def recorded(self) -> Span | None:
        """From when to when it recorded, by the storage's clock where the two were compared."""
        made = self.recording
        if made is None or made.started_at is None or made.ended_at is None:
            return None
        drift = self.drift or timedelta()
        return Span(made.started_at + drift, made.ended_at + drift)


@dataclass(frozen=True)
class CaseView:
    """A case as rules see it 案卷; ``filed`` is the day on which it counts as filed."""

    facts: CaseFacts
    items: tuple[ViewItem, ...]
    unit: str
    filed: date
    types: Mapping[str, DocType]
    complete: bool = True
    _shown: frozenset[str] = field(init=False, repr=False)
    _counts: Mapping[str, int] = field(init=False, repr=False)
    _ways: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        codes = Counter(item.code for item in self.items if item.code)
        present = [self.types[code] for code in codes if code in self.types]
        object.__setattr__(self, "_counts", codes)
        object.__setattr__(self, "_shown", frozenset(act for each in present for act in each.shows))
        object.__setattr__(self, "_ways", frozenset(each.way for each in present if each.way))

    @property
    def is_stated(self) -> bool:
        """Whether the case states its process at all."""
        return self.facts.process is not None

    @property
    def is_whole(self) -> bool:
        """Whether a paper that is not found is really absent: all items are seen, and each says its type or the case
        states its process.
        """
        return self.complete and (self.is_stated or not self.number("untyped"))

    def of(self, codes: Sequence[str]) -> list[ViewItem]:
        """The items of these types, in order."""
        return [item for item in self.items if item.code in codes]

    def recordings(self) -> list[ViewItem]:
        """The items that are recordings."""
        return [item for item in self.items if item.recording is not None]

    def act(self, name: str) -> bool | None:
        """Whether that happened."""
        process, outcome = self.facts.process, self.facts.outcome
        if name in self._shown or (process is not None and name in process.acts):
            return True
        if name in _OUTCOMES and outcome:
            return name == outcome
        return False if process is not None else None

    def word(self, name: str) -> str | None:
        """The word of a closed list that the case states."""
        if name == "source":
            return self.facts.process.source if self.facts.process is not None else None
        return (self.facts.outcome if name == "outcome" else self.facts.party_kind) or None

    def member(self, name: str, word: str) -> bool | None:
        """Whether one of its procedures or ways of service is that."""
        process = self.facts.process
        if name == "procedures":
            stated = frozenset(process.procedures) if process is not None else frozenset()
            if stated:
                return word in stated
            only = _PROCEDURES.get(self.facts.procedure)
            return word == only if only is not None else None
        if word in self._ways or (process is not None and word in process.service):
            return True
        return False if process is not None else None

    def number(self, name: str) -> int | None:
        """A number of the case."""
        if name == "untyped":
            return sum(1 for item in self.items if not item.code)
        if name == "recordings":
            return len(self.recordings())
        officers = self.facts.officers
        if not officers and not self.is_stated:
            return None
        return len(officers) if name == "officers" else sum(1 for each in officers if each.certificate_no)

    def count(self, code: str) -> int | None:
        """How many items of that type there are; None when it may be among those that are not known."""
        found = self._counts.get(code, 0)
        return found if found or self.is_whole else None

    def stage(self, stage: str) -> int | None:
        """How many papers of that stage there are; recordings are none."""
        found = sum(
            1 for item in self.items
            if item.recording is None and item.code in self.types and stage in self.types[item.code].stages
        )  # fmt: skip
        return found if found or self.is_whole else None


def view_item(number: int, part: Part, facts: ItemFacts, claims: frozenset[str]) -> ViewItem:
    """One item of a description; findings of the probe say whether a recording is whole."""
    media = facts.media
    broken = next((f"{found.code} {found.detail}".strip() for found in facts.findings if found.code in BROKEN), "")
    return ViewItem(
        number,
        facts.title,
        facts.doc_no,
        facts.doc_type,
        part,
        facts.doc_date,
        facts.paper or PaperFacts(),
        facts.recording,
        claims,
        media.decoded_ms if media is not None else None,
        broken,
    )


def day_of(item: ViewItem) -> date | None:
    """The legal day of a paper or recording."""
    if item.day is not None:
        return item.day
    start = item.paper.started_at or (item.recorded.start if item.recorded is not None else None)
    return legal_date(start) if start is not None else None
