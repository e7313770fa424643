"""Plausibility 合理性 of a description: order of dates, known document types, recordings with times, markings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from archive.facts import CaseFacts, ItemFacts
from archive.rules.markings import check_marking
from archive.terms import Level
from ingest.document_types import DOCUMENT_TYPES
from ingest.rules.marks import find_mark
from ingest.rules.names import printable
from ingest.terms import Problem, Sip, SipItem

_OPENED, _DECIDED, _CLOSED = ("立案", "opened"), ("决定", "decided"), ("结案", "closed")
_TODAY = ("今日", "today")


def check_sip(sip: Sip, today: date, *, secrets_allowed: bool) -> list[Problem]:
    """Everything implausible in a submission; ``secrets_allowed`` is False in an ``ordinary`` installation."""
    found = [*_dates(sip, today)]
    if not sip.items:
        found.append(Problem("ingest.items-missing"))
    for item in sip.items:
        found += check_item(item, today, secrets_allowed=secrets_allowed)
    for refusal in check_marking(sip.marking):
        found.append(Problem(refusal.code, facts=dict(refusal.facts)))
    whole = max((item.marking.level for item in sip.items), default=Level.NONE)
    words = " ".join(texts_of(sip.facts))
    found += _level("案卷 / case", "", sip.marking.level, max(sip.marking.level, whole), words, secrets_allowed)
    return found


def texts_of(facts: CaseFacts | ItemFacts) -> list[str]:
    """Everything people wrote in a description, as it will be printed."""
    return [text for text in _strings(facts.model_dump(mode="json", exclude={"marking"})) if text]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _dates(sip: Sip, today: date) -> Iterator[Problem]:
    facts = sip.facts
    order = [(_OPENED, facts.opened_on), (_DECIDED, facts.decided_on), (_CLOSED, facts.closed_on), (_TODAY, today)]
    known = [(names, day) for names, day in order if day is not None]
    for (before, first), (after, second) in pairwise(known):
        if first > second:
            yield Problem("ingest.dates-out-of-order", facts=_apart(before, first, after, second))


def _apart(before: tuple[str, str], first: date, after: tuple[str, str], second: date) -> dict[str, str]:
    """Two days that are out of order, by name in both languages."""
    return {
        "first": f"{before[0]} {first}",
        "first_en": f"{before[1]} {first}",
        "second": f"{after[0]} {second}",
        "second_en": f"{after[1]} {second}",
    }


def check_item(item: SipItem, today: date, *, secrets_allowed: bool) -> Iterator[Problem]:
    """Everything implausible in one item, of a package or of a late document."""
    where = printable(item.files[0].path if item.files else item.facts.title)
    if not item.files:
        yield Problem("ingest.item-without-file", where, facts={"title": item.facts.title})
    if item.facts.doc_type and item.facts.doc_type not in DOCUMENT_TYPES:
        yield Problem("ingest.type-unknown", where, facts={"type": item.facts.doc_type})
    if item.facts.doc_date is not None and item.facts.doc_date > today:
        facts = _apart((item.facts.title, item.facts.title), item.facts.doc_date, _TODAY, today)
        yield Problem("ingest.dates-out-of-order", where, facts=facts)
    for refusal in check_marking(item.marking):
        yield Problem(refusal.code, where, facts=dict(refusal.facts))
    words = " ".join([*texts_of(item.facts), *(file.path for file in item.files)])
    yield from _level(item.facts.title, where, item.marking.level, item.marking.level, words, secrets_allowed)
    recording = item.facts.recording
    if recording and recording.started_at and recording.ended_at and recording.started_at > recording.ended_at:
        yield Problem("ingest.recording-times", where, facts={"title": item.facts.title})


def check_note(note: str, *, secrets_allowed: bool) -> Iterator[Problem]:
    """A mark of secrecy in the sentence of a note form: every reader of the case reads the form, it may carry none."""
    yield from _level("备考表 / note form", "备考表 / note form", Level.NONE, Level.NONE, note, secrets_allowed)


def _level(
    what: str, where: str, declared: Level, covered: Level, words: str, secrets_allowed: bool
) -> Iterator[Problem]:
    """A state secret by its marking, or by a mark in its description."""
    level, mark = find_mark(words)
    if not secrets_allowed and (declared or level):
        yield Problem("ingest.secret-refused", where, facts={"where": what})
    elif level > covered:
        yield Problem("ingest.mark-above-marking", where, facts={"mark": mark})
