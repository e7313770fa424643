"""Terms 术语 of the holdings: levels of description, markings, states. Frozen values; no IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from archive.kernel.ids import CaseId, FileId, ItemId, UnitCode, VolumeId
from archive.keys.terms import Tier

__all__ = [
    "CaseSummary",
    "Claim",
    "Compartment",
    "Finding",
    "Handling",
    "LayerResult",
    "Level",
    "Marking",
    "NumberedVolume",
    "PageFacts",
    "Part",
    "Role",
    "SealState",
    "StoredFile",
    "Tier",
]


class Level(IntEnum):
    """State-secret level 密级 (State Secrets Law art. 14)."""

    NONE = 0
    SECRET = 1
    CONFIDENTIAL = 2
    TOP_SECRET = 3


class Handling(StrEnum):
    """How a record is handled when nothing else is said 公开属性."""

    INTERNAL = "INTERNAL"
    OPEN = "OPEN"


class Compartment(StrEnum):
    """Kinds of protection beside the level 类别; access asks for the kind plus the relation to the case."""

    WORK_SECRET = "WORK_SECRET"
    TRADE_SECRET = "TRADE_SECRET"
    PRIVACY = "PRIVACY"
    SENSITIVE_PI = "SENSITIVE_PI"
    MINOR = "MINOR"
    INFORMANT = "INFORMANT"
    PROCESS_PAPER = "PROCESS_PAPER"
    THIRD_PARTY = "THIRD_PARTY"


@dataclass(frozen=True, slots=True)
class Claim:
    """One compartment with whose it is and until when 类别标识 (holder, person, kind of information)."""

    kind: Compartment
    whose: str = ""
    ground: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """The classification of a record 密级与类别标识: handling, level, compartments, until."""

    handling: Handling = Handling.INTERNAL
    level: Level = Level.NONE
    claims: tuple[Claim, ...] = ()
    until: date | None = None
    basis: str = ""
    provisional: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of compartments, as plain text for guard and tables."""
        return frozenset(str(claim.kind) for claim in self.claims)


class Part(StrEnum):
    """Part of a case file 正卷/副卷."""

    MAIN = "main"
    INTERNAL = "internal"


class Role(StrEnum):
    """What a stored file is to its item 版本形式."""

    ORIGINAL = "original"
    PDFA = "pdfa"
    TEXT = "text"
    POSTER = "poster"
    STRIP = "strip"
    VIEWING = "viewing"
    METADATA = "metadata"
    COVER = "cover"
    CONTENTS = "contents"
    NOTE_FORM = "note"
    REPORT = "report"
    CERTIFICATE = "certificate"
    INNER_MANIFEST = "inner"


class SealState(StrEnum):
    """Where a case stands on its way under seal 封存状态."""

    ACCEPTED = "accepted"
    AWAITING_UNLOCK = "awaiting-unlock"
    AWAITING_STAMP = "awaiting-stamp"
    SEALED = "sealed"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One encrypted file of an object 存储文件: digests, sizes, where it stands."""

    id: FileId
    role: Role
    item_id: ItemId | None
    name: str
    media_type: str
    size: int
    sha256: str
    stored_size: int
    stored_sha512: str
    tier: Tier
    first_version: int


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page's text state 页面事实."""

    number: int
    characters: int
    reliable: bool


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """What a list shows of a case 案卷条目; ``title`` is None when its tier is locked or withheld."""

    case_id: CaseId
    unit: UnitCode
    reference_code: str
    title: str | None
    state: SealState
    closed_on: date
    sealed_at: datetime | None
    item_count: int
    page_count: int
    top_marking: Marking


@dataclass(frozen=True, slots=True)
class NumberedVolume:
    """A volume with its archival number 档号 in parts 卷."""

    volume_id: VolumeId
    part: Part
    reference_code: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check found 检查发现: where, what, how grave (``broken``, ``warning``, ``note``).

    ``detail_en`` is given where ``detail`` is Chinese; otherwise ``detail`` serves readers of both languages.
    """

    layer: str
    code: str
    where: str
    detail: str
    severity: str = "broken"
    detail_en: str = ""


@dataclass(frozen=True, slots=True)
class LayerResult:
    """The answer of one verification layer 验证层: what it proves, against whom, and what was found."""

    name: str
    ok: bool
    trial: bool
    detail: str
    proves_zh: str
    proves_en: str
    against_zh: str
    against_en: str
    findings: tuple[Finding, ...] = field(default=())
