"""Bodies 条目内容: encrypted under a key of (unit, year, tier): shredded with it, while the tree stays whole."""

from __future__ import annotations

import secrets
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.ledger.rules.leaf import SALT_SIZE, pack_body, unpack_body

_NONCE = 12
_CONTEXT = b"anjuan-ledger-body-v1\n"


class BodyKeys(Protocol):
    """Where the keys of bodies come from 内容密钥来源."""

    def key_for(self, unit: str, year: int, tier: str) -> tuple[str, bytes]:
        """The key (32 bytes) for new bodies of ``unit`` in ``year`` under ``tier``, with its id; made when absent.

        The id is an identifier of at most 128 signs. Raises when the key is not durable: nothing is recorded then.
        """
        ...

    def open(self, key_id: str) -> bytes:
        """The key of that id; raises Refusal when its tier is locked or the key was destroyed."""
        ...


def _bound(ledger: str, entry_id: str, kind: str, at: str) -> bytes:
    return _CONTEXT + f"{ledger}\n{entry_id}\n{kind}\n{at}".encode()


def encrypt_body(key: bytes, ledger: str, entry_id: str, kind: str, at: str, body: dict[str, Any]) -> tuple[bytes, str]:
    """The encrypted body and the commitment to its clear form 加密内容. AES-256-GCM, bound to entry, kind, instant."""
    packed, commitment = pack_body(secrets.token_bytes(SALT_SIZE), body)
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, packed, _bound(ledger, entry_id, kind, at)), commitment


def decrypt_body(
    key: bytes, ledger: str, entry_id: str, kind: str, at: str, sealed: bytes
) -> tuple[bytes, dict[str, Any], str]:
    """Salt, body and commitment 解密内容; raises ValueError when body, entry, kind or instant were changed."""
    try:
        packed = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(ledger, entry_id, kind, at))
    except (InvalidTag, ValueError) as error:
        raise ValueError("the body does not open under its key") from error
    return unpack_body(packed)
