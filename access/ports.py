"""Ports 端口 of access: how copies are made and kept, joined once in ``wsgi``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from archive.kernel.ids import ItemId
from archive.kernel.orders import ApprovedRelease
from archive.kernel.work import Work, Works
from archive.ports import Holdings


@dataclass(frozen=True, slots=True)
class CopyWords:
    """What the statement in front of a copy says 出具说明要素; ``left_out`` was asked for and is not given."""

    release_no: str
    request_no: str
    recipient: str
    capacity: str
    approved_by: str
    approved_on: date
    made_by: str
    made_at: datetime
    requested_on: date
    left_out: tuple[ItemId, ...] = ()
    left_out_reason: str = ""


class CopyMaker(Protocol):
    """Makes the certified copy 复制件制作: only from an ApprovedRelease."""

    def gather(self, work: Work, approved: ApprovedRelease, words: CopyWords) -> Callable[[], bytes]:
        """Reads what the copy needs; what it gives builds, once and without any transaction, one sealed PDF/A of
        statement and papers.
        """
        ...


class TextKeys(Protocol):
    """Encrypts what people write in requests 申请文本加密, and the released copies."""

    def encrypt(self, field: str, text: str) -> bytes:
        """Ciphertext of ``text``."""
        ...

    def decrypt(self, field: str, stored: bytes) -> str:
        """The text."""
        ...


class CopyStore(Protocol):
    """Where released copies lie, encrypted, until they are collected 复制件存放."""

    def put(self, release_id: str, pdf: bytes) -> None:
        """Keeps a copy, durable."""
        ...

    def get(self, release_id: str) -> bytes:
        """The copy; FileNotFoundError when it is gone."""
        ...

    def names(self) -> Sequence[str]:
        """The ids of every copy that is kept."""
        ...

    def remove(self, release_id: str) -> None:
        """Removes the copy and its key after collection or withdrawal."""
        ...

    def destroy(self, release_id: str) -> None:
        """Destroys the copy's key in every place, then its bytes; may be repeated, and for a copy that is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter at which copies are asked for and handed out 复制窗口."""

    works: Works
    holdings: Holdings
    maker: CopyMaker
    copies: CopyStore
    texts: TextKeys
