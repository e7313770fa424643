"""Paths of OCFL 路径规则: logical and content paths, version folder names, and where an object lies below its root."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

LAYOUT = "0004-hashed-n-tuple-storage-layout"
DIGEST = "sha256"
TUPLE_SIZE = 3
TUPLE_COUNT = 3
_VERSION = re.compile(r"v(0*)([1-9]\d*)")


def object_path(object_id: str) -> str:
    """Where an object lies below its root: of the id's SHA-256, three folders of three digits, then the whole."""
    digest = hashlib.sha256(object_id.encode("utf-8")).hexdigest()
    tuples = [digest[start : start + TUPLE_SIZE] for start in range(0, TUPLE_SIZE * TUPLE_COUNT, TUPLE_SIZE)]
    return "/".join([*tuples, digest])


def has_bad_element(path: str) -> bool:
    """Whether a path has an element that is empty, ``.`` or ``..``."""
    return any(part in ("", ".", "..") for part in path.split("/"))


def clashes(paths: Iterable[str]) -> list[str]:
    """Paths that are also the folder of another path."""
    everything = set(paths)
    folders: set[str] = set()
    for path in everything:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return sorted(everything & folders)


def version_number(name: str) -> int | None:
    """The number of a version folder's name (``v3`` or ``v003``), or None."""
    found = _VERSION.fullmatch(name)
    return int(found[2]) if found else None
