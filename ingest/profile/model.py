"""Model 著录模型 of ``case.json``, version 1: strict, nothing unknown is dropped in silence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archive.facts import CaseFacts, PaperFacts, RecordingFacts
from archive.terms import Compartment, Handling, Part
from ingest.rules.vocabulary import ACTS, ROLES, STATED

VERSION = 1
SCHEMA = "case.schema.json"
SCHEMA_ID = "urn:anjuan:sip:case:1"
OURS = ("marking", "judgement")
"""Elements of the cover that the archive itself fills in."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileModel(_Strict):
    """One file of an item 文件; digest and size are compared when given."""

    path: str = Field(min_length=1, max_length=400, description="name inside the package, with /")
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$", description="SHA-256, lower-case hex")
    size: int | None = Field(None, ge=0, description="bytes")


class ClaimModel(_Strict):
    """One compartment 类别 with whose it is, its ground and its end."""

    kind: Compartment
    whose: str = Field("", max_length=200)
    ground: str = Field("", max_length=400)
    until: date | None = None


class MarkingModel(_Strict):
    """The marking 标识 that travels with a case or item; confirmed at take-in."""

    handling: Handling = Handling.INTERNAL
    level: Literal["NONE", "SECRET", "CONFIDENTIAL", "TOP_SECRET"] = "NONE"
    claims: tuple[ClaimModel, ...] = ()
    until: date | None = Field(None, description="end of the secrecy period, for a level")
    basis: str = Field("", max_length=400, description="source of the classification, for a level")
    provisional: bool = False


class ItemModel(_Strict):
    """One item 件: a row of the contents list with its files; the first file is the original."""

    title: str = Field(min_length=1, max_length=400)
    files: tuple[str | FileModel, ...] = Field(description="first the original, then attachments of the item")
    part: Part = Part.MAIN
    volume: int = Field(1, ge=1, le=200, description="volume within its part")
    doc_type: str = Field("", max_length=20, description="code of the document type table")
    doc_no: str = Field("", max_length=100)
    author: str = Field("", max_length=200)
    doc_date: date | None = None
    note: str = Field("", max_length=1000)
    recording: RecordingFacts | None = None
    paper: PaperFacts | None = None
    marking: MarkingModel = MarkingModel()


class DescriptionModel(_Strict):
    """A submission 提交信息包 of one case file."""

    anjuan_sip: Literal[1]
    unit: str = Field(pattern="^[0-9A-Za-z_一-鿿-]{1,24}$", description="code of the unit")
    case: CaseFacts
    marking: MarkingModel = MarkingModel()
    items: tuple[ItemModel, ...]


def make_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``case.json``; the file beside this module holds the same."""
    schema = DescriptionModel.model_json_schema()
    defs = schema["$defs"]
    # the marking of the case stands beside it; the holdings' own elements are not for senders
    for name in OURS:
        del defs["CaseFacts"]["properties"][name]
    for name in ("JudgementFacts", "RuleFindingFacts"):
        del defs[name]
    defs["ProcessFacts"]["properties"]["acts"]["items"] = _one_of(ACTS)
    paper = defs["PaperFacts"]["properties"]
    for name, words in (("states", STATED), ("signed", ROLES)):
        paper[name]["anyOf"][0]["items"] = _one_of(words)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **_without_docs(schema)}


def _one_of(words: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(words)}


def _without_docs(value: Any) -> Any:
    """Docstrings speak of the code; the titles that pydantic makes up say nothing."""
    if isinstance(value, dict):
        drop = {"title"} if isinstance(value.get("title"), str) else set()
        if "properties" in value:
            drop.add("description")
        return {name: _without_docs(each) for name, each in value.items() if name not in drop}
    return [_without_docs(each) for each in value] if isinstance(value, list) else value


def schema_text() -> str:
    """The JSON Schema as it is shipped."""
    return resources.files("ingest.profile").joinpath(SCHEMA).read_text("utf-8")


def example() -> dict[str, Any]:
    """A small complete description, as ``sip template`` writes it."""
    text = resources.files("ingest.profile").joinpath("case.example.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
