"""Tables 表 of the holdings, private to this package.

What says something about people or content stands in ``…_enc`` columns, encrypted under the key class of its marking,
so that whoever has only the database reads no title, name or file size.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive.kernel.database import Base, UtcDateTime


class CaseRow(Base):
    """One case file 案卷."""

    __tablename__ = "archive_case"
    __table_args__ = (
        UniqueConstraint("series", "file_no"),
        CheckConstraint("state <> 'sealed' OR sealed_at IS NOT NULL", name="sealed_has_time"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    series: Mapped[str] = mapped_column(String(80))
    file_no: Mapped[int] = mapped_column(Integer)
    reference_code: Mapped[str] = mapped_column(String(120), unique=True)
    procedure: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str] = mapped_column(String(20))
    handling: Mapped[str] = mapped_column(String(10))
    level: Mapped[int] = mapped_column(Integer, default=0, index=True)
    compartments: Mapped[int] = mapped_column(Integer, default=0)
    facts_enc: Mapped[bytes] = mapped_column(LargeBinary)
    closed_on: Mapped[date] = mapped_column(Date, index=True)
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None, index=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    disposal_year: Mapped[int] = mapped_column(Integer)
    package_digest: Mapped[str] = mapped_column(String(80), unique=True)
    intake_id: Mapped[str] = mapped_column(String(40), index=True)


class VolumeRow(Base):
    """One volume 卷 of a case file, in its part 正卷/副卷."""

    __tablename__ = "archive_volume"
    __table_args__ = (UniqueConstraint("case_id", "sequence"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    sequence: Mapped[int] = mapped_column(Integer)
    part: Mapped[str] = mapped_column(String(10))
    reference_code: Mapped[str] = mapped_column(String(120), unique=True)
    level: Mapped[int] = mapped_column(Integer, default=0)


class ItemRow(Base):
    """One item 件: a document with its attachments, a picture, or a recording."""

    __tablename__ = "archive_item"
    __table_args__ = (UniqueConstraint("volume_id", "sequence"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("archive_volume.id"), index=True)
    unit: Mapped[str] = mapped_column(String(40), index=True)
    sequence: Mapped[int] = mapped_column(Integer)
    reference_code: Mapped[str] = mapped_column(String(140), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    doc_type: Mapped[str] = mapped_column(String(20), index=True)
    doc_date: Mapped[date | None] = mapped_column(Date, default=None)
    tier: Mapped[str] = mapped_column(String(20))
    handling: Mapped[str] = mapped_column(String(10))
    level: Mapped[int] = mapped_column(Integer, default=0)
    compartments: Mapped[int] = mapped_column(Integer, default=0)
    facts_enc: Mapped[bytes] = mapped_column(LargeBinary)
    first_page: Mapped[int] = mapped_column(Integer, default=0)
    page_count: Mapped[int] = mapped_column(Integer, default=0)
    rendition: Mapped[str] = mapped_column(String(20))
    first_version: Mapped[int] = mapped_column(Integer, default=1)


class FileRow(Base):
    """One stored file 存储文件 of a sealed object: always ciphertext."""

    __tablename__ = "archive_file"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("archive_item.id"), index=True, default=None)
    role: Mapped[str] = mapped_column(String(12))
    tier: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(80))
    facts_enc: Mapped[bytes] = mapped_column(LargeBinary)
    keyed_digest: Mapped[str] = mapped_column(String(80), default="", index=True)
    stored_size: Mapped[int] = mapped_column(BigInteger)
    stored_sha512: Mapped[str] = mapped_column(String(128))
    first_version: Mapped[int] = mapped_column(Integer)


class SealRow(Base):
    """One seal 封存: who signed and stamped which version, and where it stands in the ledger."""

    __tablename__ = "archive_seal"

    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stamped_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signer: Mapped[str] = mapped_column(String(200))
    trial: Mapped[bool] = mapped_column(default=False)
    tagmanifest_sha512: Mapped[str] = mapped_column(String(128))
    inventory_sha512: Mapped[str] = mapped_column(String(128))
    entry_id: Mapped[str] = mapped_column(String(40))
    sealed_by: Mapped[str] = mapped_column(String(40))


class IntentRow(Base):
    """A seal that is about to be published 封存意向: what the last transaction will write; recovery needs it."""

    __tablename__ = "archive_intent"

    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    inventory_sha512: Mapped[str] = mapped_column(String(128))
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoteRow(Base):
    """One dated entry of the note form 卷内备考表."""

    __tablename__ = "archive_note"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    tier: Mapped[str] = mapped_column(String(20))
    text_enc: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(String(40))


class EvidenceRow(Base):
    """One evidence object 证据对象: later reports on kept cases, sealed by themselves and never a version of a case.

    ``state`` is "publishing" until the object was read back, then "sealed"; "gone" with its case.
    ``plan`` is what the last transaction will write.
    """

    __tablename__ = "archive_evidence"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    inventory_sha512: Mapped[str] = mapped_column(String(128))
    tagmanifest_sha512: Mapped[str] = mapped_column(String(128))
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    entry_id: Mapped[str] = mapped_column(String(40), default="")
    made_by: Mapped[str] = mapped_column(String(40))


class PropertyReportRow(Base):
    """One four-property report 四性检测报告 of one key tier: the answers by id, and where its two files lie.

    Filing reports lie in the case's own object, later ones in an evidence object; no word of a finding stands here.
    """

    __tablename__ = "archive_property_report"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    checkpoint: Mapped[str] = mapped_column(String(2))
    tier: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(40))
    results: Mapped[dict[str, Any]] = mapped_column(JSON)
    files: Mapped[dict[str, Any]] = mapped_column(JSON)
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("archive_evidence.id"), default=None)


class SeriesRow(Base):
    """The counter of one series 流水号: numbers come from here, are never reused, and gaps are recorded."""

    __tablename__ = "archive_series"

    series: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(Integer, default=0)


class GapRow(Base):
    """A number that was given out and never used 空号, with the reason."""

    __tablename__ = "archive_gap"

    series: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    reason: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadingRow(Base):
    """What was read on one page beside the sealed text 识读层: by the machine, or set right by a person.

    The sealed object does not change by it. The words lie under the key class of the item, the picture is known by a
    keyed digest alone.
    """

    __tablename__ = "archive_reading"

    item_id: Mapped[str] = mapped_column(ForeignKey("archive_item.id"), primary_key=True)
    page: Mapped[int] = mapped_column(Integer, primary_key=True)
    layer: Mapped[str] = mapped_column(String(10), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    tier: Mapped[str] = mapped_column(String(20))
    words_enc: Mapped[bytes] = mapped_column(LargeBinary)
    reader: Mapped[str] = mapped_column(String(120))
    picture: Mapped[str] = mapped_column(String(80), default="", index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ItemWorkRow(Base):
    """Long work on one sealed item 件的后续处理: reading its pages, checking its recording to the end."""

    __tablename__ = "archive_item_work"

    item_id: Mapped[str] = mapped_column(ForeignKey("archive_item.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    facts_enc: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarRow(Base):
    """One version of the notice for one year 年度放假安排版本; none is ever changed or deleted."""

    __tablename__ = "archive_calendar"

    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    notice: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(400), default="")
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(String(40))


class DeadlineRow(Base):
    """One reckoning of a limit that runs 期限推导: what it rests on and its sentences, as they were told.

    A changed calendar adds a row and closes the one before with ``replaced_at``; ``ended_at`` is when the matter was
    done. The reckoning that counts has neither, or ``ended_at`` alone.
    """

    __tablename__ = "archive_deadline"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(40), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("archive_case.id"), index=True)
    code: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    calendar: Mapped[str] = mapped_column(String(80))
    provisional: Mapped[bool] = mapped_column(default=False)
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    reckoned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
