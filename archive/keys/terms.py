"""Words of the key room 密钥术语: tiers, what a finished stream is, what a damaged one is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

Bytes = bytes | bytearray | memoryview

SUITE = "cobblestone-256"
KEY_SIZE = 32


class Tier(StrEnum):
    """Key class 密钥层: which root opens a record. The order is that of rising protection."""

    GENERAL = "general"
    PROCESS = "process"
    PERSONAL = "personal"
    TRADE = "trade"
    COMBINED = "combined"
    SECRET = "secret"
    CONFIDENTIAL = "confidential"
    TOP_SECRET = "top_secret"


class KeyKind(StrEnum):
    """What a record of the key store holds 密钥记录种类."""

    FILE = "file"
    CASE = "case"
    YEAR = "year"
    INTAKE = "intake"
    PURPOSE = "purpose"


class ContentDamaged(Exception):
    """The ciphertext is not what was sealed 密文损坏: changed, cut, extended, reordered, or another key or context."""


class Sink(Protocol):
    """Where ciphertext goes 密文去处: an unbuffered binary file, or something that behaves like one."""

    def write(self, data: Bytes, /) -> int:
        """Writes from the start of ``data`` and tells how many bytes were taken."""
        ...

    def fsync(self) -> None:
        """Returns when everything written is on the medium; raises OSError when it is not."""
        ...


class Source(Protocol):
    """A seekable binary file of ciphertext 密文来源."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Moves to ``offset``."""
        ...

    def readinto(self, target: memoryview, /) -> int | None:
        """Fills ``target`` as far as it goes; 0 at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished stream 已写成的密文: sizes in bytes, digests in lower-case hex."""

    plain_size: int
    padded_size: int
    stored_size: int
    plain_sha256: str
    stored_sha512: str


class KeyRow(NamedTuple):
    """One record of the key store 密钥记录: a wrapped key and what it hangs under. Made by the million."""

    id: str
    kind: KeyKind
    object_id: str
    parent: str
    tier: Tier
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What may be told of a record 密钥记录摘要: everything but the wrapped bytes."""

    id: str
    kind: KeyKind
    parent: str
    tier: Tier


class PlaceCondition(StrEnum):
    """How a place of the key store stands 存放处状态."""

    GOOD = "good"
    OLDER = "older"
    MISSING = "missing"
    DAMAGED = "damaged"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class PlaceState:
    """One place of the key store 密钥存放处: where it stands in the sequence of writes."""

    path: str
    condition: PlaceCondition
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What ``doctor`` says of the key store 密钥库体检."""

    places: tuple[PlaceState, ...]
    epoch: int

    @property
    def is_red(self) -> bool:
        """Whether a single loss can end the archive: fewer than two good places, or one that is not good."""
        return len(self.places) < 2 or any(place.condition is not PlaceCondition.GOOD for place in self.places)


@dataclass(frozen=True, slots=True)
class Destruction:
    """What a destruction did 销毁结果: the epoch it made, and backups that could not be reached and still hold keys.

    The caller writes ``epoch`` and ``ids`` into the ledger: restoring a backup asks for every epoch since.
    """

    epoch: int
    ids: tuple[str, ...]
    unreachable_backups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A stored file to be named in a key export 导出条目."""

    file_id: str
    first_version: int
    plain_size: int
