"""Ledger edits found: tampers with a ledger in every way that somebody with the database can, and audits it.

Each case takes a ledger of random entries whose newest checkpoint is pinned outside, applies one edit, and asks that
the audit raises the alarm that names it. The untouched ledger must raise none.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from archive.ledger.terms import Pin
from tests.archive.ledger.support import LedgerHouse

ROUND = 200
"""Cases before a new ledger is made."""


@dataclass(frozen=True, slots=True)
class Case:
    """A ledger that may be spoilt: a copy of ``whole``; ``older`` are earlier copies of it with their sizes."""

    house: LedgerHouse
    size: int
    older: tuple[Path, ...]
    rng: random.Random

    def leaf(self) -> int:
        return self.rng.randrange(self.size)

    def flip(self, data: bytes) -> bytes:
        at = self.rng.randrange(len(data))
        return data[:at] + bytes([data[at] ^ (1 << self.rng.randrange(8))]) + data[at + 1 :]

    def body(self, seq: int) -> bytes:
        with self.house.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT body FROM ledger_entry WHERE seq = ?", (seq,))
            return bytes(found.scalar_one())


Edit = Callable[[Case], set[str]]
"""Spoils the ledger; gives the alarms of which at least one must be raised."""


def _edit_body(case: Case) -> set[str]:
    seq = case.leaf() + 1
    case.house.edit("UPDATE ledger_entry SET body = ? WHERE seq = ?", case.flip(case.body(seq)), seq)
    return {"body-edited"}


def _edit_column(case: Case) -> set[str]:
    column = case.rng.choice(
        ["kind", "entry_id", "actor_id", "duty", "subject", "unit", "tier", "salt", "body_commitment", "row_commitment"]
    )
    case.house.edit(f"UPDATE ledger_entry SET {column} = {column} || 'x' WHERE seq = ?", case.leaf() + 1)
    return {"entry-edited"}


def _edit_instant(case: Case) -> set[str]:
    leaf = case.leaf()
    case.house.edit("UPDATE ledger_entry SET at = '2001-01-01T00:00:00.000000Z' WHERE seq = ?", leaf + 1)
    return {"entry-edited"}


def _delete(case: Case) -> set[str]:
    leaf = case.rng.randrange(case.size - 1)
    case.house.edit("DELETE FROM ledger_entry WHERE seq = ?", leaf + 1)
    if case.rng.random() < 0.5:  # and close the gap
        _renumber(case, leaf + 1, -1)
    return {"entry-missing"}


def _insert(case: Case) -> set[str]:
    leaf = case.rng.randrange(case.size + 1)
    model = case.leaf()
    columns = "ledger, at, salt, actor_id, duty, subject, unit, tier, key_id, body_commitment, row_commitment, body"
    case.house.edit(
        f"INSERT INTO ledger_entry (seq, entry_id, kind, {columns}) "
        f"SELECT -5, 'entry_forged', 'case.forged', {columns} FROM ledger_entry WHERE seq = ?",
        model + 1,
    )
    _renumber(case, leaf, 1)
    case.house.edit("UPDATE ledger_entry SET seq = ? WHERE entry_id = 'entry_forged'", leaf + 1)
    # at the end the true last entry is pushed out of the tree: the stored rows read as one edited and one stray
    return {"entry-inserted"} if leaf < case.size - 1 else {"entry-stray"}


def _renumber(case: Case, first: int, by: int) -> None:
    case.house.edit("UPDATE ledger_entry SET seq = seq + 100000 WHERE seq > ?", first)
    case.house.edit("UPDATE ledger_entry SET seq = seq - 100000 + ? WHERE seq > 100000", by)


def _swap(case: Case) -> set[str]:
    one, two = case.rng.sample(range(1, case.size + 1), 2)
    for old, new in ((one, -1), (two, one), (-1, two)):
        case.house.edit("UPDATE ledger_entry SET seq = ? WHERE seq = ?", new, old)
    return {"entry-moved"}


def _cut_tail(case: Case) -> set[str]:
    case.house.edit("DELETE FROM ledger_entry WHERE seq > ?", case.leaf())
    return {"tail-cut"}


def _roll_back(case: Case) -> set[str]:
    case.house.close()
    shutil.copy(case.rng.choice(case.older), case.house.path)
    return {"rolled-back"}


def _roll_back_and_go_on(case: Case) -> set[str]:
    _roll_back(case)
    case.house.record(case.size)
    case.house.sequence()
    case.house.checkpoint()
    return {"rewritten"}


def _edit_node(case: Case) -> set[str]:
    with case.house.engine.connect() as connection:
        tiles = connection.exec_driver_sql("SELECT level, tile, hashes FROM ledger_tile").all()
    level, tile, hashes = case.rng.choice(tiles)
    spoilt = case.flip(bytes(hashes))
    case.house.edit("UPDATE ledger_tile SET hashes = ? WHERE level = ? AND tile = ?", spoilt, level, tile)
    return {"node-edited"}


def _edit_head(case: Case) -> set[str]:
    if case.rng.random() < 0.5:
        case.house.edit("UPDATE ledger_head SET root = ?", case.rng.randbytes(32))
        return {"head-edited"}
    case.house.edit("UPDATE ledger_head SET size = ?", case.leaf())
    return {"head-edited", "tail-cut"}


def _edit_checkpoint(case: Case) -> set[str]:
    with case.house.engine.connect() as connection:
        note = connection.exec_driver_sql("SELECT note FROM ledger_checkpoint ORDER BY size DESC").scalars().first()
    case.house.edit("UPDATE ledger_checkpoint SET note = ? WHERE size = ?", case.flip(bytes(note or b"")), case.size)
    return {"checkpoint-bad"}


EDITS: tuple[Edit, ...] = (
    _edit_body, _edit_column, _edit_instant, _delete, _insert, _swap, _cut_tail, _roll_back, _roll_back_and_go_on,
    _edit_node, _edit_head, _edit_checkpoint,
)  # fmt: skip


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """Tries ``count`` edits; how many were tried and how many were not found and named."""
    rng = random.Random(seed)
    tried = failed = 0
    while tried < count:
        with tempfile.TemporaryDirectory(prefix="anjuan-prove-") as folder:
            done, missed = _round(Path(folder), rng, min(ROUND, count - tried), out)
        tried, failed = tried + done, failed + missed
    return tried, failed


def _round(folder: Path, rng: random.Random, count: int, out: TextIO) -> tuple[int, int]:
    """One ledger of its own size, spoilt ``count`` times; its untouched self must be whole."""
    house = LedgerHouse(folder / "whole.db")
    older: list[Path] = []
    size = 0
    for step in range(rng.randint(2, 4)):
        older.append(folder / f"older{step}.db")
        house.close()
        shutil.copy(house.path, older[-1])
        grown = rng.choice((rng.randint(2, 40), rng.randint(200, 400)))
        house.grow(grown)
        size += grown
    pin = house.pin()
    failed = 0
    if house.codes([pin]):
        out.write(f"a whole ledger of {size} entries raised {sorted(house.codes([pin]))}\n")
        failed += 1
    house.close()
    for _ in range(count):
        failed += not _spoil(folder, house, pin, size, tuple(older), rng, out)
    return count, failed


def _spoil(
    folder: Path, whole: LedgerHouse, pin: Pin, size: int, older: tuple[Path, ...], rng: random.Random, out: TextIO
) -> bool:
    path = folder / "spoilt.db"
    shutil.copy(whole.path, path)
    house = LedgerHouse(path)
    house.now = whole.now
    edit = rng.choice(EDITS)
    try:
        wanted = edit(Case(house, size, older, rng))
        found = house.codes([pin])
    finally:
        house.close()
    if wanted & found:
        return True
    out.write(f"{edit.__name__} in a ledger of {size} entries: wanted {sorted(wanted)}, found {sorted(found)}\n")
    return False
