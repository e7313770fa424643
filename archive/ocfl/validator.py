"""Object validator 对象验证: OCFL 1.1 (and 1.0) with the official codes, all findings at once."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.kernel.canonical import parse
from archive.ocfl.content_check import Expectation, check_content
from archive.ocfl.history_check import check_history
from archive.ocfl.inventory import INVENTORY, sidecar_name
from archive.ocfl.inventory_check import SPECS, InventoryFacts, check_inventory
from archive.ocfl.terms import KnownFile, OcflFinding
from archive.ocfl.trees import kind_of

REGISTERED = frozenset(
    {
        "0001-digest-algorithms", "0002-flat-direct-storage-layout", "0003-hash-and-id-n-tuple-storage-layout",
        "0004-hashed-n-tuple-storage-layout", "0005-mutable-head", "0006-flat-omit-prefix-storage-layout",
        "0007-n-tuple-omit-prefix-storage-layout", "0008-schema-registry", "0009-digest-algorithms",
        "0010-differential-n-tuple-omit-prefix-storage-layout", "0011-direct-clean-path-layout", "initial",
    }
)  # fmt: skip
_SIDECAR = re.compile(rb"([0-9A-Fa-f]+)[ \t]+inventory\.json[ \t]*\r?\n?")


@dataclass(frozen=True, slots=True)
class ObjectCheck:
    """The result of checking one object 对象检查结果: findings, and the digests of the content files that were read."""

    findings: tuple[OcflFinding, ...]
    known: dict[str, KnownFile]
    object_id: str | None

    @property
    def is_valid(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.is_error for finding in self.findings)


@dataclass
class _Checking:
    path: Path
    findings: list[OcflFinding] = field(default_factory=list)
    spec: str = "1.1"
    entries: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def note(self, code: str, path: str, detail: str) -> None:
        self.findings.append(OcflFinding(code, path, detail))


def validate_object(path: Path, *, deep: bool) -> list[OcflFinding]:
    """Judge the object at ``path``; ``deep`` also reads and digests every content file, each once.

    Understands OCFL 1.0 and 1.1. Follows no link. The object is valid when no finding ``is_error``.
    """
    return list(check_object(path, deep=deep).findings)


def check_object(path: Path, *, deep: bool) -> ObjectCheck:
    """As ``validate_object``, with the digests that were computed, so that a bag inside is not read a second time."""
    check = _Checking(path)
    if not path.is_dir() or path.is_symlink():
        check.note("E003", "", "not a folder")
        return ObjectCheck(tuple(check.findings), {}, None)
    check.entries = _list(check, "")
    _check_declaration(check)
    root, data = _read_inventory(check, INVENTORY, check.spec)
    if root is None or data is None:
        return ObjectCheck(tuple(sorted(set(check.findings))), {}, None)
    if root.spec != check.spec:
        check.note("E038", INVENTORY, f"type is of {root.spec}, the declaration of {check.spec}")
    _check_sidecar(check, INVENTORY, data, root.algorithm)
    _check_object_root(check, root)
    prior = _check_version_inventories(check, root, data)
    _check_version_folders(check, root, prior)
    known = _check_files(check, root, prior, deep=deep)
    return ObjectCheck(tuple(sorted(set(check.findings))), known, root.object_id)


def _list(check: _Checking, folder: str) -> dict[str, str]:
    """name -> ``file``, ``folder`` or ``stranger`` of one folder; links are noted, files get their sizes."""
    found: dict[str, str] = {}
    with os.scandir(check.path / folder) as entries:
        for entry in entries:
            kind = kind_of(entry)
            name = f"{folder}/{entry.name}" if folder else entry.name
            if kind == "stranger":
                check.note("E090", name, "neither a regular file nor a folder")
            elif kind == "file":
                check.sizes[name] = entry.stat(follow_symlinks=False).st_size
            found[entry.name] = kind
    return found


def _check_declaration(check: _Checking) -> None:
    declarations = sorted(name for name, kind in check.entries.items() if name.startswith("0=") and kind == "file")
    known = [name for name in declarations if name.removeprefix("0=ocfl_object_") in SPECS]
    for name in set(declarations) - set(known):
        check.note("E006", name, "not the declaration of a known version")
    if not known:
        check.note("E003", "", "no declaration of an OCFL object")
        return
    check.spec = known[-1].removeprefix("0=ocfl_object_")
    if len(declarations) > 1:
        check.note("E003", "", f"more than one declaration: {declarations}")
    for name in known:
        if (check.path / name).read_bytes() != name.removeprefix("0=").encode("ascii") + b"\n":
            check.note("E007", name, "its text is not its name and a line end")


def _read_inventory(check: _Checking, name: str, spec: str) -> tuple[InventoryFacts | None, bytes | None]:
    if name not in check.sizes:
        if name == INVENTORY:
            check.note("E063", name, "no inventory")
        return None, None
    data = (check.path / name).read_bytes()
    try:
        document = parse(data)
    except (ValueError, RecursionError) as error:
        reason = str(error) if not isinstance(error, json.JSONDecodeError) else error.msg
        check.note("E033", name, f"not readable JSON: {reason}")
        return None, data
    facts = check_inventory(document, name, spec)
    check.findings.extend(facts.findings)
    return facts, data


def _check_sidecar(check: _Checking, inventory: str, data: bytes, algorithm: str) -> None:
    name = inventory.removesuffix(INVENTORY) + sidecar_name(algorithm)
    if name not in check.sizes:
        check.note("E058", name, "no sidecar with the inventory's digest")
        return
    found = _SIDECAR.fullmatch((check.path / name).read_bytes())
    if not found:
        check.note("E061", name, "not of the form DIGEST inventory.json")
    elif found[1].decode("ascii").lower() != hashlib.new(algorithm, data).hexdigest():
        check.note("E060", name, "states another digest than the inventory has")


def _check_object_root(check: _Checking, root: InventoryFacts) -> None:
    allowed = {INVENTORY, sidecar_name(root.algorithm)}
    for name, kind in check.entries.items():
        if kind == "file" and name not in allowed and not name.startswith("0="):
            check.note("E001", name, "a file that an object root does not have")
        elif kind == "folder" and name not in root.versions and name not in ("extensions", "logs"):
            is_version = re.fullmatch(r"v\d+", name)
            code = "E046" if is_version and root.versions else "E001"
            check.note(code, name, "a version unknown to the inventory" if is_version else "a folder out of place")
    if check.entries.get("extensions") == "folder":
        for name, kind in _list(check, "extensions").items():
            if kind != "folder":
                check.note("E067", f"extensions/{name}", "not a folder of an extension")
            elif name not in REGISTERED:
                check.note("W013", f"extensions/{name}", "not a registered extension")


def _check_version_inventories(check: _Checking, root: InventoryFacts, data: bytes) -> list[InventoryFacts]:
    """Judge the inventories in version folders; returns those of earlier versions, oldest first."""
    prior: list[InventoryFacts] = []
    for version in root.versions:
        if check.entries.get(version) != "folder":
            check.note("E046", version, "no folder of this version")
            continue
        _list(check, version)
        name = f"{version}/{INVENTORY}"
        if name not in check.sizes:
            check.note("W010", version, "no inventory in the version folder")
        elif version == root.versions[-1]:
            if (check.path / name).read_bytes() != data:
                check.note("E064", name, "differs from the inventory of the object root")
            else:
                _check_sidecar(check, name, data, root.algorithm)
        else:
            facts, own = _read_inventory(check, name, check.spec)
            if facts is not None and own is not None:
                _check_sidecar(check, name, own, facts.algorithm)
                if facts.head != version:
                    check.note("E040", name, f"head is {facts.head}, the folder is {version}")
                prior.append(facts)
    check.findings.extend(check_history(root, prior))
    return prior


def _check_version_folders(check: _Checking, root: InventoryFacts, prior: list[InventoryFacts]) -> None:
    sidecars = {facts.where.partition("/")[0]: sidecar_name(facts.algorithm) for facts in prior}
    for version in root.versions:
        if check.entries.get(version) != "folder":
            continue
        for name, kind in _list(check, version).items():
            place = f"{version}/{name}"
            if kind == "folder" and name != root.content_directory:
                check.note("W002", place, "a folder beside the content")
            elif kind == "file" and name not in (INVENTORY, sidecars.get(version, sidecar_name(root.algorithm))):
                check.note("E015", place, "a file beside the inventory")
            elif kind == "folder" and not _walk_content(check, place):
                check.note("W003", place, "a content folder without files")


def _walk_content(check: _Checking, top: str) -> int:
    """List everything below a content folder, note empty folders; returns how many files there are."""
    waiting = [top]
    count = 0
    while waiting:
        folder = waiting.pop()
        entries = _list(check, folder)
        if not entries and folder != top:
            check.note("E024", folder, "an empty folder")
        waiting.extend(f"{folder}/{name}" for name, kind in entries.items() if kind == "folder")
        count += sum(kind == "file" for kind in entries.values())
    return count


def _check_files(
    check: _Checking, root: InventoryFacts, prior: list[InventoryFacts], *, deep: bool
) -> dict[str, KnownFile]:
    """Compare manifest and files; ``deep`` reads them."""
    stored = {
        path: size
        for path, size in check.sizes.items()
        if path.count("/") > 1
        and path.split("/", 2)[1] == root.content_directory
        and path.split("/", 1)[0] in root.versions
    }
    for path in sorted(stored.keys() - root.manifest.keys()):
        check.note("E023", path, "a file that the inventory does not list")
    for path in sorted(root.manifest.keys() - stored.keys()):
        check.note("E092", path, "listed in the manifest, not there")
    if not deep:
        return {}
    findings, known = check_content(check.path, stored, _expectations(root, prior))
    check.findings.extend(findings)
    return known


def _expectations(root: InventoryFacts, prior: list[InventoryFacts]) -> Iterator[Expectation]:
    for facts in (root, *prior):
        for path, digest in facts.manifest.items():
            yield Expectation(path, facts.algorithm, digest, "E092", facts.where)
        for path, algorithm, digest in facts.fixity:
            yield Expectation(path, algorithm, digest, "E093", facts.where)
