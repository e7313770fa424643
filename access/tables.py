"""Tables 表 of access, private to this package: people, duties, clearances, sessions, copy requests, releases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive.kernel.database import Base, UtcDateTime


class PersonRow(Base):
    """An account 账户. Creating one gives no right."""

    __tablename__ = "access_person"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str] = mapped_column(String(300), default="")
    must_change: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(String(8), default="zh")


_CLASS_OF_DUTY = (
    "CASE WHEN duty IN ('sysadmin', 'security_admin', 'auditor') THEN duty "
    "WHEN duty IN ('party', 'agent') THEN 'public' "
    "WHEN duty = 'confidentiality_officer' THEN 'confidentiality' ELSE 'business' END"
)


class DutyRow(Base):
    """One duty of a person in a unit 任职.

    Forbidden pairs are refused by the database: the class must be that of the duty (check), and the one that the person
    has (foreign key to ``access_duty_class``, which holds one class a person).
    """

    __tablename__ = "access_duty"
    __table_args__ = (
        UniqueConstraint("person_id", "duty", "unit"),
        CheckConstraint(f"duty_class = {_CLASS_OF_DUTY}", name="class_of_duty"),
        ForeignKeyConstraint(
            ["person_id", "duty_class"], ["access_duty_class.person_id", "access_duty_class.duty_class"]
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), index=True)
    duty: Mapped[str] = mapped_column(String(30))
    duty_class: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(40))
    granted_by: Mapped[str] = mapped_column(String(40))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DutyClassRow(Base):
    """The one class of duties a person may hold 岗位类别: business, public, or one of the three administrators 三员.

    The primary key is the person alone, so the database itself refuses a second class; every duty names it.
    """

    __tablename__ = "access_duty_class"
    __table_args__ = (
        UniqueConstraint("person_id", "duty_class"),
        CheckConstraint(
            "duty_class IN ('business', 'public', 'sysadmin', 'security_admin', 'auditor', 'confidentiality')",
            name="known_class",
        ),
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), primary_key=True)
    duty_class: Mapped[str] = mapped_column(String(20))


class ClearanceRow(Base):
    """A clearance 涉密权限; 机密 and above needs a second officer's signature before it counts."""

    __tablename__ = "access_clearance"
    __table_args__ = (
        CheckConstraint("countersigned_by IS NULL OR countersigned_by <> granted_by", name="two_officers"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), index=True)
    level: Mapped[int] = mapped_column(Integer, default=0)
    compartments: Mapped[str] = mapped_column(String(300), default="")
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    ground: Mapped[str] = mapped_column(String(400))
    granted_by: Mapped[str] = mapped_column(String(40))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    countersigned_by: Mapped[str | None] = mapped_column(String(40), default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class CircleRow(Base):
    """One named person in the circle of knowledge 知悉范围 of a case with state secrets."""

    __tablename__ = "access_circle"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), primary_key=True)
    named_by: Mapped[str] = mapped_column(String(40))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MatterRow(Base):
    """A case whose matter is assigned to a person 承办事项 (review, custody), until an instant."""

    __tablename__ = "access_matter"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class PartyLinkRow(Base):
    """A person confirmed as party or agent of a case 当事人关系, with how identity was checked."""

    __tablename__ = "access_party_link"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), primary_key=True)
    capacity: Mapped[str] = mapped_column(String(20))
    checked_how: Mapped[str] = mapped_column(String(200))
    checked_by: Mapped[str] = mapped_column(String(40))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """A sign-in session 会话, found by the digest of its secret; the secret itself is only in the cookie."""

    __tablename__ = "access_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), index=True)
    sid: Mapped[str] = mapped_column(String(80), default="", index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class ApiTokenRow(Base):
    """A token of a person for the HTTP API 接口令牌, found by the digest of its secret; it opens no page."""

    __tablename__ = "access_api_token"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("access_person.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class CopyRequestRow(Base):
    """A request for copies 复制申请 (article 26). Text a person wrote is encrypted."""

    __tablename__ = "access_copy_request"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    case_id: Mapped[str] = mapped_column(String(40), index=True)
    unit: Mapped[str] = mapped_column(String(40), index=True)
    requester: Mapped[str] = mapped_column(ForeignKey("access_person.id"), index=True)
    capacity: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), index=True)
    purpose_enc: Mapped[bytes] = mapped_column(LargeBinary)
    delivery: Mapped[str] = mapped_column(String(20))
    items: Mapped[list[str]] = mapped_column(JSON)
    scope: Mapped[list[str]] = mapped_column(JSON, default=list)
    scope_digest: Mapped[str] = mapped_column(String(64), default="")
    legal_limit: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RequestStepRow(Base):
    """One step of a request 办理环节: who did what, when, with which reason; the hands on the matter.

    What a person wrote stands in ``reason_enc``; ``reason`` holds the house's own sentences, and rows of before 0003.
    """

    __tablename__ = "access_request_step"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("access_copy_request.id"), index=True)
    step: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[str] = mapped_column(String(40))
    duty: Mapped[str] = mapped_column(String(30))
    approves: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    seen: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReleaseRow(Base):
    """One released copy 出具: number, digest (salted), where its ciphertext lies, whether it was collected."""

    __tablename__ = "access_release"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("access_copy_request.id"), unique=True)
    case_id: Mapped[str] = mapped_column(String(40), index=True)
    recipient: Mapped[str] = mapped_column(String(40))
    salt: Mapped[str] = mapped_column(String(64))
    salted_digest: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entry_id: Mapped[str] = mapped_column(String(40))
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
