"""Tables 表 of search: which index files there are and which items lie in which; no content, no title."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from archive.kernel.database import Base, UtcDateTime
from archive.kernel.ids import CaseId, UnitCode
from archive.rules.markings import from_bits
from archive.terms import Level
from search.terms import IndexKey, IndexName, Place

LIVE, BUILDING, RETIRED = "live", "building", "retired"


class IndexRow(Base):
    """One index file 索引目录行: its opaque name and whom it concerns."""

    __tablename__ = "search_index"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    generation: Mapped[int] = mapped_column(Integer, index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    unit: Mapped[str] = mapped_column(String(40), index=True)
    handling: Mapped[str] = mapped_column(String(10))
    level: Mapped[int] = mapped_column(Integer)
    compartments: Mapped[int] = mapped_column(Integer)
    case_id: Mapped[str | None] = mapped_column(String(40), index=True, default=None)
    pages: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of compartments."""
        return from_bits(self.compartments)

    @property
    def place(self) -> Place:
        """The row as a value."""
        marking_set = "/".join((self.handling, Level(self.level).name, "+".join(sorted(self.kinds)) or "-"))
        case_id = CaseId(self.case_id) if self.case_id else None
        return Place(IndexName(self.name), IndexKey(UnitCode(self.unit), marking_set, case_id))


class IndexedItemRow(Base):
    """Pages of an item in an index 已索引件: where to look when it is to be taken out."""

    __tablename__ = "search_item"

    item_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    index_name: Mapped[str] = mapped_column(ForeignKey("search_index.name"), primary_key=True)


class RebuildRow(Base):
    """How far a rebuild has come 重建进度: one row for each new generation."""

    __tablename__ = "search_rebuild"

    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    last_item: Mapped[str] = mapped_column(String(40), default="")
    pages: Mapped[int] = mapped_column(Integer, default=0)
