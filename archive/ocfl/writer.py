"""Object writer 对象写入: closes a staged version with its inventory and puts it in place without overwriting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from archive.ocfl.files import Files, make_folders, sync_tree, write_file
from archive.ocfl.inventory import (
    DECLARATION,
    DECLARATION_TEXT,
    INVENTORY,
    Inventory,
    next_inventory,
    sidecar,
    sidecar_name,
    to_bytes,
)
from archive.ocfl.terms import Content, VersionNote


class ObjectStaging:
    """One version being made 暂存: a new object, or the next version of an existing one.

    ``folder`` exists, is empty at first and lies on the file system of the root. The caller writes and syncs content
    below ``content``; ``prepare`` writes the inventory, ``publish`` puts the version in place. Until ``publish`` the
    object is untouched; after an error in ``publish`` call ``recovery.recover`` before anything else.
    """

    def __init__(self, files: Files, folder: Path, object_id: str, previous: Inventory | None = None) -> None:
        self._files = files
        self._folder = folder
        self._object_id = object_id
        self._previous = previous
        self._prepared: Inventory | None = None
        self.version = f"v{len(previous.versions) + 1 if previous else 1}"

    @property
    def content(self) -> Path:
        """Where the content of this version is written."""
        return self._folder / self.version / "content"

    def prepare(self, state: Mapping[str, Content], note: VersionNote) -> Inventory:
        """Write declaration, inventory and sidecars for the complete logical ``state``; all of it is on the disk after.

        Content files were synced by whoever wrote them; folders are synced here, innermost first. Raises ValueError
        when ``state`` and the staged files do not match exactly, or when the state is unfit (``next_inventory``).
        """
        inventory = next_inventory(self._previous, self._object_id, state, note)
        self._require_content({content.path for content in state.values() if content.path is not None})
        data = to_bytes(inventory)
        make_folders(self._files, self._folder, self.version)
        places = [self._folder / self.version, self._folder]
        for place in places:
            write_file(self._files, place / INVENTORY, data)
            write_file(self._files, place / sidecar_name("sha512"), sidecar(data))
        if self._previous is None:
            write_file(self._files, self._folder / DECLARATION, DECLARATION_TEXT)
        sync_tree(self._files, self._folder)
        self._files.fsync_folder(self._folder.parent)
        self._prepared = inventory
        return inventory

    def _require_content(self, listed: set[str]) -> None:
        """ValueError unless the staged content is exactly ``listed``, without links and without empty folders."""
        found: set[str] = set()
        for folder, folders, names in os.walk(self.content, followlinks=False):
            if not folders and not names:
                raise ValueError(f"empty folder: {folder}")
            for name in (*folders, *names):
                path = Path(folder, name)
                if path.is_symlink() or not (path.is_dir() or path.is_file()):
                    raise ValueError(f"neither file nor folder: {path}")
            found |= {Path(folder, name).relative_to(self._folder).as_posix() for name in names}
        if found != listed:
            raise ValueError(f"staged content differs from the state: {sorted(found ^ listed)[:5]}")

    def publish(self, root: Path, object_path: str) -> Inventory:
        """Put the prepared version in place below ``root``; on return it survives a crash.

        New object: the missing folders above it are made and synced, then one rename. Next version: its folder is
        renamed into the object, then the root inventory is replaced, then its sidecar, each step synced before the
        next. Raises FileExistsError when object or version are there already, RuntimeError without ``prepare``.
        """
        if self._prepared is None:
            raise RuntimeError("prepare comes before publish")
        if self._previous is None:
            self._publish_object(root, object_path)
        else:
            self._publish_version(root / object_path)
        return self._prepared

    def _publish_object(self, root: Path, object_path: str) -> None:
        parents = object_path.rpartition("/")[0]
        for made in make_folders(self._files, root, parents):
            self._files.fsync_folder(made.parent)
        target = root / object_path
        self._files.rename_new(self._folder, target)
        self._files.fsync_folder(target.parent)
        self._files.fsync_folder(self._folder.parent)

    def _publish_version(self, target: Path) -> None:
        if self._previous is None or (target / INVENTORY).read_bytes() != to_bytes(self._previous):
            raise RuntimeError("the object has changed since its inventory was read")
        self._files.rename_new(self._folder / self.version, target / self.version)
        self._files.fsync_folder(target)
        self._files.fsync_folder(self._folder)
        self._files.replace(self._folder / INVENTORY, target / INVENTORY)
        self._files.fsync_folder(target)
        self._files.replace(self._folder / sidecar_name("sha512"), target / sidecar_name("sha512"))
        self._files.fsync_folder(target)
        self._files.fsync_folder(self._folder)
