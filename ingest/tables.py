"""Tables 表 of ingest, private to this package: every take-in, its durable files, and drafts with their uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
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


class DraftRow(Base):
    """What a take-in has while it is being put together 组卷: its description, as far as it is written, encrypted.

    ``version`` counts every change of the description. ``seal_job`` is set from the wish to seal to its end; meanwhile
    nothing of the draft changes.
    """

    __tablename__ = "ingest_draft"

    intake_id: Mapped[str] = mapped_column(ForeignKey("ingest_intake.id"), primary_key=True)
    description_enc: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seal_job: Mapped[str] = mapped_column(String(40), default="")


class UploadRow(Base):
    """One file on its way into a draft 上传; its name, length and what is wrong with it are encrypted."""

    __tablename__ = "ingest_upload"
    __table_args__ = (UniqueConstraint("intake_id", "name_digest"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    intake_id: Mapped[str] = mapped_column(ForeignKey("ingest_draft.intake_id"), index=True)
    name_digest: Mapped[str] = mapped_column(String(80))
    facts_enc: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), index=True)
    job_id: Mapped[str] = mapped_column(String(40), default="")
    reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UploadPartRow(Base):
    """One durable, encrypted part of an upload 上传分段; parts stand without gap in the order of their numbers."""

    __tablename__ = "ingest_upload_part"
    __table_args__ = (UniqueConstraint("upload_id", "number"),)

    file_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    upload_id: Mapped[str] = mapped_column(ForeignKey("ingest_upload.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    size_enc: Mapped[bytes] = mapped_column(LargeBinary)
