"""Objects for tests 测试对象: one case as it is sealed, in one and in two versions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from archive.bagit.writer import write_tags
from archive.ocfl.files import DiskFiles, Files, make_folders, write_file
from archive.ocfl.inventory import Inventory
from archive.ocfl.root import object_path
from archive.ocfl.terms import Content, VersionNote
from archive.ocfl.writer import ObjectStaging

OBJECT_ID = "urn:anjuan:case_abcdefghijklmnopqrstuvwxyz"
NOTE = VersionNote(datetime(2026, 3, 1, 8, 30, tzinfo=UTC), "封存", "Anjuan", "urn:anjuan:unit:510100")
FIRST = {"data/oaaaa": b"cipher one", "data/obbbb": b"cipher two", "data/occcc": b""}
SECOND = {"data/odddd": b"late document"}


def sha512(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest()


def stage(
    files: Files, staging: Path, new: Mapping[str, bytes], previous: Inventory | None = None, object_id: str = OBJECT_ID
) -> ObjectStaging:
    """Make a version as sealing does: payload, tags, evidence, inventory. ``staging`` is made here."""
    files.make_folder(staging)
    version = ObjectStaging(files, staging, object_id, previous)
    make_folders(files, staging, f"{version.version}/content/data")
    payload, state = _earlier(previous)
    for name, data in new.items():
        make_folders(files, version.content, name.rpartition("/")[0])
        write_file(files, version.content / name, data)
        payload[name] = (sha512(data), len(data))
        state[name] = Content(sha512(data), f"{version.version}/content/{name}")
    earlier = {name: content.sha512 for name, content in state.items() if name.startswith("evidence/")}
    held = previous.held if previous else frozenset()
    tags = write_tags(files, version.content, payload, date(2026, 3, 1), "Anjuan 0.1", earlier, held)
    for name, digest in tags.digests.items():
        state[name] = Content(digest, f"{version.version}/content/{name}" if name in tags.written else None)
    seal = b"signature over " + tags.tagmanifest_bytes[:20] + version.version.encode()
    evidence = f"evidence/{version.version}/seal.p7s"
    make_folders(files, version.content, evidence.rpartition("/")[0])
    write_file(files, version.content / evidence, seal)
    state[evidence] = Content(sha512(seal), f"{version.version}/content/{evidence}")
    version.prepare(state, NOTE)
    return version


def _earlier(previous: Inventory | None) -> tuple[dict[str, tuple[str, int]], dict[str, Content]]:
    """The payload and state that an earlier version made by ``stage`` of FIRST leaves to the next."""
    if previous is None:
        return {}, {}
    kept = {name: Content(digest) for name, digest in previous.head.state.items() if "/" in name}
    sizes = {sha512(data): len(data) for data in (*FIRST.values(), *SECOND.values())}
    payload = {name: (each.sha512, sizes[each.sha512]) for name, each in kept.items() if name.startswith("data/")}
    return payload, kept


def first_version(root: Path, staging: Path, files: Files | None = None) -> Inventory:
    return stage(files or DiskFiles(), staging, FIRST).publish(root, object_path(OBJECT_ID))


def second_version(root: Path, staging: Path, previous: Inventory, files: Files | None = None) -> Inventory:
    return stage(files or DiskFiles(), staging, SECOND, previous).publish(root, object_path(OBJECT_ID))
