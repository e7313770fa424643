"""Inventory 清单规则: what an object of ours states about itself, version by version, as deterministic JSON."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archive.kernel.canonical import canonical, parse
from archive.ocfl.inventory_check import check_inventory
from archive.ocfl.paths import clashes, has_bad_element
from archive.ocfl.terms import Content, VersionNote

TYPE = "https://ocfl.io/1.1/spec/#inventory"
INVENTORY = "inventory.json"
DECLARATION = "0=ocfl_object_1.1"
DECLARATION_TEXT = b"ocfl_object_1.1\n"
_SHA512 = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Version:
    """One version 版本: its folder's name, when, why and by whom, and its state (logical path -> digest)."""

    name: str
    created: str
    message: str
    user: Mapping[str, str]
    state: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """The inventory of an object at its head 清单. ``manifest`` maps a digest to the content paths that hold it."""

    object_id: str
    algorithm: str
    content_directory: str
    manifest: Mapping[str, tuple[str, ...]]
    versions: tuple[Version, ...]

    @property
    def head(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    @property
    def held(self) -> frozenset[str]:
        """Digests of everything that the object holds; content with such a digest need not be stored again."""
        return frozenset(self.manifest)


def next_inventory(
    previous: Inventory | None, object_id: str, state: Mapping[str, Content], note: VersionNote
) -> Inventory:
    """The inventory after one more version whose complete logical state is ``state``.

    Raises ValueError when a path is unfit, a digest is not SHA-512, content without path is not held by an earlier
    version, a content path does not lie in the new version's content folder, or one path is given two digests.
    """
    if previous and (previous.object_id != object_id or previous.algorithm != "sha512"):
        raise ValueError("not the next version of this object")
    name = f"v{len(previous.versions) + 1 if previous else 1}"
    if previous and (previous.head.name != f"v{len(previous.versions)}" or previous.content_directory != "content"):
        raise ValueError("an object with other names for its folders is not continued")
    folder = f"{name}/content/"
    manifest = {digest: list(paths) for digest, paths in previous.manifest.items()} if previous else {}
    placed: dict[str, str] = {}
    for logical, content in state.items():
        if not _SHA512.fullmatch(content.sha512) or has_bad_element(logical):
            raise ValueError(f"unfit path or digest: {logical!r}")
        if content.path is None:
            continue
        if not content.path.startswith(folder) or has_bad_element(content.path):
            raise ValueError(f"not a content path of {name}: {content.path!r}")
        if placed.setdefault(content.path, content.sha512) != content.sha512:
            raise ValueError(f"two digests for {content.path!r}")
        paths = manifest.setdefault(content.sha512, [])
        if content.path not in paths:
            paths.append(content.path)
    for logical, content in state.items():
        if content.sha512 not in manifest:
            raise ValueError(f"no content for {logical!r}")
    for path in (*clashes(state), *clashes(placed)):
        raise ValueError(f"a path that is also a folder: {path!r}")
    version = Version(
        name,
        _instant(note.created),
        note.message,
        {"name": note.name, "address": note.address},
        {logical: content.sha512 for logical, content in state.items()},
    )
    versions = (*(previous.versions if previous else ()), version)
    return Inventory(
        object_id, "sha512", "content", {digest: tuple(sorted(paths)) for digest, paths in manifest.items()}, versions
    )


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_bytes(inventory: Inventory) -> bytes:
    """The inventory as RFC 8785 canonical JSON and a line end: the same inventory gives the same bytes."""
    versions: dict[str, Any] = {}
    for version in inventory.versions:
        state: defaultdict[str, list[str]] = defaultdict(list)
        for logical in sorted(version.state):
            state[version.state[logical]].append(logical)
        block: dict[str, Any] = {"created": version.created, "message": version.message, "state": dict(state)}
        versions[version.name] = block | {"user": dict(version.user)}
    document = {
        "digestAlgorithm": inventory.algorithm,
        "head": inventory.head.name,
        "id": inventory.object_id,
        "manifest": {digest: list(paths) for digest, paths in inventory.manifest.items()},
        "type": TYPE,
        "versions": versions,
    }
    return canonical(document) + b"\n"


def sidecar_name(algorithm: str) -> str:
    """The name of the file that states an inventory's digest."""
    return f"{INVENTORY}.{algorithm}"


def sidecar(data: bytes, algorithm: str = "sha512") -> bytes:
    """The content of the file that states the digest of the inventory ``data``."""
    return f"{hashlib.new(algorithm, data).hexdigest()} {INVENTORY}\n".encode("ascii")


def from_bytes(data: bytes) -> Inventory:
    """An inventory that was read; ValueError with the first codes when it is not a valid one."""
    document = parse(data)
    facts = check_inventory(document, INVENTORY, "1.1")
    errors = sorted({finding.code for finding in facts.findings if finding.is_error})
    if errors:
        raise ValueError(f"not a valid inventory: {', '.join(errors)}")
    manifest: defaultdict[str, list[str]] = defaultdict(list)
    for path, digest in facts.manifest.items():
        manifest[digest].append(path)
    versions = tuple(
        Version(
            name,
            facts.blocks[name]["created"],
            facts.blocks[name].get("message", ""),
            facts.blocks[name].get("user", {}),
            facts.states[name],
        )
        for name in facts.versions
    )
    return Inventory(
        facts.object_id or "",
        facts.algorithm,
        facts.content_directory,
        {digest: tuple(sorted(paths)) for digest, paths in manifest.items()},
        versions,
    )
