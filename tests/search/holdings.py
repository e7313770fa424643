"""Holdings in memory that give search its pages, texts and targets, and a guard that is its own filter."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as DatabaseEngine

from archive.kernel.actor import Actor
from archive.kernel.clock import FixedClock
from archive.kernel.database import Base, make_engine, make_sessions
from archive.kernel.guard import Action, Decision, Purpose, Target
from archive.kernel.ids import CaseId, EntryId, ItemId, PersonId, UnitCode
from archive.kernel.outbox import OutboxRow
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import NOTHING, Visibility
from archive.kernel.work import Work, Works
from search.engines.fts5 import Fts5Engine
from search.ports import SearchPorts
from search.tables import IndexedItemRow, IndexRow, RebuildRow
from search.terms import Box, IndexKey, PageDocument, PageText

PLAIN = "INTERNAL/NONE/-"
PRIVATE = "INTERNAL/NONE/PRIVACY"
SECRET = "INTERNAL/SECRET/-"
TABLES = [OutboxRow.__table__, IndexRow.__table__, IndexedItemRow.__table__, RebuildRow.__table__]
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def page(item: str, text: str, **more: Any) -> PageDocument:
    """A page of unit 3702 without any marking, unless ``more`` says otherwise."""
    values: dict[str, Any] = {"case_id": CaseId("case_a"), "page": 1, "unit": UnitCode("3702"), "marking_set": PLAIN}
    return PageDocument(**{**values, **more}, item_id=ItemId(item), text=text)


@dataclass
class Keys:
    """A key for each index key; those in ``locked`` are refused."""

    locked: set[IndexKey] = field(default_factory=set)

    def __call__(self, key: IndexKey) -> bytes:
        """32 bytes that follow from the index key."""
        if key in self.locked:
            raise Refusal("archive.tier-locked", tier="personal")
        return hashlib.sha256(repr((key.unit, key.marking_set, key.case_id)).encode()).digest()


@dataclass
class Holdings:
    """All pages by (item, page): catalogue, page texts and page source in one."""

    pages: dict[tuple[ItemId, int], PageDocument] = field(default_factory=dict)

    def put(self, *documents: PageDocument) -> None:
        """Takes pages in."""
        self.pages.update({(document.item_id, document.page): document for document in documents})

    def page_target(self, work: Work, item_id: ItemId, page: int) -> Target | None:
        """The page as a target."""
        document = self.pages.get((item_id, page))
        if document is None:
            return None
        key = document.key
        return Target("page", key.unit, document.case_id, item_id, level=key.level, compartments=key.kinds)

    def page_text(self, work: Work, item_id: ItemId, page: int) -> PageText | None:
        """The text with one box for each line of ten signs."""
        text = self.pages[item_id, page].text
        lines = range(0, len(text), 10)
        return PageText(text, tuple(Box(at, min(at + 10, len(text)), 0.1, at / 1000, 0.9, at / 1000) for at in lines))

    def case_pages(self, work: Work, case_id: CaseId) -> Iterable[PageDocument]:
        """All pages of a case."""
        return [document for document in self.pages.values() if document.case_id == case_id]

    def pages_after(self, work: Work, item_id: str, most_items: int) -> Iterable[PageDocument]:
        """Pages of the next items."""
        items = sorted({item for item, _ in self.pages if item > item_id})[:most_items]
        return [document for _, document in sorted(self.pages.items()) if document.item_id in items]


@dataclass
class RangeGuard:
    """Decides exactly as its ranges say; ``unreadable`` items may be found and not read."""

    ranges: Mapping[PersonId, Visibility]
    unreadable: set[ItemId] = field(default_factory=set)

    def visibility(self, actor: Actor, action: Action) -> Visibility:
        """The actor's range."""
        return self.ranges.get(actor.id, NOTHING)

    def decide(self, actor: Actor, action: Action, target: Target, purpose: Purpose = Purpose.DUTY) -> Decision:
        """Whether the target is in the actor's range."""
        if action is Action.OPERATE:
            return Decision(actor.has("sysadmin"), (Refusal("access.action-forbidden"),))
        seen = self.visibility(actor, action).admits(
            unit=target.unit, case_id=target.case_id or "", level=target.level, compartments=target.compartments
        )
        return Decision(seen and not (action is Action.READ and target.item_id in self.unreadable))


@dataclass
class Notes:
    """A journal that keeps what it is told, or cannot be written."""

    entries: list[tuple[str, Mapping[str, Any], str, str]] = field(default_factory=list)
    broken: bool = False

    def record(
        self,
        kind: str,
        subject: str,
        facts: Mapping[str, Any],
        *,
        ledger: str = "activity",
        tier: str = "general",
        unit: str = "",
    ) -> EntryId:
        """Keeps one entry."""
        if self.broken:
            raise OSError("the ledger cannot be written")
        self.entries.append((kind, facts, tier, unit))
        return EntryId(f"entry_{len(self.entries)}")


@dataclass
class Archive:
    """A small archive whose pages are searched: everything joined."""

    works: Works
    ports: SearchPorts
    holdings: Holdings
    guard: RangeGuard
    notes: Notes
    keys: Keys
    engine: Fts5Engine
    database: DatabaseEngine
    folder: Path

    def close(self) -> None:
        """Closes files and database."""
        self.engine.close()
        self.database.dispose()


READER = Actor(PersonId("person_reader"), "李", frozenset({"archivist"}), unit=UnitCode("3702"))
OPERATOR = Actor(PersonId("person_operator"), "系统", frozenset({"sysadmin"}))
UNIT_RANGE = Visibility(units=frozenset({UnitCode("3702")}))


def make_archive(
    folder: Path,
    ranges: Mapping[PersonId, Visibility] | None = None,
    engine_type: Callable[[Path, Keys], Fts5Engine] = Fts5Engine,
) -> Archive:
    """An empty archive with its index in ``folder``."""
    database = make_engine("sqlite://")
    Base.metadata.create_all(database, tables=TABLES)  # type: ignore[arg-type]
    holdings, keys, notes = Holdings(), Keys(), Notes()
    guard = RangeGuard(ranges if ranges is not None else {READER.id: UNIT_RANGE})
    engine = engine_type(folder, keys)
    ports = SearchPorts(engine, b"n" * 32, holdings, holdings)
    works = Works(make_sessions(database), FixedClock(NOW), lambda *_: guard, lambda *_: notes)
    return Archive(works, ports, holdings, guard, notes, keys, engine, database, folder)


def marked(document: PageDocument, marking_set: str) -> PageDocument:
    """The same page under another marking."""
    return replace(document, marking_set=marking_set)
