"""Bag writer 打包写入: the tag files of a bag whose payload lies on the disk with digests known from writing it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from archive.bagit.names import is_safe, is_utf8, plain, same_when
from archive.bagit.tagfiles import DECLARATION, write_info, write_manifest
from archive.ocfl.files import Files, write_file

TAG_MANIFEST = "tagmanifest-sha512.txt"
MANIFEST = "manifest-sha512.txt"
_SHA512 = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class BagTags:
    """The tag files of one bag 标签文件: what was written, so that nothing is read twice.

    ``digests`` holds the SHA-512 of all four tag files by name; ``written`` the names that went to the disk now
    (a file that an earlier version holds already is not written again).
    """

    tagmanifest_bytes: bytes
    digests: Mapping[str, str]
    written: tuple[str, ...]


def write_tags(
    files: Files,
    content_dir: Path,
    payload: Mapping[str, tuple[str, int]],
    bagging_date: date,
    agent: str,
    extra_tags: Mapping[str, str] | None = None,
    held: AbstractSet[str] = frozenset(),
) -> BagTags:
    """Write bagit.txt, bag-info.txt and both SHA-512 manifests into ``content_dir``, each synced to the disk.

    ``payload`` maps ``data/…`` to (SHA-512, size in bytes) and is the complete payload of the bag, also what earlier
    versions of an object hold. ``extra_tags`` are further tag files (earlier evidence) to be listed with their SHA-512.
    ``held``: digests that earlier versions hold; a tag file with such a digest is not written. The same input gives
    the same bytes (RFC 8493). The caller syncs the folder. Raises ValueError for a name no bag may carry and
    FileExistsError when a tag file is there already.
    """
    extra = dict(extra_tags or {})
    _require_names(payload, extra)
    manifest = write_manifest({path: digest for path, (digest, _) in payload.items()})
    total = sum(size for _, size in payload.values())
    info = write_info(
        [
            ("Bag-Software-Agent", agent),
            ("Bagging-Date", bagging_date.isoformat()),
            ("Payload-Oxum", f"{total}.{len(payload)}"),
        ]
    )
    contents = {"bagit.txt": DECLARATION, "bag-info.txt": info, MANIFEST: manifest}
    digests = {name: hashlib.sha512(data).hexdigest() for name, data in contents.items()}
    contents[TAG_MANIFEST] = write_manifest({**extra, **digests})
    digests[TAG_MANIFEST] = hashlib.sha512(contents[TAG_MANIFEST]).hexdigest()
    written = tuple(name for name in contents if digests[name] not in held)
    for name in written:
        write_file(files, content_dir / name, contents[name])
    return BagTags(contents[TAG_MANIFEST], digests, written)


def _require_names(payload: Mapping[str, tuple[str, int]], extra: Mapping[str, str]) -> None:
    """ValueError unless every name is safe and portable, the parts do not overlap, and the digests are SHA-512."""
    reserved = ("bagit.txt", "bag-info.txt", "fetch.txt")
    for name in extra:
        if name.startswith(("data/", "manifest-", "tagmanifest-")) or name in reserved:
            raise ValueError(f"not the name of a further tag file: {name!r}")
    for name, (_, size) in payload.items():
        if not name.startswith("data/") or size < 0:
            raise ValueError(f"not a payload file: {name!r}")
    for name in (*payload, *extra):
        if not is_safe(name) or name != plain(name) or not is_utf8(name):
            raise ValueError(f"unsafe name: {name!r}")
    for digest in (*(digest for digest, _ in payload.values()), *extra.values()):
        if not _SHA512.fullmatch(digest):
            raise ValueError(f"not a lower-case SHA-512: {digest!r}")
    for group in same_when("form", (*payload, *extra)):
        raise ValueError(f"names that are one to some file systems: {group!r}")
