"""Places 叶位 of entries: from insertion number to leaf and back."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from archive.ledger.rules.runs import Places, Run
from archive.ledger.tables import LedgerRunRow

_R = LedgerRunRow
_RUN_OF = (
    select(_R.first_leaf, _R.first_seq, _R.count)
    .where(_R.ledger == bindparam("ledger"), _R.first_seq <= bindparam("seq"))
    .order_by(_R.first_seq.desc())
    .limit(1)
)


def leaf_at(session: Session, ledger: str, seq: int) -> int | None:
    """The leaf of the entry with insertion number ``seq``; None while it waits 叶号."""
    row = session.connection().execute(_RUN_OF, {"ledger": ledger, "seq": seq}).one_or_none()
    return row[0] + seq - row[1] if row and seq < row[1] + row[2] else None


def read_places(session: Session, ledger: str, size: int) -> Places:
    """Where the ``size`` leaves of ``ledger`` are said to lie."""
    rows = session.execute(select(_R.first_leaf, _R.first_seq, _R.count).where(_R.ledger == ledger))
    return Places([Run(*row) for row in rows], size)
