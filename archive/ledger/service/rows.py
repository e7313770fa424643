"""Rows under audit 待核条目: read in parts, hashed again, and their bodies checked where a key can be had."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, cast

from sqlalchemy import String, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from archive.kernel.refusals import Refusal
from archive.ledger.bodies import BodyKeys, decrypt_body
from archive.ledger.rules.findings import finding
from archive.ledger.rules.leaf import leaf_data
from archive.ledger.rules.merkle import hash_leaf
from archive.ledger.tables import LedgerEntryRow
from archive.ledger.terms import FindingCode, LedgerFinding

BLOCK_ROWS = 4096
_E = LedgerEntryRow


class LeafRow(NamedTuple):
    """A stored entry as the audit reads it 待核条目; ``columns`` are the lookup columns as the leaf commits to them."""

    leaf: int
    entry_id: str
    kind: str
    at: str
    body_commitment: str
    row_commitment: str
    columns: str
    body: bytes
    key_id: str


_COLUMNS = (
    _E.salt + "\n" + _E.actor_id + "\n" + _E.duty + "\n" + _E.subject + "\n" + _E.unit + "\n" + _E.tier + "\n"
    + _E.key_id + "\n"
)  # fmt: skip
_ROWS = (
    select(
        _E.leaf_index, _E.entry_id, _E.kind, type_coerce(_E.at, String), _E.body_commitment, _E.row_commitment,
        _COLUMNS, _E.body, _E.key_id,
    )
    .where(_E.ledger == bindparam("ledger"), _E.leaf_index >= bindparam("base"), _E.leaf_index < bindparam("end"))
    .order_by(_E.leaf_index)
)  # fmt: skip


def read_rows(session: Session, ledger: str, base: int, end: int) -> Sequence[LeafRow]:
    """The entries with leaves ``[base, end)`` that are there, in order."""
    rows = session.connection().execute(_ROWS, {"ledger": ledger, "base": base, "end": end}).fetchall()
    return cast("Sequence[LeafRow]", rows)


class BodyCheck:
    """Checks stored rows against their commitments 行与内容核对; ``findings`` names those that do not hold."""

    def __init__(self, ledger: str, bodies: BodyKeys | None, deep: bool) -> None:
        self._ledger = ledger
        self._bodies = bodies
        self._deep = deep and bodies is not None
        self._keys: dict[str, bytes | None] = {}
        self._closed = 0
        self.findings: list[LedgerFinding] = []

    def check(self, rows: Sequence[LeafRow]) -> None:
        """Recomputes the commitment of every row; in a deep audit opens every body too."""
        try:
            broken = {r for r in rows if sha256(r[6].encode() + r[7]).hexdigest() != r[5]}
        except (TypeError, AttributeError, UnicodeEncodeError):  # a column holds another type than it was given
            broken = {r for r in rows if not _holds(r)}
        for row in broken:
            self._add(self._name(row), row)
        if self._deep:
            for row in rows:
                if row not in broken and self._state(row) == "changed":
                    self._add(FindingCode.BODY_EDITED, row)

    def notes(self) -> list[LedgerFinding]:
        """What could not be opened."""
        return [finding(FindingCode.BODY_LOCKED, self._ledger, count=self._closed)] if self._closed else []

    def _add(self, code: FindingCode, row: LeafRow) -> None:
        self.findings.append(finding(code, self._ledger, row[0], entry_id=str(row[1])))

    def _name(self, row: LeafRow) -> FindingCode:
        """A broken row whose body still opens had its lookup columns edited; otherwise the body was."""
        return FindingCode.BODY_EDITED if self._state(row) == "changed" else FindingCode.ENTRY_EDITED

    def _state(self, row: LeafRow) -> str:
        key = self._key(row[8])
        if key is None:
            self._closed += 1
            return "closed"
        try:
            _, _, commitment = decrypt_body(key, self._ledger, row[1], row[2], row[3], row[7])
        except (ValueError, TypeError):
            return "changed"
        return "open" if commitment == row[4] else "changed"

    def _key(self, key_id: str) -> bytes | None:
        if self._bodies is None:
            return None
        if key_id not in self._keys:
            try:
                self._keys[key_id] = self._bodies.open(key_id)
            except (Refusal, KeyError):  # locked, destroyed, or an id that no store ever gave out
                self._keys[key_id] = None
        return self._keys[key_id]


def _holds(row: LeafRow) -> bool:
    try:
        return sha256(row[6].encode() + row[7]).hexdigest() == row[5]
    except (TypeError, AttributeError, UnicodeEncodeError):
        return False


def hash_block(ledger: str, block: Sequence[LeafRow | None], check: BodyCheck) -> list[bytes | None]:
    """The leaf hashes of a block of entries; its rows are checked on the way."""
    present = [row for row in block if row is not None]
    check.check(present)
    if len(present) == len(block):
        return [hash_leaf(leaf_data(ledger, r[1], r[2], r[3], r[4], r[5])) for r in present]
    return [row and hash_leaf(leaf_data(ledger, row[1], row[2], row[3], row[4], row[5])) for row in block]
