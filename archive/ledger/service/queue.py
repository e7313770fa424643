"""The queue and the edges 队列与边缘: entries that wait, stand outside the tree, or were taken out of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.kernel.clock import to_rfc3339
from archive.ledger.rules.findings import finding
from archive.ledger.rules.merkle import HASH_SIZE
from archive.ledger.rules.runs import Places, Run
from archive.ledger.service.rows import BodyCheck, hash_block, read_rows
from archive.ledger.tables import LedgerEntryRow, LedgerPendingRow, LedgerTileRow
from archive.ledger.terms import FindingCode, LedgerFinding, TreeHead

_E, _P = LedgerEntryRow, LedgerPendingRow
MAX_CHECKED = 10_000
"""How many waiting entries are recomputed; more than that is an alarm by itself."""


def edge_findings(session: Session, ledger: str, head: TreeHead, places: Places) -> Iterator[LedgerFinding]:
    """Entries outside of tree and queue, and places or tiles that do not fit the head 边缘核查."""
    for low, high in places.gaps():
        known = select(_P.seq).where(_P.ledger == ledger, _P.seq == _E.seq).exists()
        query = select(_E.entry_id).where(_E.ledger == ledger, _E.seq >= low, ~known)
        for entry_id in session.scalars(query.where(_E.seq <= high) if high is not None else query):
            yield finding(FindingCode.ENTRY_STRAY, ledger, entry_id=entry_id, source=entry_id)
    if places.fault():
        yield finding(FindingCode.HEAD_EDITED, ledger, source=places.fault())
    held = session.execute(
        select(func.sum(func.length(LedgerTileRow.hashes))).where(
            LedgerTileRow.ledger == ledger, LedgerTileRow.level == 0
        )
    ).scalar_one()
    leaves = (held or 0) // HASH_SIZE
    if leaves > head.size:
        yield finding(FindingCode.HEAD_EDITED, ledger, source=f"size {head.size}, but the tiles hold {leaves} leaves")


def queue_findings(
    session: Session, ledger: str, now: datetime | None, max_wait: timedelta, check: BodyCheck
) -> Iterator[LedgerFinding]:
    """What is wrong with the entries that wait for their leaf 队列核查; their rows are checked on the way."""
    waiting = session.execute(
        select(_P.seq, _P.leaf_hash).where(_P.ledger == ledger).order_by(_P.seq).limit(MAX_CHECKED)
    ).all()
    rows = read_rows(session, ledger, [Run(seq, seq, 1) for seq, _ in waiting])
    for seq, leaf_hash in waiting:
        row = rows.get(seq)
        if row is None:
            yield finding(FindingCode.QUEUE_BROKEN, ledger, source=f"no. {seq}")
        elif hash_block(ledger, None, [row], check) != [leaf_hash]:
            yield finding(FindingCode.ENTRY_EDITED, ledger, None, entry_id=row[1], source=row[1])
    if now is None:
        return
    late = session.execute(
        select(func.count(), func.min(_E.at)).where(
            _P.ledger == ledger, _E.seq == _P.seq, _E.ledger == ledger, _E.at < now - max_wait
        )
    ).one()
    if late[0]:
        seconds = int(max_wait.total_seconds())
        yield finding(FindingCode.UNSEQUENCED, ledger, count=late[0], size=seconds, source=to_rfc3339(late[1]))
