"""Tables 表 of retention, private to this package."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from archive.kernel.database import Base, UtcDateTime


class AssignmentRow(Base):
    """The retention rule of a case 保管期限 with everything its derivation needs."""

    __tablename__ = "retention_assignment"

    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), primary_key=True)
    rule_code: Mapped[str] = mapped_column(String(12))
    years: Mapped[int | None] = mapped_column(Integer)
    trigger: Mapped[str] = mapped_column(String(30))
    basis: Mapped[str] = mapped_column(String(200))
    closed_on: Mapped[date] = mapped_column(Date)
    earliest_disposal: Mapped[date | None] = mapped_column(Date, index=True)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by: Mapped[str] = mapped_column(String(40))


class HoldRow(Base):
    """A hold 冻结; never deleted, only lifted."""

    __tablename__ = "retention_hold"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(400))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by: Mapped[str] = mapped_column(String(40))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    lifted_by: Mapped[str | None] = mapped_column(String(40), default=None)
    lift_reason: Mapped[str] = mapped_column(String(400), default="")


class AppraisalRow(Base):
    """One hand under the disposal of a case 鉴定签署."""

    __tablename__ = "retention_appraisal"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str] = mapped_column(String(40))
    duty: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
