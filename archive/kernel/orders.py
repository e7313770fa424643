"""Orders 凭令: the values without which a dangerous deed cannot be called.

Each is built by one rule only: ``DisposalOrder`` by ``retention.rules`` after schedule, holds and signatures,
``ApprovedRelease`` by ``access.rules`` after every hand. Python cannot forbid building them elsewhere; a
house test does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from archive.kernel.approval import Signature
from archive.kernel.ids import CaseId, ItemId, PersonId, ReleaseId, RequestId


@dataclass(frozen=True, slots=True)
class DisposalOrder:
    """销毁令: the case whose keys and bytes end, on which basis, by whose hands."""

    case_id: CaseId
    basis: str
    due_since: date
    ordered_at: datetime
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class ApprovedRelease:
    """准予出具: exactly these items, to this person, for this purpose, approved by these hands."""

    release_id: ReleaseId
    request_id: RequestId
    case_id: CaseId
    items: tuple[ItemId, ...]
    recipient: PersonId
    purpose: str
    approved_at: datetime
    signatures: tuple[Signature, ...]
    scope_digest: str
