"""Reading the ledger 查账 for the auditor: entries by ledger, kind, subject, actor, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.kernel.clock import to_rfc3339
from archive.kernel.refusals import Refusal
from archive.ledger.bodies import BodyKeys, decrypt_body
from archive.ledger.service.places import leaf_at
from archive.ledger.tables import LedgerEntryRow
from archive.ledger.terms import LedgerName


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One event as the auditor sees it 存证条目. ``body`` is None when its key is locked or destroyed.

    ``leaf_index`` is None until the sequencer has placed it; ``seq`` is where the next page begins.
    """

    seq: int
    entry_id: str
    ledger: str
    leaf_index: int | None
    kind: str
    at: datetime
    actor_id: str
    duty: str
    subject: str
    unit: str
    tier: str
    body: dict[str, Any] | None
    body_state: str


def find_entries(
    session: Session,
    ledger: str,
    bodies: BodyKeys,
    *,
    kind: str = "",
    subject: str = "",
    actor_id: str = "",
    before_seq: int | None = None,
    limit: int = 50,
) -> list[LedgerEntry]:
    """Entries of ``ledger`` that match, newest first 查条目; ``before_seq`` of the last one asks for the next page."""
    query = select(LedgerEntryRow).where(LedgerEntryRow.ledger == LedgerName(ledger))
    for column, value in (
        (LedgerEntryRow.kind, kind),
        (LedgerEntryRow.subject, subject),
        (LedgerEntryRow.actor_id, actor_id),
    ):
        if value:
            query = query.where(column == value)
    if before_seq is not None:
        query = query.where(LedgerEntryRow.seq < before_seq)
    return [
        _read(session, row, bodies) for row in session.scalars(query.order_by(LedgerEntryRow.seq.desc()).limit(limit))
    ]


def _read(session: Session, row: LedgerEntryRow, bodies: BodyKeys) -> LedgerEntry:
    body, state = _open(row, bodies)
    return LedgerEntry(
        row.seq, row.entry_id, row.ledger, leaf_at(session, row.ledger, row.seq), row.kind, row.at,
        row.actor_id, row.duty, row.subject, row.unit, row.tier, body, state,
    )  # fmt: skip


def _open(row: LedgerEntryRow, bodies: BodyKeys) -> tuple[dict[str, Any] | None, str]:
    """The body and its state: ``open``, ``closed`` (locked or destroyed) or ``changed``."""
    try:
        _, body, commitment = decrypt_body(
            bodies.open(row.key_id), row.ledger, row.entry_id, row.kind, to_rfc3339(row.at), row.body
        )
    except Refusal:
        return None, "closed"
    except ValueError:
        return None, "changed"
    return (body, "open") if commitment == row.body_commitment else (None, "changed")
