"""Checkpoints 检查点: the ledger signs its own head, and never two that contradict each other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.orm import Session

from archive.kernel.clock import to_rfc3339
from archive.kernel.refusals import Refusal
from archive.ledger.keys import LedgerKeys
from archive.ledger.rules.notes import verify_checkpoint
from archive.ledger.rules.tiles import TiledTree
from archive.ledger.service.sequencer import read_head, tile_reader
from archive.ledger.tables import LedgerCheckpointRow, LedgerMarkRow
from archive.ledger.terms import Checkpoint

_C = LedgerCheckpointRow
_NEWEST = (
    select(_C.size, _C.root, _C.at, _C.note).where(_C.ledger == bindparam("ledger")).order_by(_C.size.desc()).limit(1)
)


def newest_checkpoint_row(session: Session, ledger: str) -> Row[int, bytes, datetime, bytes] | None:
    """Size, root, instant (``at``) and note of the checkpoint with the largest size."""
    return session.connection().execute(_NEWEST, {"ledger": ledger}).one_or_none()


def latest_checkpoint(session: Session, ledger: str) -> bytes | None:
    """The newest signed checkpoint 最新检查点; None before the first."""
    row = newest_checkpoint_row(session, ledger)
    return bytes(row.note) if row else None


def sign_checkpoint(session: Session, ledger: str, keys: LedgerKeys, now: datetime) -> bytes:
    """Signs the head of ``ledger`` and keeps the note 签署检查点; the newest one again when nothing was added since.

    Refuses when the clock stands before the last checkpoint or when the tree no longer contains what was signed.
    """
    head = read_head(session, ledger)
    last = newest_checkpoint_row(session, ledger)
    if last is not None:
        if now < last.at:
            raise Refusal("archive.ledger-clock-backwards", now=to_rfc3339(now), last=to_rfc3339(last.at))
        verify_checkpoint(last.note, keys.verifier_keys(), keys.origin)
        _require_prefix(session, ledger, last, head.size)
        if last.size == head.size:
            return bytes(last.note)
    tree = TiledTree(tile_reader(session, ledger))
    if tree.root(head.size) != head.root:
        raise Refusal("archive.ledger-contradicts", ledger=ledger, size=head.size)
    note = keys.sign(Checkpoint(keys.origin, head.size, head.root), int(now.timestamp()))
    session.execute(insert(_C).values(ledger=ledger, size=head.size, root=head.root, at=now, note=note))
    return note


def _require_prefix(session: Session, ledger: str, last: Row[int, bytes, datetime, bytes], size: int) -> None:
    """A log must not sign what contradicts an earlier checkpoint of its own."""
    try:
        same = last.size <= size and TiledTree(tile_reader(session, ledger)).root(last.size) == last.root
    except ValueError:
        same = False
    if not same:
        raise Refusal("archive.ledger-contradicts", ledger=ledger, size=last.size)


def mark_witness(session: Session, ledger: str, witness: str, checkpoint: Checkpoint, now: datetime) -> None:
    """Notes that ``witness`` holds ``checkpoint`` 记高水位; a smaller one than before changes nothing."""
    row = session.get(LedgerMarkRow, (ledger, witness))
    if row is None:
        session.add(LedgerMarkRow(ledger=ledger, witness=witness, size=checkpoint.size, root=checkpoint.root, at=now))
    elif checkpoint.size > row.size:
        row.size, row.root, row.at = checkpoint.size, checkpoint.root, now
    session.flush()
