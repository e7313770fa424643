"""The sequencer 排序器: the one place that gives inserted entries their leaf, in the order of their insertion.

A batch is one transaction: tiles, places and the new head are written together or not at all. The head's row is
locked (SQLite locks the whole database), and it moves only from the size it was read at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from archive.kernel.database import Sessions
from archive.ledger.rules.merkle import EMPTY_ROOT, HASH_SIZE
from archive.ledger.rules.runs import consecutive
from archive.ledger.rules.tiles import HEIGHT, WIDTH, ReadTile, TiledTree, append_leaves
from archive.ledger.tables import LedgerHeadRow, LedgerPendingRow, LedgerRunRow, LedgerTileRow
from archive.ledger.terms import LedgerName, TreeHead

BATCH = 1000
_PENDING = (
    select(LedgerPendingRow.seq, LedgerPendingRow.leaf_hash)
    .where(LedgerPendingRow.ledger == bindparam("ledger"))
    .order_by(LedgerPendingRow.seq)
    .limit(bindparam("batch"))
)
_TILE = select(LedgerTileRow.hashes).where(
    LedgerTileRow.ledger == bindparam("ledger"),
    LedgerTileRow.level == bindparam("level"),
    LedgerTileRow.tile == bindparam("tile"),
)
_GROW_TILE = (
    update(LedgerTileRow)
    .where(
        LedgerTileRow.ledger == bindparam("in_ledger"),
        LedgerTileRow.level == bindparam("at_level"),
        LedgerTileRow.tile == bindparam("at_tile"),
    )
    .values(hashes=bindparam("grown"))
)
_HEAD = select(LedgerHeadRow.size, LedgerHeadRow.root).where(LedgerHeadRow.ledger == bindparam("ledger"))
_LOCK_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = (
    update(LedgerHeadRow)
    .where(LedgerHeadRow.ledger == bindparam("in_ledger"), LedgerHeadRow.size == bindparam("from_size"))
    .values(size=bindparam("to_size"), root=bindparam("to_root"))
)
_R = LedgerRunRow
_EXTEND = (
    update(LedgerRunRow)
    .where(
        _R.ledger == bindparam("in_ledger"),
        _R.first_leaf + _R.count == bindparam("leaf"),
        _R.first_seq + _R.count == bindparam("ends_at"),
        _R.first_leaf == select(func.max(_R.first_leaf)).where(_R.ledger == bindparam("in_ledger")).scalar_subquery(),
    )
    .values(count=_R.count + bindparam("by"))
)
_TAKE = delete(LedgerPendingRow).where(
    LedgerPendingRow.ledger == bindparam("in_ledger"),
    LedgerPendingRow.seq.between(bindparam("low"), bindparam("high")),
)


def read_head(session: Session, ledger: str) -> TreeHead:
    """Size and root as the head's row states them 树头."""
    row = session.connection().execute(_HEAD, {"ledger": LedgerName(ledger)}).one_or_none()
    return TreeHead(row[0], row[1]) if row else TreeHead(0, EMPTY_ROOT)


def tile_reader(session: Session, ledger: str) -> ReadTile:
    """Reads stored tiles of ``ledger``; empty bytes for one that is not there."""

    def read(level: int, index: int) -> bytes:
        # asked of the session each time: an audit commits between its parts, and with it goes the connection
        found = (
            session.connection().execute(_TILE, {"ledger": ledger, "level": level, "tile": index}).scalar_one_or_none()
        )
        return found or b""

    return read


def sequence(session: Session, ledger: str, batch: int = BATCH) -> int:
    """Gives up to ``batch`` waiting entries their leaves in this transaction 排序一批; how many they were.

    The caller commits. Raises RuntimeError when head and tree disagree or another sequencer moved the head: nothing
    may be built on that, and the transaction must be rolled back.
    """
    head = _lock_head(session, LedgerName(ledger))
    pending = session.connection().execute(_PENDING, {"ledger": ledger, "batch": batch}).all()
    if not pending:
        return 0
    hashes = b"".join([leaf_hash for _, leaf_hash in pending])
    if len(hashes) != len(pending) * HASH_SIZE:
        raise RuntimeError(f"a waiting entry of the {ledger} ledger has a leaf hash of the wrong size")
    grow_tree(session, ledger, head, hashes)
    _place(session, ledger, head.size, [seq for seq, _ in pending])
    return len(pending)


def _place(session: Session, ledger: str, first_leaf: int, seqs: Sequence[int]) -> None:
    """Writes which leaves the entries ``seqs`` have, and takes them from the queue."""
    connection = session.connection()
    for first_seq, count in consecutive(seqs):
        extended = connection.execute(
            _EXTEND, {"in_ledger": ledger, "ends_at": first_seq, "leaf": first_leaf, "by": count}
        )
        if extended.rowcount != 1:
            fresh = {"ledger": ledger, "first_leaf": first_leaf, "first_seq": first_seq, "count": count}
            connection.execute(insert(LedgerRunRow), fresh)
        taken = connection.execute(_TAKE, {"in_ledger": ledger, "low": first_seq, "high": first_seq + count - 1})
        if taken.rowcount != count:
            raise RuntimeError(f"another sequencer took waiting entries of the {ledger} ledger")
        first_leaf += count


def _lock_head(session: Session, ledger: LedgerName) -> TreeHead:
    row = session.connection().execute(_LOCK_HEAD, {"ledger": ledger}).one_or_none()
    if row is None:
        session.execute(insert(LedgerHeadRow).values(ledger=ledger, size=0, root=EMPTY_ROOT))
        return TreeHead(0, EMPTY_ROOT)
    return TreeHead(row[0], row[1])


def grow_tree(session: Session, ledger: str, head: TreeHead, hashes: bytes) -> TreeHead:
    """Writes the tiles and the head after appending ``hashes`` to the tree of ``head`` 生长一批."""
    stored = tile_reader(session, ledger)
    try:
        changed = append_leaves(head.size, hashes, stored)
    except ValueError as error:
        raise RuntimeError(f"the {ledger} ledger's head and tiles disagree: {error}") from error
    size = head.size + len(hashes) // HASH_SIZE
    tree = TiledTree(lambda level, index: changed.get((level, index)) or stored(level, index))
    root = tree.root(size)
    _write_tiles(session, ledger, head.size, changed)
    step = {"in_ledger": ledger, "from_size": head.size, "to_size": size, "to_root": root}
    moved = session.connection().execute(_MOVE_HEAD, step)
    if moved.rowcount != 1:
        raise RuntimeError(f"another sequencer moved the head of the {ledger} ledger")
    return TreeHead(size, root)


def _write_tiles(session: Session, ledger: str, old_size: int, changed: dict[tuple[int, int], bytes]) -> None:
    fresh: list[dict[str, Any]] = []
    grown: list[dict[str, Any]] = []
    for (level, index), hashes in changed.items():
        edge, width = divmod(old_size >> (HEIGHT * level), WIDTH)
        if index == edge and width:
            grown.append({"in_ledger": ledger, "at_level": level, "at_tile": index, "grown": hashes})
        else:
            fresh.append({"ledger": ledger, "level": level, "tile": index, "hashes": hashes})
    for statement, rows in ((_GROW_TILE, grown), (insert(LedgerTileRow), fresh)):
        if rows:
            session.connection().execute(statement, rows)


class Sequencer:
    """Runs both ledgers batch by batch, each batch in a transaction of its own 排序作业; killed, it goes on."""

    def __init__(self, sessions: Sessions, batch: int = BATCH) -> None:
        self._sessions = sessions
        self._batch = batch

    def run(self, ledgers: Sequence[str] = tuple(LedgerName)) -> dict[str, int]:
        """Sequences everything that waits; how many entries of each ledger got their leaf."""
        return {ledger: self._drain(ledger) for ledger in ledgers}

    def _drain(self, ledger: str) -> int:
        total = 0
        while True:
            with self._sessions() as session, session.begin():
                done = sequence(session, ledger, self._batch)
            total += done
            if done < self._batch:
                return total
