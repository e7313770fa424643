"""Ledger view 账本概览 for the auditor: how far each ledger reaches, what happened since, and its entries by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from archive.kernel.clock import SHANGHAI, legal_date
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.work import Work
from archive.ledger.bodies import BodyKeys
from archive.ledger.service.reading import LedgerEntry, find_entries
from archive.ledger.service.sequencer import read_head
from archive.ledger.tables import LedgerCheckpointRow, LedgerEntryRow, LedgerMarkRow, LedgerPendingRow
from archive.ledger.terms import LedgerName


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Where one ledger stands 账本状态: leaves, entries that wait for their leaf, newest checkpoint and witness."""

    ledger: str
    size: int
    pending: int
    signed_size: int
    signed_at: datetime | None
    witnessed_size: int
    witnessed_at: datetime | None


def ledger_states(work: Work) -> tuple[LedgerState, ...]:
    """Both ledgers; asks for AUDIT or for OPERATE, which looks after the machine and reads no entry."""
    if not work.guard.decide(work.actor, Action.OPERATE, SYSTEM).allowed:
        work.require(Action.AUDIT, SYSTEM)
    return tuple(_state(work, name) for name in LedgerName)


def _state(work: Work, name: LedgerName) -> LedgerState:
    session = work.session
    pending = session.scalar(select(func.count()).where(LedgerPendingRow.ledger == name)) or 0
    checkpoints = select(LedgerCheckpointRow.size, LedgerCheckpointRow.at).where(LedgerCheckpointRow.ledger == name)
    signed = session.execute(checkpoints.order_by(LedgerCheckpointRow.size.desc()).limit(1)).first()
    marks = select(LedgerMarkRow.size, LedgerMarkRow.at).where(LedgerMarkRow.ledger == name)
    mark = session.execute(marks.order_by(LedgerMarkRow.size.desc()).limit(1)).first()
    size = read_head(session, name).size
    return LedgerState(name, size, pending, *(signed or (0, None)), *(mark or (0, None)))


def events_today(work: Work) -> tuple[tuple[str, int], ...]:
    """How many events of each kind the activity ledger took in since midnight in Shanghai, most frequent first."""
    work.require(Action.AUDIT, SYSTEM)
    today = legal_date(work.now)
    midnight = datetime(today.year, today.month, today.day, tzinfo=SHANGHAI)
    counted = (
        select(LedgerEntryRow.kind, func.count().label("number"))
        .where(LedgerEntryRow.ledger == LedgerName.ACTIVITY, LedgerEntryRow.at >= midnight)
        .group_by(LedgerEntryRow.kind)
        .order_by(func.count().desc(), LedgerEntryRow.kind)
    )
    return tuple((kind, number) for kind, number in work.session.execute(counted))


def list_entries(
    work: Work, bodies: BodyKeys, ledger: str, *, kind: str = "", subject: str = "", before: int | None = None
) -> Sequence[LedgerEntry]:
    """A page of 50 entries, newest first, for the auditor; the look into the ledger is itself recorded."""
    work.require(Action.AUDIT, SYSTEM)
    found = find_entries(work.session, ledger, bodies, kind=kind, subject=subject, before_seq=before)
    if before is None:
        work.journal.record("ledger.read", "", {"ledger": ledger, "kind": kind, "subject": subject})
    return found
