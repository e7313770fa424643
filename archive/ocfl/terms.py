"""Terms of OCFL objects 对象术语: findings of a check, content of a version, the note of a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class OcflFinding:
    """One finding about an object or a root 检查结果: the official code of OCFL 1.1, the path, and what was seen."""

    code: str
    path: str
    detail: str

    @property
    def is_error(self) -> bool:
        """Whether the object is invalid for it (codes E…); warnings (W…) leave it valid."""
        return self.code.startswith("E")


@dataclass(frozen=True, slots=True)
class Content:
    """What a logical path holds 内容: its SHA-512 and where the bytes lie.

    ``path`` is a content path such as ``v1/content/data/o…`` written for this version, or None when an earlier
    version holds the bytes.
    """

    sha512: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class VersionNote:
    """Who made a version, when and why 版本说明. ``created`` is an aware instant; ``address`` should be a URI."""

    created: datetime
    message: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """Digests already computed 已知固化值 of one file: its size in bytes and lower-case hex digests by algorithm."""

    size: int
    digests: Mapping[str, str]
