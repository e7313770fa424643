"""Profile 提交规范 (docs/sip.md): reads the description ``case.json`` of a submission into terms, strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.facts import CaseFacts, ItemFacts, RecordingFacts
from archive.kernel.canonical import parse
from archive.kernel.ids import UnitCode
from archive.rules.markings import from_json, to_json
from archive.terms import Marking, Part
from ingest.terms import Problem, Sip, SipFile, SipItem

DESCRIPTION = "case.json"
LARGEST = 16 * 1024 * 1024
_UNIT = re.compile(r"^[0-9A-Za-z_一-鿿-]{1,24}$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _File(_Strict):
    path: str = Field(min_length=1)
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$")
    size: int | None = Field(None, ge=0)


class _Item(_Strict):
    title: str = Field(min_length=1, max_length=400)
    files: list[str | _File]
    part: Part = Part.MAIN
    doc_type: str = ""
    doc_no: str = ""
    author: str = ""
    doc_date: str | None = None
    note: str = ""
    recording: RecordingFacts | None = None
    marking: dict[str, Any] = Field(default_factory=dict)


class _Description(_Strict):
    anjuan_sip: int = Field(ge=1, le=1)
    unit: str
    case: dict[str, Any]
    marking: dict[str, Any] = Field(default_factory=dict)
    items: list[_Item]


def read_description(data: bytes) -> tuple[Sip | None, list[Problem]]:
    """The submission in ``case.json``, or everything that is wrong with it, with the place of each fault."""
    if len(data) > LARGEST:
        return None, [Problem("ingest.description-too-large", DESCRIPTION, facts={"size": len(data)})]
    try:
        raw = parse(data)
        return read_mapping(raw)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            return None, _problems(error)
        return None, [Problem("ingest.description-unreadable", DESCRIPTION, facts={"why": str(error)[:200]})]


def read_mapping(raw: Any) -> tuple[Sip | None, list[Problem]]:
    """The same for a description that is parsed already (from the spreadsheet)."""
    try:
        described = _Description.model_validate(raw)
        facts = CaseFacts.model_validate({**described.case, "marking": _plain(described.marking)})
        items = tuple(_item(item) for item in described.items)
        marking = _marking(described.marking)
    except ValidationError as error:
        return None, _problems(error)
    except (ValueError, KeyError, TypeError) as error:
        return None, [Problem("ingest.description-invalid", DESCRIPTION, facts={"where": "-", "why": str(error)[:200]})]
    if not _UNIT.match(described.unit):
        why = {"where": "unit", "why": described.unit[:40]}
        return None, [Problem("ingest.description-invalid", DESCRIPTION, facts=why)]
    return Sip(UnitCode(described.unit), marking, facts, items), []


def _item(item: _Item) -> SipItem:
    marking = _marking(item.marking)
    facts = ItemFacts.model_validate(
        {
            "title": item.title,
            "doc_no": item.doc_no,
            "author": item.author,
            "doc_date": item.doc_date,
            "doc_type": item.doc_type,
            "note": item.note,
            "recording": item.recording,
            "marking": to_json(marking),
        }
    )
    files = tuple(SipFile(f) if isinstance(f, str) else SipFile(f.path, f.sha256, f.size) for f in item.files)
    return SipItem(item.part, marking, facts, files)


def _marking(raw: dict[str, Any]) -> Marking:
    unknown = set(raw) - {"handling", "level", "claims", "until", "basis", "provisional"}
    if unknown:
        raise ValueError(f"marking: {sorted(unknown)}")
    return from_json(raw)


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    return to_json(_marking(raw))


def _problems(error: ValidationError) -> list[Problem]:
    return [
        Problem(
            "ingest.description-invalid",
            DESCRIPTION,
            facts={"where": ".".join(str(part) for part in each["loc"]) or "-", "why": each["msg"][:160]},
        )
        for each in _first(error.errors(include_url=False, include_input=False), 50)
    ]


def _first(errors: Iterable[Any], most: int) -> list[Any]:
    return list(errors)[:most]
