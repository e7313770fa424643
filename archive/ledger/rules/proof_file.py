"""Proof files 证明文件 of C2SP tlog-proof: one text that shows offline that an entry is in the ledger.

The leaf's data travel in the line ``extra``. That line is not authenticated by itself; hashing it into the proof is
what makes it trusted.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from archive.ledger.rules.merkle import HASH_SIZE, hash_leaf, is_included
from archive.ledger.rules.notes import NoteError, VerifierKey, decode_base64, verify_checkpoint
from archive.ledger.terms import ProvenLeaf

FIRST_LINE = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A parsed but not yet verified proof file 证明文件."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def dump(self) -> bytes:
        """The file's bytes."""
        lines = [FIRST_LINE]
        if self.extra:
            lines.append("extra " + base64.b64encode(self.extra).decode())
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(node).decode() for node in self.path)
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint


def parse_proof(data: bytes) -> ProofFile:
    """The parts of a proof file; raises NoteError when it is malformed."""
    head, separator, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise NoteError("the proof is not ASCII before its checkpoint") from error
    if not separator or not lines or lines.pop(0) != FIRST_LINE:
        raise NoteError("not a proof file of version 1")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
    index_line = lines.pop(0) if lines else ""
    index = index_line.removeprefix("index ")
    if not index_line.startswith("index ") or not index.isdecimal() or str(int(index)) != index:
        raise NoteError("the proof states no index")
    path = tuple(map(decode_base64, lines))
    if len(path) > 63 or any(len(node) != HASH_SIZE for node in path):
        raise NoteError("the proof holds something that is no hash")
    return ProofFile(int(index), path, checkpoint, extra)


def verify_proof(
    data: bytes, keys: Sequence[VerifierKey], origin: str | None = None, leaf: bytes | None = None
) -> ProvenLeaf:
    """What a proof file proves under pinned ``keys`` 验证明文件; raises NoteError when it proves nothing.

    ``leaf`` is the leaf's data when the reader has them from elsewhere; otherwise those in the file are used.
    """
    proof = parse_proof(data)
    checkpoint = verify_checkpoint(proof.checkpoint, keys, origin)
    found = proof.extra if leaf is None else leaf
    if not is_included(hash_leaf(found), proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise NoteError("the entry is not in the ledger at the stated place")
    return ProvenLeaf(checkpoint, proof.index, found, tuple(key.name for key in keys))
