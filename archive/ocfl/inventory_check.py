"""Inventory check 清单检查: judges the JSON of an inventory by the codes of OCFL 1.1; reads nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.ocfl.paths import clashes, has_bad_element, version_number
from archive.ocfl.terms import OcflFinding

SPECS = ("1.0", "1.1")
CONTENT_ALGORITHMS = ("sha512", "sha256")
_TYPE = re.compile(r"https://ocfl\.io/(\d+\.\d+)/spec/#inventory")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_TOP = frozenset({"id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"})
_VERSION_KEYS = frozenset({"created", "state", "message", "user"})
_USER_KEYS = frozenset({"name", "address"})


@dataclass
class InventoryFacts:
    """What an inventory says 清单内容, as far as it could be understood, and the findings about it."""

    where: str
    findings: list[OcflFinding] = field(default_factory=list)
    object_id: str | None = None
    spec: str = "1.1"
    algorithm: str = "sha512"
    content_directory: str = "content"
    sets_content_directory: bool = False
    head: str = ""
    versions: list[str] = field(default_factory=list)
    manifest: dict[str, str] = field(default_factory=dict)
    states: dict[str, dict[str, str]] = field(default_factory=dict)
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    fixity: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, code: str, detail: str) -> None:
        self.findings.append(OcflFinding(code, self.where, detail))


def hash_named(algorithm: str) -> Any:
    """A new hash of an algorithm of OCFL's vocabulary, or None when it is not one."""
    if algorithm in ("md5", "sha1", "sha256", "sha512"):
        return hashlib.new(algorithm, usedforsecurity=False)
    if algorithm in ("blake2b-512", "blake2b-384", "blake2b-256", "blake2b-160"):
        return hashlib.blake2b(digest_size=int(algorithm[8:]) // 8)
    if algorithm == "sha512/256" and "sha512_256" in hashlib.algorithms_available:
        return hashlib.new("sha512_256", usedforsecurity=False)
    return None


def check_inventory(document: Any, where: str, spec: str) -> InventoryFacts:
    """Judge a parsed inventory; ``spec`` is the version that the object (root) or the inventory itself declares."""
    facts = InventoryFacts(where, spec=spec)
    if not isinstance(document, dict):
        facts.note("E033", "not a JSON object")
        return facts
    for key in sorted(document.keys() - _TOP):
        facts.note("E102", f"key {key!r} is not specified")
    _check_id_and_type(facts, document)
    if not _check_algorithm(facts, document):
        return facts
    _check_content_directory(facts, document)
    digests = _check_manifest(facts, document)
    used = _check_versions(facts, document, digests)
    _check_head(facts, document)
    if facts.versions and isinstance(document.get("manifest"), dict):
        for path in facts.manifest:
            if path.partition("/")[0] not in facts.versions:
                facts.note("E042", f"content path in no version: {path}")
        for digest in sorted(set(facts.manifest.values()) - used):
            facts.note("E107", f"digest used by no version: {digest}")
    _check_fixity(facts, document)
    return facts


def _check_id_and_type(facts: InventoryFacts, document: dict[str, Any]) -> None:
    if "id" not in document:
        facts.note("E036", "no id")
    elif not isinstance(document["id"], str) or not document["id"]:
        facts.note("E037", "id is not a name")
    else:
        facts.object_id = document["id"]
        if not _URI.fullmatch(document["id"]):
            facts.note("W005", f"id is not a URI: {document['id']}")
    kind = document.get("type")
    if "type" not in document:
        facts.note("E036", "no type")
    elif not isinstance(kind, str) or not (found := _TYPE.fullmatch(kind)):
        facts.note("E038", f"type is {kind!r}")
    elif found[1] not in SPECS:
        facts.note("E038", f"unknown version of the specification: {found[1]}")
    else:
        facts.spec = found[1]


def _check_algorithm(facts: InventoryFacts, document: dict[str, Any]) -> bool:
    algorithm = document.get("digestAlgorithm")
    if "digestAlgorithm" not in document:
        facts.note("E036", "no digestAlgorithm")
    elif algorithm not in CONTENT_ALGORITHMS:
        facts.note("E025", f"digestAlgorithm is {algorithm!r}")
        return False
    else:
        facts.algorithm = algorithm
        if algorithm != "sha512":
            facts.note("W004", f"digestAlgorithm is {algorithm}")
    return True


def _check_content_directory(facts: InventoryFacts, document: dict[str, Any]) -> None:
    if "contentDirectory" not in document:
        return
    name = document["contentDirectory"]
    if not isinstance(name, str) or not name or "/" in name:
        facts.note("E017", f"contentDirectory is {name!r}")
    elif name in (".", ".."):
        facts.note("E018", f"contentDirectory is {name!r}")
    else:
        facts.content_directory = name
        facts.sets_content_directory = True


def _is_digest(value: str, algorithm: str) -> bool:
    return _HEX.fullmatch(value) is not None and len(value) == hash_named(algorithm).digest_size * 2


def _paths(facts: InventoryFacts, block: dict[str, Any], code: str) -> Iterator[tuple[str, str]]:
    """(digest as written, path) of a block of digest -> array of paths; other shapes are noted under ``code``."""
    for digest, paths in block.items():
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            facts.note(code, f"not an array of paths: {digest}")
            continue
        for path in paths:
            yield digest, path


def _check_manifest(facts: InventoryFacts, document: dict[str, Any]) -> set[str]:
    """Fill the manifest; returns its digests as written, which states must repeat exactly."""
    block = document.get("manifest")
    if "manifest" not in document:
        facts.note("E041", "no manifest")
        return set()
    if not isinstance(block, dict):
        facts.note("E106", "manifest is not an object")
        return set()
    seen: set[str] = set()
    for digest in block:
        if not _is_digest(digest, facts.algorithm):
            facts.note("E025", f"not a {facts.algorithm}: {digest}")
        elif digest.lower() in seen:
            facts.note("E096", f"digest twice: {digest}")
        seen.add(digest.lower())
    for digest, path in _paths(facts, block, "E092"):
        if _is_content_path(facts, path):
            if path in facts.manifest:
                facts.note("E101", f"content path twice: {path}")
            facts.manifest[path] = digest.lower()
    for path in clashes(facts.manifest):
        facts.note("E101", f"content path is also a folder: {path}")
    return set(block)


def _is_content_path(facts: InventoryFacts, path: str) -> bool:
    if path.startswith("/") or path.endswith("/"):
        facts.note("E100", f"content path begins or ends with a slash: {path}")
    elif has_bad_element(path):
        facts.note("E099", f"content path with a bad element: {path}")
    else:
        parts = path.split("/", 2)
        if len(parts) == 3 and re.fullmatch(r"v\d+", parts[0]) and parts[1] == facts.content_directory:
            return True
        facts.note("E042", f"not a content path of this object: {path}")
    return False


def _check_sequence(facts: InventoryFacts, names: list[str]) -> None:
    """Fill ``versions`` with the names in order, when they are v1, v2, … without gap in one form of naming."""
    numbers: dict[int, str] = {}
    for name in names:
        number = version_number(name)
        if number is None:
            facts.note("E046", f"not the name of a version: {name}")
        elif number in numbers:
            facts.note("E012", f"one version under two names: {numbers[number]}, {name}")
        else:
            numbers[number] = name
    if not numbers:
        facts.note("E008", "no version")
        return
    if min(numbers) != 1:
        facts.note("E009", f"the first version is {numbers[min(numbers)]}")
        return
    if max(numbers) != len(numbers):
        facts.note("E010", f"versions are missing before {numbers[max(numbers)]}")
    padded = [name for name in numbers.values() if name.startswith("v0")]
    if padded:
        facts.note("W001", "version names are zero-padded")
        if len({len(name) for name in numbers.values()}) > 1 or len(padded) < len(numbers):
            facts.note("E012", f"version names of different forms: {sorted(numbers.values())}")
    facts.versions = [numbers[number] for number in sorted(numbers)]


def _check_versions(facts: InventoryFacts, document: dict[str, Any], digests: set[str]) -> set[str]:
    """Judge the version blocks; returns the digests (lower case) that their states use."""
    block = document.get("versions")
    if "versions" not in document:
        facts.note("E041", "no versions")
        return set()
    if not isinstance(block, dict):
        facts.note("E044", "versions is not an object")
        return set()
    _check_sequence(facts, list(block))
    used: set[str] = set()
    for name in facts.versions:
        version = block[name]
        if not isinstance(version, dict):
            facts.note("E047", f"{name} is not an object")
            continue
        facts.blocks[name] = version
        for key in sorted(version.keys() - _VERSION_KEYS):
            facts.note("E102", f"{name}: key {key!r} is not specified")
        _check_created(facts, name, version)
        _check_message_and_user(facts, name, version)
        used |= _check_state(facts, name, version, digests)
    return used


def _check_created(facts: InventoryFacts, name: str, version: dict[str, Any]) -> None:
    created = version.get("created")
    if "created" not in version:
        facts.note("E048", f"{name} has no created")
        return
    if isinstance(created, str) and _RFC3339.fullmatch(created):
        try:
            datetime.fromisoformat(re.sub(r"\.\d+", "", created.upper()).replace(":60Z", ":59Z"))
        except ValueError:
            pass
        else:
            return
    facts.note("E049", f"{name} created is {created!r}")


def _check_message_and_user(facts: InventoryFacts, name: str, version: dict[str, Any]) -> None:
    if "message" not in version:
        facts.note("W007", f"{name} has no message")
    elif not isinstance(version["message"], str):
        facts.note("E094", f"{name} message is not a text")
    if "user" not in version:
        facts.note("W007", f"{name} has no user")
        return
    user = version["user"]
    if not isinstance(user, dict) or not isinstance(user.get("name"), str) or not user["name"]:
        facts.note("E054", f"{name} user has no name")
        return
    for key in sorted(user.keys() - _USER_KEYS):
        facts.note("E102", f"{name} user: key {key!r} is not specified")
    if "address" not in user:
        facts.note("W008", f"{name} user has no address")
    elif not isinstance(user["address"], str):
        facts.note("E054", f"{name} user address is not a text")
    elif not _URI.fullmatch(user["address"]):
        facts.note("W009", f"{name} user address is not a URI: {user['address']}")


def _check_state(facts: InventoryFacts, name: str, version: dict[str, Any], digests: set[str]) -> set[str]:
    state = version.get("state")
    if "state" not in version:
        facts.note("E048", f"{name} has no state")
        return set()
    if not isinstance(state, dict):
        facts.note("E050", f"{name} state is not an object")
        return set()
    for digest in sorted(state.keys() - digests):
        facts.note("E050", f"{name} digest not in the manifest: {digest}")
    paths = facts.states.setdefault(name, {})
    for digest, path in _paths(facts, state, "E051"):
        if path.startswith("/") or path.endswith("/"):
            facts.note("E053", f"{name} logical path begins or ends with a slash: {path}")
        elif has_bad_element(path):
            facts.note("E052", f"{name} logical path with a bad element: {path}")
        elif path in paths:
            facts.note("E095", f"{name} logical path twice: {path}")
        else:
            paths[path] = digest.lower()
    for path in clashes(paths):
        facts.note("E095", f"{name} logical path is also a folder: {path}")
    return {digest.lower() for digest in state}


def _check_head(facts: InventoryFacts, document: dict[str, Any]) -> None:
    if "head" not in document:
        facts.note("E036", "no head")
    elif facts.versions and document["head"] != facts.versions[-1]:
        facts.note("E040", f"head is {document['head']!r}, the last version {facts.versions[-1]}")
    facts.head = facts.versions[-1] if facts.versions else ""


def _check_fixity(facts: InventoryFacts, document: dict[str, Any]) -> None:
    if "fixity" not in document:
        return
    block = document["fixity"]
    if not isinstance(block, dict):
        facts.note("E056" if facts.spec == "1.0" else "E111", "fixity is not an object")
        return
    for algorithm, digests in block.items():
        if hash_named(algorithm) is None:
            facts.note("E056", f"algorithm outside the vocabulary: {algorithm}")
        elif not isinstance(digests, dict):
            facts.note("E057", f"{algorithm} is not an object")
        else:
            _check_fixity_block(facts, algorithm, digests)


def _check_fixity_block(facts: InventoryFacts, algorithm: str, block: dict[str, Any]) -> None:
    seen: set[str] = set()
    for digest in block:
        if not _is_digest(digest, algorithm):
            facts.note("E057", f"not a {algorithm}: {digest}")
        elif digest.lower() in seen:
            facts.note("E097", f"{algorithm} digest twice: {digest}")
        seen.add(digest.lower())
    for digest, path in _paths(facts, block, "E057"):
        if path not in facts.manifest:
            facts.note("E057", f"{algorithm} of a path that is not in the manifest: {path}")
        facts.fixity.append((path, algorithm, digest.lower()))
