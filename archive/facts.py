"""Facts 著录项: the description of cases and items as packages, encrypted columns and inner manifests carry it.

The elements follow the cover, the contents list and DA/T 18-2022. Unknown names are refused, so that nothing that was
handed over is dropped in silence.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Facts(BaseModel):
    """A frozen description 著录: equal values, equal bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def plain(self) -> dict[str, Any]:
        """Plain JSON; dates as ISO text; empty elements left out."""
        return self.model_dump(mode="json", exclude_defaults=True)


class OfficerFacts(Facts):
    """A case handler 承办人 (Penalty Law art. 42: at least two) with the certificate's number."""

    name: str = Field(min_length=1, max_length=60)
    certificate_no: str = Field("", max_length=60)


class SubCaseFacts(Facts):
    """One case of a volume that holds several 一卷多案 (summary procedure)."""

    title: str = Field(min_length=1, max_length=300)
    decision_no: str = Field("", max_length=100)
    party: str = Field("", max_length=200)
    decided_on: date | None = None


class ReasonFacts(Facts):
    """A written reason 书面理由 why something was not done that a rule asks for, with the law that allows it."""

    rule: str = Field(pattern=r"^[A-Z]{2,4}-\d{2,3}[a-z]?$")
    text: str = Field(min_length=1, max_length=1000)
    law: str = Field("", max_length=200)
    item: str = Field("", max_length=400)


class ProcessFacts(Facts):
    """What happened in a case 办案事实, as far as rules ask for it. What is not among ``acts`` did not happen."""

    procedures: tuple[Literal["G", "S", "C", "E", "I", "A"], ...] = ()
    acts: tuple[str, ...] = Field((), max_length=80)
    source: Literal["patrol", "tip", "transfer", "draw", "superior", "application", ""] = ""
    service: tuple[Literal["direct", "mail", "left", "entrusted", "public", "electronic", "notarised"], ...] = ()
    started_at: datetime | None = None
    ended_on: date | None = None
    filed_on: date | None = None
    reasons: tuple[ReasonFacts, ...] = Field((), max_length=200)


class RuleFindingFacts(Facts):
    """A broken rule 规则发现 as it stood at take-in: the rule, what is wrong, which item (0: the case)."""

    rule: str
    kind: str
    severity: str
    item: int = 0
    doubt: bool = False


class JudgementFacts(Facts):
    """How a case was judged at take-in 规则判断: by which packs, what was found, what could not be judged."""

    packs: str = ""
    findings: tuple[RuleFindingFacts, ...] = ()
    excused: tuple[RuleFindingFacts, ...] = ()
    not_judged: tuple[str, ...] = ()


class CaseFacts(Facts):
    """The cover's elements 案卷封面著录项 of a case file."""

    title: str = Field(min_length=1, max_length=300)
    party: str = Field("", max_length=200)
    party_kind: Literal["citizen", "organisation", ""] = ""
    cause: str = Field("", max_length=200)
    decision_no: str = Field("", max_length=100)
    handling_unit: str = Field("", max_length=100)
    officers: tuple[OfficerFacts, ...] = ()
    outcome: Literal["penalty", "no_penalty", "withdrawn", "transferred", "terminated", "inspected", ""] = ""
    opened_on: date | None = None
    decided_on: date | None = None
    closed_on: date
    internal_file_no: str = Field("", max_length=20)
    procedure: Literal["ordinary", "summary", "inspection", "coercion", "application"] = "ordinary"
    cases: tuple[SubCaseFacts, ...] = ()
    summary: str = Field("", max_length=4000)
    process: ProcessFacts | None = None
    judgement: JudgementFacts | None = None
    marking: dict[str, Any] = Field(default_factory=dict)


class RecordingFacts(Facts):
    """What a recording 音像记录 records, by whom, with what, when and where; device time with its offset.

    ``stored_at`` is when the storage took it, by the storage's clock; ``device_clock`` what the device showed then.
    """

    device: str = Field("", max_length=100)
    officer: str = Field("", max_length=60)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    place: str = Field("", max_length=200)
    clock_doubt: str = Field("", max_length=200)
    records_item: str = Field("", max_length=200)
    stored_at: datetime | None = None
    device_clock: datetime | None = None


class PaperFacts(Facts):
    """What a paper 文书 states and who signed it, as the archivist or the case system confirms it.

    None of ``states`` and ``signed`` means that nobody looked; an empty list means that nothing is there.
    ``concerns`` names other papers of the file by title or number: those a service receipt delivers.
    """

    started_at: datetime | None = None
    ended_at: datetime | None = None
    states: tuple[str, ...] | None = Field(None, max_length=80)
    signed: tuple[str, ...] | None = Field(None, max_length=40)
    refused: str = Field("", max_length=400)
    concerns: tuple[str, ...] = Field((), max_length=40)
    form: str = Field("", max_length=60)


class MediaFacts(Facts):
    """What the probe found in a recording 音像技术特征; durations in milliseconds."""

    container: str = ""
    declared_ms: int | None = None
    decoded_ms: int | None = None
    streams: tuple[dict[str, Any], ...] = ()
    created: str = ""
    device: str = ""
    decode_errors: int = 0
    complete: bool | None = None


class SignatureFacts(Facts):
    """A signature found in a received file 原有签名 and what was said of it at take-in."""

    field: str = ""
    signer: str = ""
    signed_at: str = ""
    indication: str = ""
    detail: str = ""


class ProvenanceFacts(Facts):
    """How a rendition was made 转换过程: rung of the ladder, tools with versions, text before and after."""

    rung: str = ""
    conformance: str = ""
    tools: tuple[str, ...] = ()
    text_before: int = 0
    text_after: int = 0


class FindingFacts(Facts):
    """A finding kept with the item 检查发现."""

    code: str
    detail: str = ""
    page: int | None = None


class ItemFacts(Facts):
    """One row of the contents list 卷内目录著录项 and what take-in found about the file behind it."""

    title: str = Field(min_length=1, max_length=400)
    doc_no: str = Field("", max_length=100)
    author: str = Field("", max_length=200)
    doc_date: date | None = None
    doc_type: str = Field("", max_length=20)
    note: str = Field("", max_length=1000)
    original_name: str = Field("", max_length=400)
    format_name: str = ""
    pronom: str = ""
    media_type: str = ""
    malware: str = ""
    rendition_note: str = ""
    text_reliable: bool | None = None
    recording: RecordingFacts | None = None
    paper: PaperFacts | None = None
    media: MediaFacts | None = None
    photo: dict[str, str] = Field(default_factory=dict)
    signatures: tuple[SignatureFacts, ...] = ()
    provenance: ProvenanceFacts | None = None
    findings: tuple[FindingFacts, ...] = ()
    marking: dict[str, Any] = Field(default_factory=dict)


class FileFacts(Facts):
    """What only the reader of a stored file may know 存储文件著录项: its name, true size and plaintext digest."""

    name: str
    size: int
    sha256: str
