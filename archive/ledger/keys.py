"""Ledger keys 账本签名密钥: the two private keys with which a log signs its checkpoints.

The caller brings the bytes (the key store keeps them); nothing here reads or writes a file.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from archive.ledger.rules.notes import (
    ED25519,
    ML_DSA_44,
    Note,
    NoteSignature,
    VerifierKey,
    checkpoint_text,
    cosigned_message,
    is_key_name,
)
from archive.ledger.terms import Checkpoint, LedgerName

SEED_SIZE = 32
KEY_BYTES = 2 * SEED_SIZE


def generate_key_bytes() -> bytes:
    """Fresh secret bytes for one ledger's two keys 生成账本密钥: 32 of Ed25519, then 32 of ML-DSA-44."""
    return secrets.token_bytes(KEY_BYTES)


class LedgerKeys:
    """The signing keys of one ledger 账本签名密钥. ``origin`` names the log and both keys, such as
    ``anjuan.example/unit/activity``.
    """

    def __init__(self, origin: str, ed25519: Ed25519PrivateKey, ml_dsa_44: MLDSA44PrivateKey) -> None:
        if not is_key_name(origin) or len(origin.encode()) > 255:
            raise ValueError(f"not an origin of a ledger: {origin!r}")
        self.origin = origin
        self._ed25519 = ed25519
        self._ml_dsa_44 = ml_dsa_44

    @classmethod
    def from_bytes(cls, origin: str, data: bytes) -> Self:
        """The keys in 64 secret bytes (seed of Ed25519, seed of ML-DSA-44); raises ValueError for another length."""
        if len(data) != KEY_BYTES:
            raise ValueError("a ledger's keys are 64 bytes")
        return cls(
            origin,
            Ed25519PrivateKey.from_private_bytes(data[:SEED_SIZE]),
            MLDSA44PrivateKey.from_seed_bytes(data[SEED_SIZE:]),
        )

    def verifier_keys(self) -> tuple[VerifierKey, VerifierKey]:
        """The public halves, to be pinned outside 验证公钥."""
        return (
            VerifierKey(self.origin, ED25519, self._ed25519.public_key().public_bytes_raw()),
            VerifierKey(self.origin, ML_DSA_44, self._ml_dsa_44.public_key().public_bytes_raw()),
        )

    def sign(self, checkpoint: Checkpoint, seconds: int) -> bytes:
        """The signed note of ``checkpoint`` 签署检查点; ``seconds`` since 1970 stand in the ML-DSA-44 line.

        Raises ValueError when the checkpoint is of another log.
        """
        if checkpoint.origin != self.origin:
            raise ValueError(f"{self.origin} does not sign for {checkpoint.origin}")
        text = checkpoint_text(checkpoint)
        classic, modern = self.verifier_keys()
        stamped = self._ml_dsa_44.sign(cosigned_message(self.origin, seconds, checkpoint))
        lines = (
            NoteSignature(self.origin, classic.key_id, self._ed25519.sign(text.encode())),
            NoteSignature(self.origin, modern.key_id, seconds.to_bytes(8, "big") + stamped),
        )
        return Note(text, lines).dump()


LedgerKeyring = Mapping[LedgerName, LedgerKeys]
"""The keys of both ledgers 账本密钥环; each has an origin of its own, so that one never passes for the other."""
