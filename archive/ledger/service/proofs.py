"""Proofs 证明 that leave the house: that an entry is in the ledger, that the ledger only grew, what an entry says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, String, bindparam, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from archive.kernel.refusals import Refusal
from archive.ledger.bodies import BodyKeys, decrypt_body
from archive.ledger.rules.leaf import leaf_data
from archive.ledger.rules.merkle import prove_consistency as consistency_path
from archive.ledger.rules.merkle import prove_inclusion
from archive.ledger.rules.proof_file import ProofFile
from archive.ledger.rules.tiles import HEIGHT, TiledTree
from archive.ledger.service.checkpoints import newest_checkpoint_row
from archive.ledger.service.places import leaf_at
from archive.ledger.service.sequencer import read_head, tile_reader
from archive.ledger.tables import LedgerEntryRow, LedgerTileRow

_E, _T = LedgerEntryRow, LedgerTileRow
_BY_ID = select(
    _E.seq, _E.ledger, _E.entry_id, _E.kind, type_coerce(_E.at, String).label("at"), _E.body_commitment,
    _E.row_commitment, _E.key_id, _E.body,
).where(_E.entry_id == bindparam("entry"))  # fmt: skip
_TILES = select(_T.level, _T.tile, _T.hashes).where(
    _T.ledger == bindparam("ledger"), tuple_(_T.level, _T.tile).in_(bindparam("places", expanding=True))
)

EntryRow = Row[int, str, str, str, str, str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """An opened entry 已揭示条目: whoever has it checks SHA-256(salt, canonical body) against ``body`` of the leaf."""

    leaf: bytes
    salt: bytes
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """The proof that the tree of ``old_size`` leaves is a prefix of that of ``checkpoint`` 一致性证明."""

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def prove(session: Session, entry_id: str) -> bytes:
    """The ``.tlog-proof`` file of an entry under the newest checkpoint 条目证明文件.

    Refuses when the entry is unknown, or has no leaf under a checkpoint yet.
    """
    row = _entry(session, entry_id)
    leaf = leaf_at(session, row.ledger, row.seq)
    checkpoint = newest_checkpoint_row(session, row.ledger)
    if leaf is None or checkpoint is None or leaf >= checkpoint.size:
        raise Refusal("archive.ledger-proof-pending", entry=entry_id)
    tree = _tree_around(session, row.ledger, leaf, checkpoint.size)
    path = prove_inclusion(leaf, checkpoint.size, tree.complete)
    return ProofFile(leaf, tuple(path), checkpoint.note, leaf_of(row)).dump()


def prove_consistency(session: Session, ledger: str, old_size: int) -> ConsistencyProof:
    """The proof that nothing was changed since the ledger had ``old_size`` leaves 一致性证明.

    Refuses when there is no checkpoint of at least that size.
    """
    checkpoint = newest_checkpoint_row(session, ledger)
    if checkpoint is None or not 0 <= old_size <= checkpoint.size:
        raise Refusal("archive.ledger-size-unknown", ledger=ledger, size=old_size)
    tree = TiledTree(tile_reader(session, ledger))
    path = consistency_path(old_size, checkpoint.size, tree.complete)
    return ConsistencyProof(old_size, tuple(path), checkpoint.note)


def require_inclusion(session: Session, entry_id: str) -> int:
    """The leaf of an entry that is in the tree 已入账; refuses before the sequencer has placed it.

    A release and a destruction wait for this; other deeds need only the insert.
    """
    row = _entry(session, entry_id)
    leaf = leaf_at(session, row.ledger, row.seq)
    if leaf is None or leaf >= read_head(session, row.ledger).size:
        raise Refusal("archive.ledger-proof-pending", entry=entry_id)
    return leaf


def disclose(session: Session, entry_id: str, bodies: BodyKeys) -> Disclosure:
    """Opens an entry for somebody who may see it 揭示条目; the guard has been asked before.

    Raises Refusal when its key is locked or destroyed, ValueError when the stored body was changed.
    """
    row = _entry(session, entry_id)
    salt, body, commitment = decrypt_body(bodies.open(row.key_id), row.ledger, row.entry_id, row.kind, row.at, row.body)
    if commitment != row.body_commitment:
        raise ValueError(f"the body of {entry_id} is not the one that was recorded")
    return Disclosure(leaf_of(row), salt, body)


def leaf_of(row: EntryRow) -> bytes:
    """The leaf's data of a stored entry."""
    return leaf_data(row.ledger, row.entry_id, row.kind, row.at, row.body_commitment, row.row_commitment)


def _tree_around(session: Session, ledger: str, leaf: int, size: int) -> TiledTree:
    """The tree with the tiles at hand that a proof of ``leaf`` needs: those above it and those at the right edge."""
    places = {
        (level, number >> (HEIGHT * (level + 1)))
        for level in range(size.bit_length() // HEIGHT + 1)
        for number in (leaf, size)
    }
    rows = session.connection().execute(_TILES, {"ledger": ledger, "places": sorted(places)})
    near = {(level, tile): hashes for level, tile, hashes in rows}
    read = tile_reader(session, ledger)
    return TiledTree(lambda level, index: near.get((level, index)) or read(level, index))


def _entry(session: Session, entry_id: str) -> EntryRow:
    row = session.connection().execute(_BY_ID, {"entry": entry_id}).one_or_none()
    if row is None:
        raise Refusal("archive.ledger-entry-unknown", entry=entry_id)
    return row
