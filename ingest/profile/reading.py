"""Reading 读取著录: ``case.json`` into a submission, strictly; every fault with its place."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from archive.facts import CaseFacts, Facts, ItemFacts
from archive.kernel.canonical import parse
from archive.kernel.ids import UnitCode
from archive.rules.markings import from_json, to_json
from archive.terms import Marking
from ingest.profile.model import OURS, DescriptionModel, FileModel, ItemModel, MarkingModel
from ingest.rules.contents import DESCRIPTIONS
from ingest.rules.names import printable
from ingest.rules.vocabulary import ACTS, ROLES, STATED
from ingest.terms import Problem, Sip, SipFile, SipItem

DESCRIPTION = "case.json"
SPREADSHEET = "案卷目录.xlsx"
LARGEST = 16 * 1024 * 1024
DEEPEST = 20
MOST_FAULTS = 50
__all__ = ["DESCRIPTION", "DESCRIPTIONS", "LARGEST", "SPREADSHEET", "read_description", "read_mapping"]


def read_description(data: bytes, name: str = DESCRIPTION) -> tuple[Sip | None, list[Problem]]:
    """The submission in ``case.json``, or everything that is wrong with it, with the place of each fault.

    A repeated name in an object, a second value for anything, nesting beyond use, and text that no file can hold are
    faults like any other.
    """
    if len(data) > LARGEST:
        return None, [Problem("ingest.description-too-large", name, facts={"size": len(data)})]
    try:
        raw = parse(data.removeprefix(b"\xef\xbb\xbf"))
        if _depth(raw) > DEEPEST:
            return None, [_unreadable(name, "nested too deeply")]
        return read_mapping(raw, name)
    except (ValueError, RecursionError) as error:
        return None, [_unreadable(name, str(error))]


def read_mapping(raw: Any, name: str = DESCRIPTION) -> tuple[Sip | None, list[Problem]]:
    """The same for a description that is parsed already (from the spreadsheet)."""
    try:
        # JSON mode: dates and enumerations are text there, and nothing else is bent into shape
        described = DescriptionModel.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        return None, _faults(error, name)
    except ValueError as error:
        return None, [_unreadable(name, str(error))]
    problems = _beyond(described, raw, name)
    marking = _marking(described.marking)
    facts = CaseFacts.model_validate({**described.case.model_dump(), "marking": to_json(marking)})
    sip = Sip(UnitCode(described.unit), marking, facts, tuple(_item(item) for item in described.items))
    return (None, problems) if problems else (sip, [])


def _item(item: ItemModel) -> SipItem:
    marking = _marking(item.marking)
    row = item.model_dump(include={"title", "doc_no", "author", "doc_date", "doc_type", "note", "recording", "paper"})
    facts = ItemFacts.model_validate({**row, "marking": to_json(marking)})
    return SipItem(item.part, marking, facts, tuple(_file(file) for file in item.files), item.volume)


def _file(file: str | FileModel) -> SipFile:
    return SipFile(file) if isinstance(file, str) else SipFile(file.path, file.sha256, file.size)


def _marking(marking: MarkingModel) -> Marking:
    return from_json(marking.model_dump(mode="json"))


def _beyond(described: DescriptionModel, raw: Any, name: str) -> list[Problem]:
    """What types cannot say: instants carry their offset; words are of the vocabulary; what is ours is not theirs."""
    found = []
    for ours in OURS:
        if ours in raw["case"]:
            found.append(_fault(name, f"case.{ours}", "not for senders: a marking stands beside the case, not in it"))
    process = described.case.process
    if process is not None:
        found += _unknown(name, "case.process.acts", process.acts, ACTS)
        found += _naive(name, "case.process", process)
    for number, item in enumerate(described.items):
        if item.recording is not None:
            found += _naive(name, f"items.{number}.recording", item.recording)
        if item.paper is not None:
            found += _naive(name, f"items.{number}.paper", item.paper)
            found += _unknown(name, f"items.{number}.paper.states", item.paper.states or (), STATED)
            found += _unknown(name, f"items.{number}.paper.signed", item.paper.signed or (), ROLES)
    return found


def _naive(name: str, where: str, facts: Facts) -> Iterator[Problem]:
    for word, value in facts:
        if isinstance(value, datetime) and value.tzinfo is None:
            yield _fault(name, f"{where}.{word}", "no offset from UTC (+08:00)")


def _unknown(name: str, where: str, words: Iterable[str], known: Container[str]) -> Iterator[Problem]:
    for number, word in enumerate(words):
        if word not in known:
            yield _fault(name, f"{where}.{number}", f"unknown word: {printable(word)[:60]}")


def _depth(value: Any, above: int = 0) -> int:
    if above > DEEPEST or not isinstance(value, dict | list):
        return above
    inside = value.values() if isinstance(value, dict) else value
    return max((_depth(each, above + 1) for each in inside), default=above + 1)


def _faults(error: ValidationError, name: str) -> list[Problem]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    places = [".".join(str(part) for part in each["loc"]) or "-" for each in found]
    return [_fault(name, where, each["msg"]) for where, each in zip(places, found, strict=True)][:MOST_FAULTS]


def _fault(name: str, where: str, why: str) -> Problem:
    return Problem("ingest.description-invalid", name, facts={"where": printable(where), "why": why[:160]})


def _unreadable(name: str, why: str) -> Problem:
    return Problem("ingest.description-unreadable", name, facts={"why": printable(why)})
