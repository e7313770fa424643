"""Terms 术语 of ingest: the submission, its items and files, what take-in says back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from archive.facts import CaseFacts, ItemFacts
from archive.kernel.ids import CaseId, UnitCode
from archive.terms import Marking, Part

UploadId = NewType("UploadId", str)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a package as its list states it 包内文件: name with ``/``, size in bytes.

    ``stamp`` differs when the file was touched: what was received of the old one is then not used.
    """

    name: str
    size: int
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class SipFile:
    """One file that the description names 著录文件; digest and size are checked when given."""

    path: str
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class SipItem:
    """One item of the submission 待接收件; the first file is the original, further ones are attachments."""

    part: Part
    marking: Marking
    facts: ItemFacts
    files: tuple[SipFile, ...]
    volume: int = 1


@dataclass(frozen=True, slots=True)
class Sip:
    """A submission information package as described 提交信息包."""

    unit: UnitCode
    marking: Marking
    facts: CaseFacts
    items: tuple[SipItem, ...]

    def paths(self) -> frozenset[str]:
        """Every file that the description names."""
        return frozenset(file.path for item in self.items for file in item.files)


class TakeInState(StrEnum):
    """Where a take-in stands 接收状态. A draft 组卷 is ARRANGING until it is accepted or DROPPED."""

    ARRANGING = "arranging"
    RECEIVING = "receiving"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    SEALED = "sealed"
    REFUSED = "refused"
    DROPPED = "dropped"


class UploadState(StrEnum):
    """Where an upload stands 上传状态: all bytes there (UPLOADED) and taken in (ACCEPTED) are two things."""

    RECEIVING = "receiving"
    UPLOADED = "uploaded"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a submission 问题: refusal code, file, page, facts for its text."""

    code: str
    file: str = ""
    page: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One broken rule 规则发现: what is wrong with which item, by which article, what to do, whose unit and persons.

    ``item`` counts from 1; 0 is the case. ``severity`` is finding, reason or refuse. ``doubt``: the rule may not have
    been in force, or a clock cannot be trusted.
    """

    rule: str
    kind: str
    severity: str
    zh: str
    en: str
    do_zh: str
    do_en: str
    basis: str
    item: int = 0
    title: str = ""
    unit: str = ""
    persons: tuple[str, ...] = ()
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule that could not be judged 未能判断, and why not."""

    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RuleReport:
    """How a case stands to the rules in force on the day of its closing 规则判断, all at once.

    ``excused`` would be findings but for a written reason; ``packs`` is empty when no pack was in force.
    """

    packs: str
    findings: tuple[RuleFinding, ...] = ()
    excused: tuple[RuleFinding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What take-in came to 接收回执: the case, its archival number, what it still waits for."""

    case_id: CaseId
    reference_code: str
    title: str
    state: str
    items: int
    files: int
    sealed_at: datetime | None
    waits_for: tuple[str, ...] = ()
    trial: bool = False
    repeated: bool = False
    notes: tuple[Note, ...] = ()
    received: tuple[FileLine, ...] = ()
    rules: RuleReport | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something the sender should know of an accepted case 提示: code, file, page, words; it stops nothing."""

    code: str
    file: str = ""
    page: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One received file on the receipt 接收文件: name, size in bytes, SHA-256, format, malware verdict."""

    name: str
    size: int
    sha256: str
    format: str = ""
    malware: str = ""
