"""Tables 表 of ingest, private to this package: every take-in, and the files of it that are durable already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.kernel.database import Base, UtcDateTime


class IntakeRow(Base):
    """One take-in 接收登记. ``source_digest`` (keyed) tells the same package again; the report of a refusal stays."""

    __tablename__ = "ingest_intake"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(40), unique=True)
    source_digest: Mapped[str] = mapped_column(String(80), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    person_id: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(40), default="")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class IntakeFileRow(Base):
    """One durable, encrypted file of a running take-in 已接收文件; its name and digest are encrypted."""

    __tablename__ = "ingest_file"
    __table_args__ = (UniqueConstraint("intake_id", "name_digest"),)

    file_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    intake_id: Mapped[str] = mapped_column(ForeignKey("ingest_intake.id"), index=True)
    name_digest: Mapped[str] = mapped_column(String(80))
    facts_enc: Mapped[bytes] = mapped_column(LargeBinary)
    stored_size: Mapped[int] = mapped_column(BigInteger)
    stored_sha512: Mapped[str] = mapped_column(String(128))
    malware: Mapped[str] = mapped_column(String(120), default="")
