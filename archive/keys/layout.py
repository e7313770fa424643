"""Arithmetic of the stored form 密文格式算术: Cobblestone-256 of C2SP chunked-encryption, padding, context. Pure.

Stored form: 24 bytes of salt, 32 bytes of key commitment, then chunks of 16 KiB plaintext with a 16-byte tag each; the
last chunk is always shorter than 16 KiB (it may be empty), so a cut or an extension never authenticates.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from archive.kernel.canonical import canonical
from archive.keys.terms import KEY_SIZE, SUITE, Bytes, ContentDamaged

CHUNK = 16 * 1024
TAG = 16
STORED_CHUNK = CHUNK + TAG
SALT = 24
COMMITMENT = 32
HEAD = SALT + COMMITMENT
NONCE = 12

PAPER_STEP = 16
RECORDING_STEP = 64

_INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"
_LEAST_STEP = 4096


def padded_size(size: int, denominator: int) -> int:
    """The size after padding 填充后大小: ``size`` rounded up to a step.

    The step is ``max(4096, 2**floor(log2(size)) // denominator)`` bytes: with 16 at most 1/16 is added and a reader of
    sizes learns four bits of each magnitude; recordings use 64. Nothing is padded to one step as well.
    """
    if size < 0 or denominator < 1:
        raise ValueError("a size is not negative and a denominator is at least 1")
    step = max(_LEAST_STEP, (1 << max(size, 1).bit_length() - 1) // denominator)
    return max(1, -(-size // step)) * step


def stored_size(payload: int) -> int:
    """How many bytes ``payload`` bytes of padded plaintext take when stored 密文大小."""
    return HEAD + payload + (payload // CHUNK + 1) * TAG


def payload_size(stored: int) -> int:
    """The padded plaintext's size, from the stored size; raises ContentDamaged for a size no stream can have."""
    whole, rest = divmod(stored - HEAD, STORED_CHUNK)
    if stored < HEAD + TAG or rest < TAG:
        raise ContentDamaged(f"no stream is {stored} bytes long: its last chunk is missing or cut")
    return whole * CHUNK + rest - TAG


def content_context(archive_id: str, object_id: str, first_version: int, file_id: str, suite: str = SUITE) -> bytes:
    """The context that binds a ciphertext to its place 密文上下文: suite, archive, object, first version, file.

    RFC 8785 bytes of an object with these five members; the tier is not among them, so a new marking re-wraps only.
    """
    return canonical(
        {"archive": archive_id, "file": file_id, "first_version": first_version, "object": object_id, "suite": suite}
    )


@dataclass(frozen=True, slots=True)
class StreamKeys:
    """What one stream's chunks are encrypted under 流密钥: derived from key, salt and context."""

    aead_key: bytes
    base_nonce: int

    def nonce(self, index: int) -> bytes:
        """The nonce of chunk ``index``."""
        return (self.base_nonce ^ index).to_bytes(NONCE, "big")


def stream_keys(key: bytes, context: bytes, head: Bytes) -> StreamKeys:
    """Keys of the stream with this ``head``; raises ContentDamaged when key or context is not the one committed to."""
    if len(key) != KEY_SIZE:
        raise ContentDamaged(f"a key of this suite has {KEY_SIZE} bytes")
    if len(head) != HEAD:
        raise ContentDamaged("the head of the stream is cut")
    salt, commitment = bytes(head[:SALT]), bytes(head[SALT:])
    derive = HKDFExpand(hashes.SHA512(), KEY_SIZE + NONCE + COMMITMENT, _INFO + salt + context)
    material = derive.derive(key)
    if not hmac.compare_digest(material[KEY_SIZE + NONCE :], commitment):
        raise ContentDamaged("key commitment does not hold: another key, another context or a changed head")
    return StreamKeys(material[:KEY_SIZE], int.from_bytes(material[KEY_SIZE : KEY_SIZE + NONCE], "big"))
