"""The sequencer 排序器: the one place that gives inserted entries their leaf, in the order of their insertion.

A batch is one transaction: tiles, leaf indexes and the new head are written together or not at all. The head's row is
locked (SQLite locks the whole database), and it moves only from the size it was read at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, bindparam, insert, select, type_coerce, update
from sqlalchemy.orm import Session

from archive.kernel.database import Sessions
from archive.ledger.rules.leaf import leaf_data
from archive.ledger.rules.merkle import EMPTY_ROOT, HASH_SIZE, hash_leaf
from archive.ledger.rules.tiles import HEIGHT, WIDTH, ReadTile, TiledTree, append_leaves
from archive.ledger.tables import LedgerEntryRow, LedgerHeadRow, LedgerTileRow
from archive.ledger.terms import LedgerName, TreeHead

BATCH = 1000
_E = LedgerEntryRow
_PENDING = (
    select(_E.seq, _E.entry_id, _E.kind, type_coerce(_E.at, String), _E.body_commitment, _E.row_commitment)
    .where(_E.ledger == bindparam("ledger"), _E.leaf_index.is_(None))
    .order_by(_E.seq)
    .limit(bindparam("batch"))
)
_PLACE = (
    update(LedgerEntryRow.__table__)  # type: ignore[arg-type]
    .where(LedgerEntryRow.__table__.c.seq == bindparam("at_seq"))
    .values(leaf_index=bindparam("at_leaf"))
)


def read_head(session: Session, ledger: str) -> TreeHead:
    """Size and root as the head's row states them 树头."""
    row = session.execute(
        select(LedgerHeadRow.size, LedgerHeadRow.root).where(LedgerHeadRow.ledger == LedgerName(ledger))
    ).one_or_none()
    return TreeHead(row[0], row[1]) if row else TreeHead(0, EMPTY_ROOT)


def tile_reader(session: Session, ledger: str) -> ReadTile:
    """Reads stored tiles of ``ledger``; empty bytes for one that is not there."""

    def read(level: int, index: int) -> bytes:
        found = session.execute(
            select(LedgerTileRow.hashes).where(
                LedgerTileRow.ledger == ledger, LedgerTileRow.level == level, LedgerTileRow.tile == index
            )
        ).scalar_one_or_none()
        return found or b""

    return read


def sequence(session: Session, ledger: str, batch: int = BATCH) -> int:
    """Gives up to ``batch`` waiting entries their leaves in this transaction 排序一批; how many they were.

    The caller commits. Raises RuntimeError when head and tree disagree or another sequencer moved the head: nothing
    may be built on that, and the transaction must be rolled back.
    """
    head = _lock_head(session, LedgerName(ledger))
    pending = session.execute(_PENDING, {"ledger": ledger, "batch": batch}).all()
    if not pending:
        return 0
    hashes = b"".join(
        [hash_leaf(leaf_data(ledger, entry_id, kind, at, body, row)) for _, entry_id, kind, at, body, row in pending]
    )
    grow_tree(session, ledger, head, hashes)
    places = [{"at_seq": row[0], "at_leaf": leaf} for leaf, row in enumerate(pending, start=head.size)]
    session.connection().execute(_PLACE, places)
    return len(pending)


def _lock_head(session: Session, ledger: LedgerName) -> TreeHead:
    row = session.execute(
        select(LedgerHeadRow.size, LedgerHeadRow.root).where(LedgerHeadRow.ledger == ledger).with_for_update()
    ).one_or_none()
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
    moved = session.execute(
        update(LedgerHeadRow)
        .where(LedgerHeadRow.ledger == ledger, LedgerHeadRow.size == head.size)
        .values(size=size, root=root)
        .returning(LedgerHeadRow.size)
    ).all()
    if len(moved) != 1:
        raise RuntimeError(f"another sequencer moved the head of the {ledger} ledger")
    return TreeHead(size, root)


def _write_tiles(session: Session, ledger: str, old_size: int, changed: dict[tuple[int, int], bytes]) -> None:
    fresh: list[dict[str, Any]] = []
    for (level, index), hashes in changed.items():
        edge, width = divmod(old_size >> (HEIGHT * level), WIDTH)
        if index == edge and width:
            session.execute(
                update(LedgerTileRow)
                .where(LedgerTileRow.ledger == ledger, LedgerTileRow.level == level, LedgerTileRow.tile == index)
                .values(hashes=hashes)
            )
        else:
            fresh.append({"ledger": ledger, "level": level, "tile": index, "hashes": hashes})
    if fresh:
        session.execute(insert(LedgerTileRow), fresh)


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
