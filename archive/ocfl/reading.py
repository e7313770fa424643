"""Object view 对象读取: versions, states and the bytes behind a logical path; also as the tree that a bag lies in."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.ocfl.inventory import INVENTORY, Inventory, from_bytes, sidecar, sidecar_name
from archive.ocfl.trees import FolderTree


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object as its root inventory describes it 对象视图. Reading proves nothing; ``validate_object`` does."""

    path: Path
    inventory: Inventory

    def state(self, version: str | None = None) -> Mapping[str, str]:
        """The logical state (path -> digest) of a version, by default of the newest; KeyError when there is none."""
        if version is None:
            return self.inventory.head.state
        return next_of(self.inventory, version)

    def content_path(self, logical: str, version: str | None = None) -> str:
        """Where the bytes of a logical path lie, relative to the object; KeyError when the state has no such path."""
        return self.inventory.manifest[self.state(version)[logical]][0]

    def open(self, logical: str, version: str | None = None) -> BinaryIO:
        """The bytes of a logical path, unbuffered; no link is followed on the way."""
        with FolderTree(self.path) as tree:
            return tree.open(self.content_path(logical, version))

    def size(self, logical: str, version: str | None = None) -> int:
        """The size in bytes of a logical path's content."""
        found = os.lstat(self.path / self.content_path(logical, version))
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"not a regular file: {logical}")
        return found.st_size

    def tree(self, version: str | None = None) -> VersionTree:
        """The logical state of a version as a tree, in which the version's bag can be judged."""
        return VersionTree(self, version)


def next_of(inventory: Inventory, version: str) -> Mapping[str, str]:
    """The state of the version with that name; KeyError when there is none."""
    for each in inventory.versions:
        if each.name == version:
            return each.state
    raise KeyError(version)


@dataclass(frozen=True, slots=True)
class VersionTree:
    """One version's logical state as a tree of files 版本文件树 (``archive.bagit.terms.Tree``)."""

    view: ObjectView
    version: str | None

    def names(self) -> Iterable[str]:
        return sorted(self.view.state(self.version))

    def folders(self) -> Iterable[str]:
        return sorted({name[:end] for name in self.names() for end, sign in enumerate(name) if sign == "/"})

    def strangers(self) -> Iterable[str]:
        return ()

    def open(self, name: str) -> BinaryIO:
        return self.view.open(name, self.version)


def read_object(path: Path) -> ObjectView:
    """The object at ``path``; ValueError when its root inventory is invalid or not the one its sidecar states."""
    data = (path / INVENTORY).read_bytes()
    inventory = from_bytes(data)
    stated = (path / sidecar_name(inventory.algorithm)).read_bytes().split()
    if stated != sidecar(data, inventory.algorithm).split():
        raise ValueError("the inventory is not the one that its sidecar states")
    return ObjectView(path, inventory)
