"""Content check 内容检查: reads every content file once, two at a time, and compares all digests known of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from archive.ocfl.inventory_check import hash_named
from archive.ocfl.terms import KnownFile, OcflFinding

# the hash releases the interpreter lock; a third worker gains nothing where two cores and one disk are the rule
WORKERS = 2
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Expectation:
    """A digest that a content file must have 应有固化值: ``code`` is noted when it has another."""

    path: str
    algorithm: str
    digest: str
    code: str
    where: str


def check_content(
    top: Path, sizes: Mapping[str, int], expectations: Iterable[Expectation]
) -> tuple[list[OcflFinding], dict[str, KnownFile]]:
    """Read every expected file below ``top`` that ``sizes`` lists; returns the findings and the digests computed.

    The largest files come first, so that the workers end together. Memory is one buffer for each worker.
    """
    by_path: dict[str, list[Expectation]] = {}
    for each in expectations:
        if each.path in sizes:
            by_path.setdefault(each.path, []).append(each)
    order = sorted(by_path, key=lambda path: (-sizes[path], path))
    findings: list[OcflFinding] = []
    known: dict[str, KnownFile] = {}
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        algorithms = [frozenset(each.algorithm for each in by_path[path]) for path in order]
        for path, read in zip(
            order, pool.map(lambda job: _read(top, *job), zip(order, algorithms, strict=True)), strict=True
        ):
            if isinstance(read, str):
                findings.append(OcflFinding("E092", path, read))
                continue
            known[path] = read
            for each in sorted(set(by_path[path])):
                if read.digests[each.algorithm] != each.digest:
                    detail = f"{each.algorithm} is {read.digests[each.algorithm]}, {each.where} states {each.digest}"
                    findings.append(OcflFinding(each.code, path, detail))
    return findings, known


def _read(top: Path, path: str, algorithms: frozenset[str]) -> KnownFile | str:
    """Size and digests of a file, or why it could not be read."""
    hashes = {name: hash_named(name) for name in algorithms}
    buffer = memoryview(bytearray(_CHUNK))
    size = 0
    try:
        descriptor = os.open(top / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as stream:
            while taken := stream.readinto(buffer):
                size += taken
                for each in hashes.values():
                    each.update(buffer[:taken])
    except OSError as error:
        return f"cannot be read: {error}"
    return KnownFile(size, {name: each.hexdigest() for name, each in hashes.items()})
