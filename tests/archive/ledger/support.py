"""A ledger on a real SQLite file, with keys for its bodies that can be locked and shredded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from archive.kernel.actor import Actor
from archive.kernel.database import Base, Sessions, make_engine, make_sessions
from archive.kernel.ids import EntryId, PersonId, UnitCode
from archive.kernel.refusals import Refusal
from archive.ledger.keys import KEY_BYTES, LedgerKeys
from archive.ledger.rules.notes import VerifierKey, parse_checkpoint, parse_note
from archive.ledger.service import DatabaseJournal, Sequencer, sign_checkpoint, verify_ledger
from archive.ledger.terms import LedgerFinding, Pin

ORIGIN = "anjuan.example/test/activity"
START = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)
OFFICER = Actor(PersonId("person_li"), "李四", frozenset({"archivist"}), unit=UnitCode("310101"), session_id="s1")


class HeldBodyKeys:
    """Keys of bodies in memory: one for each unit, year and tier; ``locked`` tiers and ``shredded`` ids refuse."""

    def __init__(self) -> None:
        self.locked: set[str] = set()
        self.shredded: set[str] = set()

    def key_for(self, unit: str, year: int, tier: str) -> tuple[str, bytes]:
        if tier in self.locked:
            raise Refusal("archive.tier-locked", tier=tier)
        key_id = f"body:{unit}:{year}:{tier}"
        return key_id, sha256(key_id.encode()).digest()

    def open(self, key_id: str) -> bytes:
        if key_id in self.shredded:
            raise Refusal("archive.key-destroyed", key=key_id)
        if key_id.rpartition(":")[2] in self.locked:
            raise Refusal("archive.tier-locked", tier=key_id.rpartition(":")[2])
        return sha256(key_id.encode()).digest()


class LedgerHouse:
    """One database with its ledger, its keys and a clock that moves a second with each entry."""

    def __init__(self, path: Path, ledger: str = "activity") -> None:
        self.path = path
        self.ledger = ledger
        self.engine = make_engine(f"sqlite:///{path}")
        Base.metadata.create_all(
            self.engine, tables=[t for n, t in Base.metadata.tables.items() if n.startswith("ledger_")]
        )
        self.sessions: Sessions = make_sessions(self.engine)
        self.bodies = HeldBodyKeys()
        self.keys = LedgerKeys.from_bytes(ORIGIN, bytes(range(KEY_BYTES)))
        self.now = START

    @property
    def vkeys(self) -> Sequence[VerifierKey]:
        return self.keys.verifier_keys()

    def record(self, count: int = 1, kind: str = "case.read", tier: str = "general") -> list[EntryId]:
        with self.sessions() as session, session.begin():
            return [self.record_in(session, kind, tier) for _ in range(count)]

    def record_in(self, session: Session, kind: str = "case.read", tier: str = "general") -> EntryId:
        self.now += timedelta(seconds=1)
        journal = DatabaseJournal(session, self.now, OFFICER, self.bodies)
        return journal.record(kind, "case_abc", {"query": "张三 卷宗"}, ledger=self.ledger, tier=tier)

    def sequence(self, batch: int = 1000) -> int:
        return Sequencer(self.sessions, batch).run([self.ledger])[self.ledger]

    def checkpoint(self) -> bytes:
        with self.sessions() as session, session.begin():
            return sign_checkpoint(session, self.ledger, self.keys, self.now)

    def pin(self) -> Pin:
        note = self.checkpoint()
        return Pin(parse_checkpoint(parse_note(note).text), note, "stick")

    def grow(self, *counts: int) -> list[EntryId]:
        """Records and sequences in several rounds, with a checkpoint after each."""
        entries: list[EntryId] = []
        for count in counts:
            entries += self.record(count)
            self.sequence()
            self.checkpoint()
        return entries

    def verify(self, pins: Sequence[Pin] = (), deep: bool = True, with_keys: bool = True) -> list[LedgerFinding]:
        with self.sessions() as session:
            return verify_ledger(
                session,
                self.ledger,
                pins,
                self.vkeys,
                now=self.now,
                bodies=self.bodies if with_keys else None,
                deep=deep,
            )

    def codes(self, pins: Sequence[Pin] = (), deep: bool = True, with_keys: bool = True) -> set[str]:
        """The alarms that verification raises."""
        return {str(one.code) for one in self.verify(pins, deep, with_keys) if not one.is_note}

    def edit(self, statement: str, *values: object) -> int:
        """What somebody with the database can do; how many rows it touched."""
        with self.engine.begin() as connection:
            return connection.exec_driver_sql(statement, values).rowcount

    def close(self) -> None:
        self.engine.dispose()
