"""Bags for tests 测试包: written by our writer, or by hand in any version and algorithm."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO

from archive.bagit.terms import BagFinding
from archive.bagit.validator import validate_bag
from archive.bagit.writer import BagTags, write_tags
from archive.ocfl.files import DiskFiles
from archive.ocfl.trees import FolderTree

DAY = date(2026, 3, 1)
PAYLOAD = {"data/one.txt": b"one\n", "data/sub/二.txt": "二\n".encode(), "data/empty": b""}


def make_bag(folder: Path, payload: Mapping[str, bytes], extra: Mapping[str, bytes] | None = None) -> BagTags:
    """A bag in ``folder`` by our writer."""
    folder.mkdir(exist_ok=True)
    (folder / "data").mkdir()
    for name, data in {**payload, **(extra or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    sizes = {name: (hashlib.sha512(data).hexdigest(), len(data)) for name, data in payload.items()}
    tags = {name: hashlib.sha512(data).hexdigest() for name, data in (extra or {}).items()}
    return write_tags(DiskFiles(), folder, sizes, DAY, "Anjuan 0.1", tags)


def hand_bag(
    version: str, algorithms: Iterable[str], payload: Mapping[str, bytes], encoding: str = "UTF-8"
) -> dict[str, bytes]:
    """The files of a bag as another program would write them, without tag manifest."""
    declaration = f"BagIt-Version: {version}\nTag-File-Character-Encoding: {encoding}\n"
    files = {"bagit.txt": declaration.encode(), **payload}
    for algorithm in algorithms:
        lines = [f"{hashlib.new(algorithm, data).hexdigest()} {name}\n" for name, data in payload.items()]
        files[f"manifest-{algorithm}.txt"] = "".join(lines).encode(encoding)
    return files


def lay(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below ``folder``."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def judge(folder: Path) -> list[BagFinding]:
    """What our validator finds in the folder."""
    with FolderTree(folder) as tree:
        return validate_bag(tree)


class MemoryTree:
    """A bag in memory 内存树, as an opened archive file would be; counts how often each file is opened."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.opened: list[str] = []

    def names(self) -> Iterable[str]:
        return list(self.files)

    def folders(self) -> Iterable[str]:
        return {name[:end] for name in self.files for end, sign in enumerate(name) if sign == "/"}

    def strangers(self) -> Iterable[str]:
        return ()

    def open(self, name: str) -> BinaryIO:
        self.opened.append(name)
        return io.BytesIO(self.files[name])
