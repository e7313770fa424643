"""Tables of the ledger 存证表: entries, the tree in tiles, heads, checkpoints, and what each witness was told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.kernel.database import Base, UtcDateTime

_Big = BigInteger().with_variant(Integer(), "sqlite")


class LedgerEntryRow(Base):
    """One event 存证条目. Inserted by its deed, and never changed: its leaf stands in a run."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_ledger", "ledger", "seq"),
        Index("ix_ledger_entry_subject", "subject", "seq"),
        Index("ix_ledger_entry_actor", "actor_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(_Big, primary_key=True, autoincrement=True)
    entry_id: Mapped[str] = mapped_column(String(40), unique=True)
    ledger: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    salt: Mapped[str] = mapped_column(String(32))
    actor_id: Mapped[str] = mapped_column(String(128))
    duty: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(128))
    unit: Mapped[str] = mapped_column(String(128))
    tier: Mapped[str] = mapped_column(String(32))
    key_id: Mapped[str] = mapped_column(String(128))
    body_commitment: Mapped[str] = mapped_column(String(64))
    row_commitment: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerPendingRow(Base):
    """An entry that waits for its leaf 待排序条目, with the leaf hash that its deed computed."""

    __tablename__ = "ledger_pending"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - what SQLAlchemy asks for

    ledger: Mapped[str] = mapped_column(String(16), primary_key=True)
    seq: Mapped[int] = mapped_column(_Big, primary_key=True, autoincrement=False)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class LedgerRunRow(Base):
    """A run of entries 连续条目段: ``count`` entries from ``first_seq`` on are the leaves from ``first_leaf`` on.

    One row places a whole batch, and the last run grows while nothing comes between.
    """

    __tablename__ = "ledger_run"
    __table_args__ = (UniqueConstraint("ledger", "first_seq"),)

    ledger: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_leaf: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_seq: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(BigInteger)


class LedgerTileRow(Base):
    """One tile of a tree 树瓦: at most 256 hashes of 32 bytes; the last of each level grows, no other changes."""

    __tablename__ = "ledger_tile"

    ledger: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tile: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerHeadRow(Base):
    """Size and root of a ledger 树头: the row that a sequencer locks."""

    __tablename__ = "ledger_head"

    ledger: Mapped[str] = mapped_column(String(16), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))


class LedgerCheckpointRow(Base):
    """A signed checkpoint 已签检查点; one for each size at which the ledger signed."""

    __tablename__ = "ledger_checkpoint"

    ledger: Mapped[str] = mapped_column(String(16), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerMarkRow(Base):
    """The high-water mark 高水位: the largest checkpoint that a witness outside is known to hold."""

    __tablename__ = "ledger_mark"

    ledger: Mapped[str] = mapped_column(String(16), primary_key=True)
    witness: Mapped[str] = mapped_column(String(255), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
