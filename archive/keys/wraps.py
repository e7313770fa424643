"""Wrapping one key under another 密钥包裹: AES-256-GCM, bound to the record; and names of records in the key tree.

A wrapped key is 12 bytes nonce, 32 bytes key, 16 bytes tag; it opens only as the record, and under the parent, that it
was wrapped for. Keys directly under a tier's root are wrapped by the root provider instead.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from archive.keys.layout import NONCE
from archive.keys.terms import KEY_SIZE, KeyKind, Tier

_TEXT_CASE, _TEXT_INTAKE = b"\x01", b"\x02"


class KeyDamaged(Exception):
    """A record of the key store does not open under its parent 密钥记录损坏: changed, moved, or a foreign root."""


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_SIZE)


def year_id(tier: Tier, year: int) -> str:
    """Record of the key of (tier, disposal year)."""
    return f"year:{tier}:{year:04d}"


def case_id(object_id: str, tier: Tier) -> str:
    """Record of an object's case key of one tier."""
    return f"case:{object_id}:{tier}"


def intake_id(object_id: str) -> str:
    """A fresh record name for an object's intake key; a later intake of the same object has another one."""
    return f"intake:{object_id}:{os.urandom(6).hex()}"


def purpose_id(tier: Tier, purpose: str) -> str:
    """Record of the key for one purpose."""
    return f"purpose:{tier}:{purpose}"


def root_name(tier: Tier) -> str:
    """What records directly under a root name as their parent."""
    return f"root:{tier}"


def binding(kind: KeyKind, record: str, parent: str) -> bytes:
    """The associated data of a wrapped key."""
    return f"{kind.value}|{record}|{parent}".encode()


def seal(cipher: AESGCM, data: bytes, bound_to: bytes) -> bytes:
    """``data`` under ``cipher``: nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, data, bound_to)


def unseal(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    """The data back; raises KeyDamaged."""
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
    except (InvalidTag, ValueError):
        raise KeyDamaged(bound_to.decode()) from None


class TextCipher:
    """Encrypts database columns of one object and tier 字段加密器.

    Under the case key when there is one that is open, else under the intake key. What was encrypted before sealing can
    be read until the intake is closed: re-encrypt it (``encrypt(field, decrypt(field, data))``) before that.
    """

    def __init__(self, object_id: str, tier: Tier, case_key: bytes | None, intake_key: bytes | None) -> None:
        self._ciphers: dict[bytes, AESGCM] = {}
        for mark, key in ((_TEXT_CASE, case_key), (_TEXT_INTAKE, intake_key)):
            if key is not None:
                self._ciphers[mark] = AESGCM(expand(key, f"anjuan text v1|{object_id}|{tier}"))

    def encrypt(self, field: str, text: str) -> bytes:
        """``text`` for the column ``field``; it opens in that column only."""
        mark = next(iter(self._ciphers))
        return mark + seal(self._ciphers[mark], text.encode(), field.encode())

    def decrypt(self, field: str, data: bytes) -> str:
        """The text back; raises KeyDamaged for another column's, a changed, or an already shredded key's bytes."""
        cipher = self._ciphers.get(data[:1])
        if cipher is None:
            raise KeyDamaged(f"{field}: encrypted under a key that is not open here")
        return unseal(cipher, data[1:], field.encode()).decode()


def expand(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for ``purpose`` from ``key`` (HKDF-SHA-512)."""
    return HKDF(hashes.SHA512(), KEY_SIZE, None, purpose.encode()).derive(key)
