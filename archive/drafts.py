"""Drafts 待归档著录: what ingest hands to the holdings when it takes a case into custody."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.facts import CaseFacts, FindingFacts, ItemFacts
from archive.kernel.ids import CaseId, FileId, IntakeId, ItemId, UnitCode
from archive.terms import Marking, Part, Role


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A staged, already encrypted file 待封存文件; ``keyed_digest`` is the HMAC of the plaintext's SHA-256."""

    id: FileId
    role: Role
    name: str
    media_type: str
    size: int
    sha256: str
    stored_size: int
    stored_sha512: str
    keyed_digest: str = ""


@dataclass(frozen=True, slots=True)
class DraftItem:
    """An item with its files 待归档件, in the order of the contents list."""

    id: ItemId
    part: Part
    kind: str  # paper, photo, recording, other
    marking: Marking
    facts: ItemFacts
    files: tuple[DraftFile, ...]
    page_count: int = 0
    rendition: str = "pdfa"  # pdfa, original-only, media
    volume: int = 1  # which volume of its part, as the sender bound it


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A whole case file 待归档案卷 as it goes into custody in one transaction."""

    id: CaseId
    unit: UnitCode
    facts: CaseFacts
    marking: Marking
    items: tuple[DraftItem, ...]
    intake_id: IntakeId
    package_digest: str
    findings: tuple[FindingFacts, ...] = field(default=())
