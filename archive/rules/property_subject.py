"""What the four-property check looks at 检测对象: a case as values, what lies where, what was recorded at receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from archive.facts import CaseFacts, ItemFacts
from archive.terms import Role, StoredFile, Tier


@dataclass(frozen=True, slots=True)
class SubjectItem:
    """One item 件 with its description, place and files. ``new``: this version is its first."""

    reference_code: str
    volume: str
    sequence: int
    first_page: int
    page_count: int
    kind: str
    rendition: str
    tier: Tier
    facts: ItemFacts
    files: tuple[StoredFile, ...]
    new: bool = True

    @property
    def originals(self) -> tuple[StoredFile, ...]:
        """The files as they were received, the item's own first."""
        return tuple(file for file in self.files if file.role is Role.ORIGINAL)

    @property
    def where(self) -> str:
        """How a person finds it: archival number and file name."""
        name = self.originals[0].name if self.originals else self.facts.title
        return f"{self.reference_code} {name}".strip()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in its volume 件在卷内的位置."""

    sequence: int
    first_page: int
    page_count: int


@dataclass(frozen=True, slots=True)
class SubjectVolume:
    """One volume 卷: its number, and every place in it in order, also of items that others alone may read."""

    reference_code: str
    secret: bool
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A case as readers of one key tier know it 一个密钥层所见的案卷. ``facts`` is None where they may not know them.

    ``expected_series`` is the series that the numbering rule gives; ``on`` the day of the check in Beijing.
    """

    reference_code: str
    series: str
    expected_series: str
    file_no: int
    secret: bool
    procedure: str
    retention: str
    facts: CaseFacts | None
    volumes: tuple[SubjectVolume, ...]
    items: tuple[SubjectItem, ...]
    archived_on: date
    on: date
    version: int = 1

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """Every stored file of the items."""
        return tuple(file for item in self.items for file in item.files)


@dataclass(frozen=True, slots=True)
class Lying:
    """One stored file as it lies 存储文件现状: its size and digest; whether its key opens it; None: not tried."""

    size: int
    sha512: str
    opens: bool | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """What lies in the folder of the growing version 暂存区现状: stored files by name, and whatever else is there."""

    files: Mapping[str, Lying]
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger recorded at receipt 接收登记, over all versions; None: not recorded, or not to be opened."""

    known: bool
    opened: bool
    placed: bool
    items: int | None = None
    files: int | None = None
    bytes: int | None = None
    same_package: bool | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """All of a case, whoever may read it 全案数量: items, received files, their bytes."""

    items: int
    files: int
    bytes: int


Manifest = Mapping[str, Any]
"""An inner manifest 内层清单 as plain JSON."""
