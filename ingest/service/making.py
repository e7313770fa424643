"""Making 制作: what has been made of one item so far, and how a file of it is staged."""

from __future__ import annotations

from dataclasses import dataclass

from archive.drafts import DraftFile
from archive.facts import FindingFacts, ItemFacts
from archive.renditions.terms import Finding
from archive.service.staging import StagedFile, Staging
from archive.terms import Role
from ingest.ports import TakeIn
from ingest.terms import SipItem


@dataclass
class Made:
    """What has been made of one item so far 已制作."""

    item: SipItem
    files: list[DraftFile]
    facts: ItemFacts
    pages: int = 0
    rendition: str = "original-only"
    kind: str = "other"

    def note(self, words: str) -> None:
        """Says in the description why there is no rendition, or what it is worth."""
        told = "；".join(text for text in (self.facts.rendition_note, words) if text)
        self.describe(rendition_note=told)

    def find(self, *findings: Finding) -> None:
        """Keeps findings with the item."""
        self.describe(findings=(*self.facts.findings, *finding_facts(findings)))

    def describe(self, **changed: object) -> None:
        """Changes elements of the description."""
        self.facts = self.facts.model_copy(update=changed)


def finding_facts(findings: tuple[Finding, ...]) -> tuple[FindingFacts, ...]:
    """Findings as they are kept with an item."""
    return tuple(FindingFacts(code=f.code, detail=f.detail[:300], page=f.page or None) for f in findings)


def stage(ports: TakeIn, staging: Staging, role: Role, name: str, media_type: str, data: bytes) -> DraftFile:
    """Encrypts a small file made here into staging."""
    return draft(ports, staging.add_bytes(data), role, name, media_type)


def draft(ports: TakeIn, staged: StagedFile, role: Role, name: str, media_type: str) -> DraftFile:
    """The line of a staged file in its item."""
    digest = ports.holdings.keys.keyed_digest("files", bytes.fromhex(staged.sha256))
    return DraftFile(
        staged.id, role, name, media_type, staged.size, staged.sha256, staged.stored_size, staged.stored_sha512, digest
    )
