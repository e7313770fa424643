"""Leaves 叶子: what a ledger entry commits to.

The leaf's data are RFC 8785 JSON of seven members::

    {"at":instant,"body":H,"id":entry id,"kind":kind,"ledger":name,"row":H,"v":1}

``body`` is the salted SHA-256 of the clear body; the salt lies inside the encrypted body, so that after the key is
destroyed a guessed body can no longer be confirmed. ``row`` is the salted SHA-256 of the lookup columns and of the
encrypted body; it lets anybody check the stored row without any key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.kernel.canonical import canonical, parse
from archive.ledger.terms import LedgerName

LEAF_VERSION = 1
SALT_SIZE = 16
BODY_STEP = 64
_KIND = re.compile(r"^[a-z0-9]+([._-][a-z0-9]+)*\Z")
_PLAIN = re.compile(r"^[\w.:/@,+-]{0,128}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowColumns:
    """The lookup columns 查询列 that stand in clear beside an entry; none may hold a line break."""

    salt: str
    actor_id: str
    duty: str
    subject: str
    unit: str
    tier: str
    key_id: str

    def head(self) -> str:
        """The columns as seven lines, the salt first."""
        return f"{self.salt}\n{self.actor_id}\n{self.duty}\n{self.subject}\n{self.unit}\n{self.tier}\n{self.key_id}\n"


def check_kind(ledger: str, kind: str) -> None:
    """Raises ValueError for a ledger or kind of event that could not stand in a leaf as it is."""
    LedgerName(ledger)
    if len(kind) > 64 or not _KIND.match(kind):
        raise ValueError(f"not a kind of event: {kind!r}")


def plain_or_empty(text: str) -> str:
    """``text`` when it is an identifier that may stand in clear; empty otherwise (it then stands in the body only)."""
    return text if _PLAIN.match(text) else ""


def leaf_data(ledger: str, entry_id: str, kind: str, at: str, body: str, row: str) -> bytes:
    """The data of a leaf 叶数据; the members are plain ASCII words, so this is canonical without a serialiser."""
    return (
        f'{{"at":"{at}","body":"{body}","id":"{entry_id}","kind":"{kind}",'
        f'"ledger":"{ledger}","row":"{row}","v":{LEAF_VERSION}}}'
    ).encode()


def hash_leaves(ledger: str, rows: Iterable[Sequence[Any]]) -> list[bytes]:
    """The leaf hashes of many entries 批量叶哈希, the same as ``hash_leaf(leaf_data(...))`` without a call for each.

    Of each row the members 1 to 5 are id, kind, instant, ``body`` and ``row``.
    """
    sha256, middle, end = hashlib.sha256, f'","ledger":"{ledger}","row":"', f'","v":{LEAF_VERSION}}}'
    return [
        sha256(f'\0{{"at":"{r[3]}","body":"{r[4]}","id":"{r[1]}","kind":"{r[2]}{middle}{r[5]}{end}'.encode()).digest()
        for r in rows
    ]


def commit_row(columns: RowColumns, sealed_body: bytes) -> str:
    """The commitment to the stored row 行承诺, lower-case hex."""
    return hashlib.sha256(columns.head().encode() + sealed_body).hexdigest()


def commit_body(salt: bytes, body: bytes) -> str:
    """The commitment to the clear body 内容承诺, lower-case hex."""
    return hashlib.sha256(salt + body).hexdigest()


def pack_body(salt: bytes, body: dict[str, Any]) -> tuple[bytes, str]:
    """What is encrypted, and the commitment to it: salt, canonical JSON, spaces up to a multiple of 64 bytes."""
    text = canonical(body)
    return salt + text + b" " * (-(SALT_SIZE + len(text)) % BODY_STEP), commit_body(salt, text)


def unpack_body(packed: bytes) -> tuple[bytes, dict[str, Any], str]:
    """Salt, body, and the commitment that follows from them; raises ValueError when it is no packed body."""
    salt, text = packed[:SALT_SIZE], packed[SALT_SIZE:].rstrip(b" ")
    body = parse(text)
    if not isinstance(body, dict):
        raise ValueError("the body is no JSON object")
    return salt, body, commit_body(salt, text)
