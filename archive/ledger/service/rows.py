"""Rows under audit 待核条目: read in parts, hashed again, and their bodies checked where a key can be had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, cast

from sqlalchemy import String, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from archive.kernel.refusals import Refusal
from archive.ledger.bodies import BodyKeys, decrypt_body
from archive.ledger.rules.findings import finding
from archive.ledger.rules.leaf import hash_leaves
from archive.ledger.rules.runs import Run
from archive.ledger.tables import LedgerEntryRow
from archive.ledger.terms import FindingCode, LedgerFinding

BLOCK_ROWS = 1024
_E = LedgerEntryRow


class LeafRow(NamedTuple):
    """A stored entry as the audit reads it 待核条目; rows come as plain tuples of this shape.

    The seven columns from ``salt`` on are committed to as lines.
    """

    seq: int
    entry_id: str
    kind: str
    at: str
    body_commitment: str
    row_commitment: str
    salt: str
    actor_id: str
    duty: str
    subject: str
    unit: str
    tier: str
    key_id: str
    body: bytes


_FIELDS = tuple(
    type_coerce(_E.at, String).label("at") if name == "at" else getattr(_E, name) for name in LeafRow._fields
)
_ROWS = (
    select(*_FIELDS)
    .where(_E.ledger == bindparam("ledger"), _E.seq.between(bindparam("low"), bindparam("high")))
    .order_by(_E.seq)
)


def read_rows(session: Session, ledger: str, spans: Sequence[Run]) -> dict[int, LeafRow]:
    """The entries at the leaves of ``spans`` that are there, by leaf. Spans that lie near are read in one query."""
    found: dict[int, LeafRow] = {}
    for near in _near(spans):
        low, high = near[0].first_seq, max(run.first_seq + run.count for run in near) - 1
        rows = session.connection().execute(_ROWS, {"ledger": ledger, "low": low, "high": high}).cursor.fetchall()
        if len(near) == 1 and len(rows) == near[0].count:
            found.update(zip(range(near[0].first_leaf, near[0].first_leaf + len(rows)), rows, strict=True))
            continue
        by_seq: dict[int, LeafRow] = {row[0]: row for row in rows}
        for run in near:
            for at in range(run.count):
                if run.first_seq + at in by_seq:
                    found[run.first_leaf + at] = by_seq[run.first_seq + at]
    return found


def _near(spans: Sequence[Run]) -> Iterator[list[Run]]:
    group: list[Run] = []
    for run in sorted(spans, key=lambda one: one.first_seq):
        if group and run.first_seq - (group[-1].first_seq + group[-1].count) > BLOCK_ROWS:
            yield group
            group = []
        group.append(run)
    if group:
        yield group


class BodyCheck:
    """Checks stored rows against their commitments 行与内容核对; ``findings`` names those that do not hold."""

    def __init__(self, ledger: str, bodies: BodyKeys | None, deep: bool) -> None:
        self._ledger = ledger
        self._bodies = bodies
        self._deep = deep and bodies is not None
        self._keys: dict[str, bytes | None] = {}
        self._closed = 0
        self.findings: list[LedgerFinding] = []

    def check(self, base: int | None, block: Sequence[LeafRow | None]) -> None:
        """Recomputes the commitment of the rows at leaf ``base`` and on (None: they wait); deep: opens every body."""
        broken = [] if _all_hold(block) else [at for at, row in enumerate(block) if row is not None and not holds(row)]
        for at in broken:
            row = block[at]
            if row is not None:
                self._add(self._name(row), None if base is None else base + at, row)
        if self._deep:
            self._open_all(base, block, set(broken))

    def _open_all(self, base: int | None, block: Sequence[LeafRow | None], broken: set[int]) -> None:
        for at, row in enumerate(block):
            if row is not None and at not in broken and self._state(row) == "changed":
                self._add(FindingCode.BODY_EDITED, None if base is None else base + at, row)

    def notes(self) -> list[LedgerFinding]:
        """What could not be opened."""
        return [finding(FindingCode.BODY_LOCKED, self._ledger, count=self._closed)] if self._closed else []

    def _add(self, code: FindingCode, leaf: int | None, row: LeafRow) -> None:
        self.findings.append(finding(code, self._ledger, leaf, entry_id=str(row[1]), source=str(row[1])))

    def _name(self, row: LeafRow) -> FindingCode:
        """A broken row whose body still opens had its lookup columns edited; otherwise the body was."""
        return FindingCode.BODY_EDITED if self._state(row) == "changed" else FindingCode.ENTRY_EDITED

    def _state(self, stored: LeafRow) -> str:
        row = LeafRow._make(stored)
        key = self._key(row.key_id)
        if key is None:
            self._closed += 1
            return "closed"
        try:
            _, _, commitment = decrypt_body(key, self._ledger, row.entry_id, row.kind, row.at, row.body)
        except (ValueError, TypeError):
            return "changed"
        return "open" if commitment == row.body_commitment else "changed"

    def _key(self, key_id: str) -> bytes | None:
        if self._bodies is None:
            return None
        if key_id not in self._keys:
            try:
                self._keys[key_id] = self._bodies.open(key_id)
            except (Refusal, KeyError):  # locked, destroyed, or an id that no store ever gave out
                self._keys[key_id] = None
        return self._keys[key_id]


def holds(row: LeafRow) -> bool:
    """Whether a stored row is what its commitment says; a column of another type than it was given does not hold."""
    try:
        return sha256(("\n".join(row[6:13]) + "\n").encode() + row[13]).hexdigest() == row[5]
    except (TypeError, AttributeError, UnicodeEncodeError):
        return False


def _all_hold(block: Sequence[LeafRow | None]) -> bool:
    """The common case without a call for each row; anything unusual is left to ``holds``."""
    try:
        rows = cast("Sequence[LeafRow]", block)
        return [sha256(("\n".join(r[6:13]) + "\n").encode() + r[13]).hexdigest() for r in rows] == [r[5] for r in rows]
    except (TypeError, AttributeError, UnicodeEncodeError):
        return False


def hash_block(ledger: str, base: int | None, block: Sequence[LeafRow | None], check: BodyCheck) -> list[bytes | None]:
    """The leaf hashes of the entries at leaf ``base`` and on (None: they wait); the rows are checked on the way."""
    check.check(base, block)
    if None not in block:
        return [*hash_leaves(ledger, cast("Sequence[LeafRow]", block))]
    return [hash_leaves(ledger, [row])[0] if row is not None else None for row in block]
