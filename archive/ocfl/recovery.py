"""Recovery 恢复: brings an object that a crash left between two versions to the newer one, or back to the older."""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum
from pathlib import Path

from archive.ocfl.files import Files, write_file
from archive.ocfl.inventory import INVENTORY, Inventory, from_bytes, sidecar, sidecar_name, to_bytes
from archive.ocfl.paths import version_number

_CHUNK = 1024 * 1024


class Recovery(StrEnum):
    """What recovery found and did 恢复结果."""

    CLEAN = "clean"
    FINISHED = "finished"
    ROLLED_BACK = "rolled_back"


class ObjectDamaged(Exception):
    """The object is in a state that no interrupted publishing leaves 对象损坏: a fault that a person must look at."""


def recover(files: Files, target: Path, scratch: Path) -> Recovery:
    """Finish or roll back an interrupted ``publish`` of the object at ``target``.

    A version folder that the root inventory does not know yet is read completely: when its inventory continues the
    object and every new content file has its digest, the version is finished; otherwise its folder is moved, never
    deleted, into ``scratch`` (an existing folder on the same file system). Raises ObjectDamaged for anything else.
    Can itself be interrupted and repeated.
    """
    numbers = [number for name in os.listdir(target) if (number := version_number(name)) and name == f"v{number}"]
    last = max(numbers, default=0)
    current = _read(target / INVENTORY)
    stated = _read(target / sidecar_name("sha512"))
    newest = _read(target / f"v{last}" / INVENTORY)
    is_stated = current is not None and stated == sidecar(current)
    root = _parsed(current) if is_stated else None
    if root and len(root.versions) == last:
        if current == newest:
            return Recovery.CLEAN
    elif root and len(root.versions) == last - 1:
        if newest is not None and _continues(target, root, last, newest):
            _install(files, target, scratch, newest)
            return Recovery.FINISHED
        _quarantine(files, target, scratch, last)
        return Recovery.ROLLED_BACK
    elif current is not None and current == newest and _is_stated(target, last, newest):
        # the root inventory was replaced, its sidecar not yet
        _install(files, target, scratch, newest)
        return Recovery.FINISHED
    raise ObjectDamaged(f"neither the old nor the new version is whole: {target}")


def remove_empty_folders(files: Files, root: Path, object_path: str) -> None:
    """Remove the folders above an object that was never renamed into place, as far as they are empty."""
    folder = root / object_path
    while (folder := folder.parent) != root:
        try:
            files.remove_folder(folder)
        except OSError:
            # in use by another object, or never made
            if folder.is_dir():
                return
        else:
            files.fsync_folder(folder.parent)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _parsed(data: bytes | None) -> Inventory | None:
    try:
        return from_bytes(data) if data is not None else None
    except ValueError:
        return None


def _is_stated(target: Path, last: int, newest: bytes) -> bool:
    return _read(target / f"v{last}" / sidecar_name("sha512")) == sidecar(newest)


def _continues(target: Path, root: Inventory, last: int, newest: bytes) -> bool:
    """Whether ``newest`` is a whole next version: sidecar, same object and history, each new file with its digest."""
    inventory = _parsed(newest) if _is_stated(target, last, newest) else None
    if inventory is None or inventory.object_id != root.object_id or inventory.versions[:-1] != root.versions:
        return False
    if to_bytes(inventory) != newest or len(inventory.versions) != last:
        return False
    for digest, paths in inventory.manifest.items():
        old = set(root.manifest.get(digest, ()))
        if not old <= set(paths):
            return False
        if any(_digest(target / path) != digest for path in set(paths) - old):
            return False
    return root.manifest.keys() <= inventory.manifest.keys()


def _digest(path: Path) -> str | None:
    digest = hashlib.sha512()
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def _install(files: Files, target: Path, scratch: Path, inventory: bytes) -> None:
    """Put inventory and sidecar at the object's root; both are rewritten, for neither can be trusted to be durable."""
    for name, data in ((INVENTORY, inventory), (sidecar_name("sha512"), sidecar(inventory))):
        temporary = _free_name(scratch, name)
        write_file(files, temporary, data)
        files.replace(temporary, target / name)
        files.fsync_folder(target)
    files.fsync_folder(scratch)


def _quarantine(files: Files, target: Path, scratch: Path, last: int) -> None:
    files.rename_new(target / f"v{last}", _free_name(scratch, f"{target.name}-v{last}"))
    files.fsync_folder(target)
    files.fsync_folder(scratch)


def _free_name(folder: Path, name: str) -> Path:
    number = 0
    while os.path.lexists(path := folder / f"{name}.{number}"):
        number += 1
    return path
