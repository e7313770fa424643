"""Plausibility 合理性 of a description: order of dates, known document types, recordings with times, markings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from archive.rules.markings import check_marking
from ingest.document_types import DOCUMENT_TYPES
from ingest.terms import Problem, Sip, SipItem

SECRET_MARK = re.compile(r"(绝\s*密|机\s*密|秘\s*密)\s*[★☆]")


def check_sip(sip: Sip, today: date, *, secrets_allowed: bool) -> list[Problem]:
    """Everything implausible in a submission; ``secrets_allowed`` is False in an ``ordinary`` installation."""
    found = [*_dates(sip, today)]
    if not sip.items:
        found.append(Problem("ingest.items-missing"))
    for item in sip.items:
        found += _item(item, secrets_allowed)
    for refusal in check_marking(sip.marking):
        found.append(Problem(refusal.code, facts=dict(refusal.facts)))
    if sip.marking.level and not secrets_allowed:
        found.append(Problem("ingest.secret-refused", facts={"where": "案卷 / case"}))
    return found


def find_secret_mark(text: str) -> str:
    """A state-secret mark (level with ★) in a page's text; empty when there is none."""
    found = SECRET_MARK.search(text)
    return found.group(0) if found else ""


def _dates(sip: Sip, today: date) -> Iterator[Problem]:
    facts = sip.facts
    order = [("立案", facts.opened_on), ("决定", facts.decided_on), ("结案", facts.closed_on), ("今日", today)]
    known = [(name, day) for name, day in order if day is not None]
    for (before, first), (after, second) in pairwise(known):
        if first > second:
            yield Problem(
                "ingest.dates-out-of-order", facts={"first": f"{before} {first}", "second": f"{after} {second}"}
            )


def _item(item: SipItem, secrets_allowed: bool) -> Iterator[Problem]:
    where = item.files[0].path if item.files else item.facts.title
    if not item.files:
        yield Problem("ingest.item-without-file", where, facts={"title": item.facts.title})
    if item.facts.doc_type and item.facts.doc_type not in DOCUMENT_TYPES:
        yield Problem("ingest.type-unknown", where, facts={"type": item.facts.doc_type})
    for refusal in check_marking(item.marking):
        yield Problem(refusal.code, where, facts=dict(refusal.facts))
    if item.marking.level and not secrets_allowed:
        yield Problem("ingest.secret-refused", where, facts={"where": item.facts.title})
    recording = item.facts.recording
    if recording and recording.started_at and recording.ended_at and recording.started_at > recording.ended_at:
        yield Problem("ingest.recording-times", where, facts={"title": item.facts.title})
