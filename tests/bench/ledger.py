"""Ledger speed beside bare SHA-256 in the same run.

The floor is ``hashlib.sha256`` over the very bytes that the ledger must hash, ready in memory, in one Python loop: for
an append the leaves and the nodes above them; for an audit also the stored rows (columns and encrypted body).

- append: 1,000 waiting entries of a real SQLite file with the kernel's settings: leaf hashes computed, queue read,
  nodes hashed, tiles, places and head written, committed. The file lies in memory (``/dev/shm``) where the machine has
  it; with a disk, its flush and the clock on the wall it is printed beside it without a target.
  The deed's own insert (encryption, two rows) is not part of it.
- proof: one ``.tlog-proof`` of a random entry, everything read from SQLite.
- audit: every entry read, every row and leaf hashed, tree rebuilt and held against tiles, checkpoint and pin.

Ours and the floor are measured in processor time of this process, for the machine is shared; rounds alternate and the
least of each counts. The garbage collector is off while a round runs, as in ``timeit``.
"""

from __future__ import annotations

import gc
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from archive.kernel.clock import to_rfc3339
from archive.kernel.ids import new_id
from archive.ledger.rules.leaf import RowColumns, commit_row, leaf_data
from archive.ledger.rules.merkle import hash_leaf
from archive.ledger.service import Sequencer, prove, sequence, verify_ledger
from archive.ledger.tables import LedgerEntryRow, LedgerPendingRow
from archive.ledger.terms import Pin
from tests.archive.ledger.support import START, LedgerHouse
from tests.bench.report import Report

BATCH = 1000
BODY = 320
ROUNDS = 30
PART = 10_000
AT = to_rfc3339(START)
MEMORY = Path("/dev/shm")
Row = dict[str, object]


def measure(report: Report, size: int = 100_000) -> None:
    """Adds the ledger's ratios; ``size`` is the ledger that is audited (1,000,000 for the figure of the guarantees)."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        _append(report, Path(folder), "ledger append, batch of 1,000", 5.0)
    with tempfile.TemporaryDirectory() as folder:
        _append(
            report,
            Path(folder),
            "ledger append, batch of 1,000, with the disk",
            None,
            time.perf_counter,
        )
        _large(report, Path(folder), size)


def entries(first_seq: int, count: int) -> list[Row]:
    """Entries as the journal writes them, with random bytes where a body is encrypted."""
    rows: list[Row] = []
    for seq in range(first_seq, first_seq + count):
        columns = RowColumns(os.urandom(16).hex(), "person_x", "archivist", new_id("case"), "310101", "general", "b:1")
        body = os.urandom(BODY)
        rows.append(
            {
                "seq": seq, "entry_id": new_id("entry"), "ledger": "activity", "kind": "case.read", "at": START,
                "body": body, "body_commitment": sha256(body).hexdigest(), "row_commitment": commit_row(columns, body),
                **{name: getattr(columns, name) for name in RowColumns.__slots__},
            }
        )  # fmt: skip
    return rows


def leaf_of(row: Row) -> bytes:
    return leaf_data(
        "activity", str(row["entry_id"]), "case.read", AT, str(row["body_commitment"]), str(row["row_commitment"])
    )


def insert_entries(house: LedgerHouse, rows: Sequence[Row], leaves: Sequence[bytes]) -> None:
    waiting = [
        {"ledger": "activity", "seq": row["seq"], "leaf_hash": hash_leaf(leaf)}
        for row, leaf in zip(rows, leaves, strict=True)
    ]
    with house.sessions() as session, session.begin():
        session.execute(insert(LedgerEntryRow), rows)
        session.execute(insert(LedgerPendingRow), waiting)


def floor(leaves: Sequence[bytes], rows: Sequence[bytes] = ()) -> None:
    """Bare SHA-256 of ``rows``, of ``leaves``, and of the nodes above them."""
    for data in rows:
        sha256(data).digest()
    level = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        level = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]


def timed(deed: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of the processor that ``deed`` takes; with ``time.perf_counter`` those on the wall."""
    gc.collect()
    gc.disable()
    try:
        begin = clock()
        deed()
        return clock() - begin
    finally:
        gc.enable()


def _sequence(house: LedgerHouse, rows: Sequence[Row]) -> None:
    for row in rows:
        hash_leaf(leaf_of(row))
    with house.sessions() as session, session.begin():
        sequence(session, "activity", BATCH)


def _append(
    report: Report, folder: Path, name: str, target: float | None, clock: Callable[[], float] = time.process_time
) -> None:
    house = LedgerHouse(folder / "append.db")
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(ROUNDS):
        rows = entries(turn * BATCH + 1, BATCH)
        leaves = [leaf_of(row) for row in rows]
        insert_entries(house, rows, leaves)
        bare.append(timed(partial(floor, leaves), clock))
        ours.append(timed(partial(_sequence, house, rows), clock))
    house.close()
    report.ratio(name, min(ours), min(bare), target, "lower", f"least of {ROUNDS}; median of ours {median(ours):.4f} s")


def _large(report: Report, folder: Path, size: int) -> None:
    house = LedgerHouse(folder / "large.db")
    sample: list[str] = []
    bare: list[float] = []
    for first in range(1, size + 1, PART):
        rows = entries(first, min(PART, size + 1 - first))
        leaves = [leaf_of(row) for row in rows]
        insert_entries(house, rows, leaves)
        Sequencer(house.sessions, PART).run(["activity"])
        sample += [str(row["entry_id"]) for row in random.Random(first).sample(rows, 5)]
        clear = [os.urandom(BODY + 110) for _ in rows]
        bare.append(min(timed(partial(floor, leaves, clear)) for _ in range(3)) / len(rows))
    pin = house.pin()
    _proof(report, house, sample[:500], size)
    ours = [timed(partial(_audit, house, pin)) for _ in range(3)]
    house.close()
    note = f"{size} entries, least of 3; the floor hashes rows, leaves and nodes"
    report.ratio("ledger full audit", min(ours), min(bare) * size, 2.5, "lower", note)


def _proof(report: Report, house: LedgerHouse, sample: Sequence[str], size: int) -> None:
    with house.sessions() as session:
        took = min(timed(lambda: [prove(session, entry) for entry in sample]) for _ in range(3)) / len(sample)
    note = f"the baseline is 1 ms; mean of {len(sample)}, least of 3, in a ledger of {size}"
    report.ratio("ledger proof of one entry", took, 0.001, 1.0, "lower", note)


def _audit(house: LedgerHouse, pin: Pin) -> None:
    with house.sessions() as session:
        found = verify_ledger(session, "activity", [pin], house.vkeys)
    if any(not one.is_note for one in found):
        raise RuntimeError(f"the audit of an untouched ledger found {found}")
