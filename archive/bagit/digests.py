"""Digests of a stream 固化值计算: one pass for all algorithms, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from archive.ocfl.terms import KnownFile

CHUNK = 1024 * 1024
_SPELLINGS = {
    "sha3224": "sha3_224", "sha3256": "sha3_256", "sha3384": "sha3_384", "sha3512": "sha3_512",
    "blake2b512": "blake2b", "blake2s256": "blake2s",
}  # fmt: skip


def algorithm_named(written: str) -> str | None:
    """The hashlib name of an algorithm as manifests spell it (``sha-512``, ``SHA512``), or None when it is unknown."""
    name = written.lower().replace("-", "").replace("_", "")
    name = _SPELLINGS.get(name, name)
    if name.startswith("shake") or name not in hashlib.algorithms_available:
        return None
    return name


def digest_length(algorithm: str) -> int:
    """How many hex digits a digest of the algorithm has."""
    return hashlib.new(algorithm, usedforsecurity=False).digest_size * 2


def digest_stream(stream: BinaryIO, algorithms: Iterable[str]) -> KnownFile:
    """Read ``stream`` to its end and return its size and its digests under hashlib's names."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        for each in hashes.values():
            each.update(chunk)
    return KnownFile(size, {name: each.hexdigest() for name, each in hashes.items()})
