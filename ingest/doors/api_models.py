"""Values of the HTTP API 接口数据: what programs send and get; the OpenAPI document is made of these models."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archive.doors.web.problems import Reason, Said
from archive.kernel.articles import basis_said
from ingest.service.drafts import DraftLine
from ingest.service.leases import JobLine
from ingest.service.upload_list import UploadLine
from ingest.terms import RuleFinding, RuleReport


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewDraft(_Sent):
    """What begins a draft 新建组卷."""

    unit: str = Field(pattern="^[0-9A-Za-z_一-鿿-]{1,24}$", description="code of the unit whose case it is")
    description: dict[str, Any] | None = Field(None, description="case.json as docs/sip.md says; may be incomplete")


class Sealing(BaseModel):
    """How far the seal is that was asked for 封存进度."""

    state: Literal["queued", "leased", "done", "failed"]
    stage: str = Field(description="normalise, accession or seal; empty before it begins")
    done: int
    total: int


class UploadModel(BaseModel):
    """One file of a draft 上传: ``uploaded`` has every byte, ``accepted`` is a file of the draft."""

    id: str
    draft: str
    name: str
    size: int = Field(description="bytes in all")
    offset: int = Field(description="bytes that are durable")
    state: Literal["receiving", "uploaded", "accepted", "refused"]
    accepting: float = Field(ge=0, le=1, description="share of the way from uploaded to accepted")
    sha256: str = Field(description="SHA-256 of what was accepted; empty before")
    malware: str = Field(description="what the malware scan said; empty before")
    reasons: list[Reason] = Field(description="why it was refused")


class DraftModel(BaseModel):
    """One draft 组卷, also after it was sealed (its id is that of the take-in) or dropped."""

    id: str
    case: str = Field(description="the case id, given from the beginning")
    unit: str
    state: Literal["arranging", "accepted", "sealed", "refused", "dropped"]
    title: str
    version: int = Field(description="number of the version of its description")
    started_at: datetime
    changed_at: datetime
    sealing: Sealing | None = Field(description="set from asking for the seal to its end")
    reference_code: str = Field(description="archival number 档号 once it is in custody")
    reasons: list[Reason] = Field(description="why the last try to seal it was refused")
    uploads: list[UploadModel]


class DraftLineModel(BaseModel):
    """One draft in the list."""

    id: str
    case: str
    unit: str
    title: str
    version: int
    files: int
    started_at: datetime
    changed_at: datetime
    sealing: Sealing | None


class Drafts(BaseModel):
    """The drafts that are not sealed yet, the one changed last first."""

    drafts: list[DraftLineModel]


class Saved(BaseModel):
    """A description that was kept."""

    version: int


class Finding(BaseModel):
    """One rule of the packs in force that the case as described does not keep 规则发现; filed all the same.

    ``item`` counts from 1, 0 is the case. ``doubt``: the rule may not have been in force, or a clock is doubtful.
    """

    rule: str
    severity: Literal["finding", "reason", "refuse"]
    item: int
    title: str
    doubt: bool
    zh: Said
    en: Said


class Report(BaseModel):
    """Everything between a draft and its seal, as far as no file has to be opened for it 检查报告.

    ``findings`` are those of the rules; only where completeness is strict do some of them stand among ``reasons`` too.
    """

    fit: bool
    reasons: list[Reason]
    packs: str = Field(description="rule packs that were in force; empty while the description cannot be read")
    findings: list[Finding]
    not_judged: list[str] = Field(description="rules for which the description says too little")


class IntakeModel(BaseModel):
    """One take-in with its result 接收结果, of a draft, of the drop folder or of the command line."""

    id: str
    state: Literal["receiving", "received", "accepted", "sealed", "refused"]
    unit: str
    own: bool
    started_at: datetime
    ended_at: datetime | None
    case: str | None
    reference_code: str
    reasons: list[Reason] = Field(description="why it was refused; files and details to whoever submitted it alone")


class Intakes(BaseModel):
    """Take-ins of the units of which the caller may know, newest first; ``next`` is for the page that follows."""

    intakes: list[IntakeModel]
    next: str = Field(description="value for before=; empty at the end")


def report_of(reasons: list[Reason], rules: RuleReport | None) -> Report:
    """The report of a draft."""
    found = rules.findings if rules is not None else ()
    return Report(
        fit=not reasons,
        reasons=reasons,
        packs=rules.packs if rules is not None else "",
        findings=[_finding(each) for each in found],
        not_judged=list(dict.fromkeys(each.rule for each in rules.not_judged)) if rules is not None else [],
    )


def _finding(found: RuleFinding) -> Finding:
    return Finding.model_validate(
        {
            "rule": found.rule,
            "severity": found.severity,
            "item": found.item,
            "title": found.title,
            "doubt": found.doubt,
            "zh": Said(what=found.zh, article=found.basis, do=found.do_zh),
            "en": Said(what=found.en, article=basis_said(found.basis, "en"), do=found.do_en),
        }
    )


def sealing_of(line: JobLine | None) -> Sealing | None:
    """The seal under way."""
    return (
        None
        if line is None
        else Sealing.model_validate({"state": line.state, "stage": line.stage, "done": line.done, "total": line.total})
    )


def draft_line(line: DraftLine) -> DraftLineModel:
    """A draft in a list."""
    return DraftLineModel(
        id=line.id,
        case=line.case_id,
        unit=line.unit,
        title=line.title,
        version=line.version,
        files=line.files,
        started_at=line.started_at,
        changed_at=line.changed_at,
        sealing=sealing_of(line.sealing),
    )


def upload_of(line: UploadLine, reasons: list[Reason]) -> UploadModel:
    """A file of a draft."""
    return UploadModel.model_validate(
        {
            "id": line.id,
            "draft": line.draft_id,
            "name": line.name,
            "size": line.size,
            "offset": line.offset,
            "state": str(line.state),
            "accepting": min(1.0, line.accepting),
            "sha256": line.sha256,
            "malware": line.malware,
            "reasons": reasons,
        }
    )
