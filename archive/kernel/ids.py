"""Identifiers 标识符: 128 random bits in lower-case base32 behind the name of their kind; no time, no meaning."""

from __future__ import annotations

import base64
import re
import secrets
from typing import NewType

CaseId = NewType("CaseId", str)
VolumeId = NewType("VolumeId", str)
ItemId = NewType("ItemId", str)
FileId = NewType("FileId", str)
PersonId = NewType("PersonId", str)
UnitCode = NewType("UnitCode", str)
EntryId = NewType("EntryId", str)
RequestId = NewType("RequestId", str)
ReleaseId = NewType("ReleaseId", str)
HoldId = NewType("HoldId", str)
JobId = NewType("JobId", str)
IntakeId = NewType("IntakeId", str)

_SHAPE = re.compile(r"^[a-z]+_[a-z2-7]{26}$")


def new_id(kind: str) -> str:
    """A fresh identifier of ``kind`` (``case`` gives ``case_`` and 26 signs)."""
    raw = base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()
    return f"{kind}_{raw}"


def new_stored_name() -> FileId:
    """The opaque name of a stored file 存储文件名: ``o`` and 26 signs; it tells nothing of what it holds."""
    return FileId("o" + base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower())


def is_id(text: str, kind: str) -> bool:
    """Whether ``text`` has the shape of an identifier of ``kind``."""
    return bool(_SHAPE.match(text)) and text.startswith(kind + "_")
