"""Signed notes 签名便笺 of C2SP signed-note, and checkpoints on them (C2SP tlog-checkpoint, tlog-cosignature).

A log signs with two keys: Ed25519 (type 0x01) over the text, and ML-DSA-44 (type 0x06) over the structure
``cosigned_message`` with its time in seconds. A note is accepted when every signature of a known key holds and every
key that the caller requires has signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from archive.ledger.rules.merkle import HASH_SIZE
from archive.ledger.terms import Checkpoint

ED25519 = 0x01
ML_DSA_44 = 0x06
KEY_SIZES = {ED25519: 32, ML_DSA_44: 1312}
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 16
_DASH = "\N{EM DASH}"
_NUMBER = re.compile(r"^(0|[1-9][0-9]{0,18})\Z")


class NoteError(ValueError):
    """A note that is malformed, unsigned or wrongly signed 便笺无效."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A pinned public key 验证公钥: name, signature type (0x01 Ed25519, 0x06 ML-DSA-44), raw public key."""

    name: str
    kind: int
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key on a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    def text(self) -> str:
        """The vkey text ``name+hash+base64`` that people pin."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.key).decode()}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line 签名行: name of the key, its four-byte id, the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed but not yet verified note 便笺: its text (ending in a newline) and its signature lines."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def dump(self) -> bytes:
        """The note as bytes."""
        return (self.text + "\n" + "".join(map(signature_line, self.signatures))).encode()


def is_key_name(name: str) -> bool:
    """Whether ``name`` may name a key: not empty, no space, no plus, no control sign."""
    return bool(name) and "+" not in name and not any(sign.isspace() or ord(sign) < 0x20 for sign in name)


def parse_verifier_key(text: str) -> VerifierKey:
    """The key in a vkey text; raises NoteError when its hash or size is wrong or its type is not known here."""
    name, _, rest = text.strip().partition("+")
    digest, _, encoded = rest.partition("+")
    raw = decode_base64(encoded)
    if not is_key_name(name) or not raw or KEY_SIZES.get(raw[0]) != len(raw) - 1:
        raise NoteError("not a verifier key of a known type")
    key = VerifierKey(name, raw[0], raw[1:])
    if digest != key.key_id.hex():
        raise NoteError(f"the verifier key of {name} does not match its hash")
    return key


def signature_line(signature: NoteSignature) -> str:
    """A signature as the line of a note."""
    return f"{_DASH} {signature.name} {base64.b64encode(signature.key_id + signature.signature).decode()}\n"


def parse_note(data: bytes) -> Note:
    """The text and signature lines of a note; raises NoteError for anything that is not exactly a note."""
    if len(data) > MAX_NOTE:
        raise NoteError("the note is too long")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("the note is not UTF-8") from error
    if any(ord(sign) < 0x20 and sign != "\n" for sign in whole):
        raise NoteError("the note holds control signs")
    cut = whole.rfind("\n\n")
    if cut < 0 or not whole.endswith("\n"):
        raise NoteError("the note has no signatures")
    lines = whole[cut + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise NoteError("the note has no signatures or too many")
    return Note(whole[: cut + 1], tuple(map(_parse_signature, lines)))


def _parse_signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = decode_base64(encoded)
    if dash != _DASH or not is_key_name(name) or len(raw) < 5:
        raise NoteError("a signature line is malformed")
    return NoteSignature(name, raw[:4], raw[4:])


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint: origin, size, root."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{base64.b64encode(checkpoint.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """What the text of a checkpoint says; raises NoteError. Extension lines are refused: nobody could audit them."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not _NUMBER.match(lines[1]):
        raise NoteError("not the text of a checkpoint")
    root = decode_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise NoteError("the root of the checkpoint is not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def cosigned_message(name: str, seconds: int, checkpoint: Checkpoint) -> bytes:
    """The bytes that an ML-DSA-44 key signs for a checkpoint (C2SP tlog-cosignature, ``cosigned_message``)."""
    signer, origin = name.encode(), checkpoint.origin.encode()
    if not 1 <= len(signer) <= 255 or not 1 <= len(origin) <= 255:
        raise NoteError("a name of 1 to 255 bytes is needed")
    return b"".join(
        (
            b"subtree/v1\n\0",
            bytes([len(signer)]),
            signer,
            seconds.to_bytes(8, "big"),
            bytes([len(origin)]),
            origin,
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def holds(note: Note, signature: NoteSignature, key: VerifierKey) -> bool:
    """Whether ``signature`` of ``note`` was made by ``key`` 签名是否成立."""
    try:
        if key.kind == ED25519:
            Ed25519PublicKey.from_public_bytes(key.key).verify(signature.signature, note.text.encode())
            return True
        seconds = int.from_bytes(signature.signature[:8], "big")
        message = cosigned_message(key.name, seconds, parse_checkpoint(note.text))
        MLDSA44PublicKey.from_public_bytes(key.key).verify(signature.signature[8:], message)
        return True
    except (InvalidSignature, NoteError, ValueError):
        return False


def verify_checkpoint(data: bytes, keys: Sequence[VerifierKey], origin: str | None = None) -> Checkpoint:
    """The checkpoint in a signed note, every one of ``keys`` having signed it 验检查点.

    Raises NoteError when a signature is missing or wrong, when no key is pinned, or when the origin is another.
    """
    note = parse_note(data)
    if not keys:
        raise NoteError("no verifier key is pinned")
    for key in keys:
        own = [s for s in note.signatures if s.name == key.name and s.key_id == key.key_id]
        if not own:
            raise NoteError(f"{key.name} ({key.key_id.hex()}) has not signed the checkpoint")
        if not all(holds(note, signature, key) for signature in own):
            raise NoteError(f"the signature of {key.name} ({key.key_id.hex()}) is wrong")
    checkpoint = parse_checkpoint(note.text)
    if origin is not None and checkpoint.origin != origin:
        raise NoteError(f"the checkpoint is of {checkpoint.origin}, not of {origin}")
    return checkpoint


def signed_seconds(note: Note) -> int | None:
    """The latest time in seconds that an ML-DSA-44 line of the note states (unverified); None when there is none."""
    found = [int.from_bytes(s.signature[:8], "big") for s in note.signatures if len(s.signature) == 8 + 2420]
    return max(found, default=None)


def parse_verifier_keys(text: str) -> list[VerifierKey]:
    """The keys of a file with one vkey a line; empty lines and lines that begin with ``#`` are passed over."""
    return [parse_verifier_key(line) for line in _meaningful(text.splitlines())]


def _meaningful(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line.strip() and not line.startswith("#")]


def decode_base64(text: str) -> bytes:
    """The bytes of canonical standard base64; raises NoteError for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteError("not canonical base64")
    return raw
