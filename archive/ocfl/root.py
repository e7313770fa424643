"""Storage root 存储根: made once, found again unchanged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from archive.kernel.canonical import canonical
from archive.ocfl.files import DiskFiles, Files, make_folders, sync_tree, write_file
from archive.ocfl.paths import DIGEST, LAYOUT, TUPLE_COUNT, TUPLE_SIZE
from archive.ocfl.paths import object_path as object_path

ROOT_DECLARATION = "0=ocfl_1.1"
SPEC_FOLDER = "anjuan-format"
_DECLARATION_TEXT = b"ocfl_1.1\n"
_LAYOUT_TEXT = canonical(
    {"extension": LAYOUT, "description": "Hashed n-tuple layout: three folders of three digits of the id's SHA-256"}
)
_CONFIG_TEXT = canonical(
    {
        "digestAlgorithm": DIGEST,
        "extensionName": LAYOUT,
        "numberOfTuples": TUPLE_COUNT,
        "shortObjectRoot": False,
        "tupleSize": TUPLE_SIZE,
    }
)


def init_root(path: Path, spec_files: Mapping[str, bytes], *, files: Files | None = None) -> None:
    """Make ``path`` an OCFL 1.1 storage root with layout 0004; does nothing when it is one already.

    ``spec_files`` (name -> bytes) are kept beside the objects, so that a reader in thirty years finds the
    specifications: a plain name lies directly in the root, a path lies below ``extensions/anjuan-format/``, for OCFL
    allows other files in a root but no other folders (E088). Kept files never change: a new edition needs a new name.
    The declaration is written last: a folder without it is unfinished and is completed by the next call. Raises
    FileExistsError when the folder holds other things or a file with other bytes, ValueError for an unfit name.
    """
    files = files or DiskFiles()
    if not path.exists():
        files.make_folder(path)
        files.fsync_folder(path.parent)
    contents = {
        "ocfl_layout.json": _LAYOUT_TEXT,
        f"extensions/{LAYOUT}/config.json": _CONFIG_TEXT,
        **{_spec_place(name): data for name, data in spec_files.items()},
    }
    has_declaration = (path / ROOT_DECLARATION).exists()
    if not has_declaration:
        strangers = {entry.name for entry in os.scandir(path)} - {"extensions", *contents}
        if strangers:
            raise FileExistsError(f"not empty and not a storage root: {path}: {sorted(strangers)}")
    for name, data in contents.items():
        _place(files, path, name, data)
    sync_tree(files, path / "extensions")
    files.fsync_folder(path)
    if not has_declaration:
        _place(files, path, ROOT_DECLARATION, _DECLARATION_TEXT)
        files.fsync_folder(path)


def _spec_place(name: str) -> str:
    return f"extensions/{SPEC_FOLDER}/{name}" if "/" in name else name


def _place(files: Files, root: Path, name: str, data: bytes) -> None:
    """Write a file of the root through a temporary name, unless it is there with these bytes."""
    if name.startswith("/") or any(part in ("", ".", "..") for part in name.split("/")):
        raise ValueError(f"not a name below the root: {name!r}")
    target = root / name
    if target.exists():
        if target.read_bytes() != data:
            raise FileExistsError(f"there with other bytes: {target}")
        return
    folder, _, last = name.rpartition("/")
    make_folders(files, root, folder)
    # unfinished temporary files stay in extensions/, the one place where a root may hold them
    make_folders(files, root, "extensions")
    temporary = root / "extensions" / f".{last}.new"
    if temporary.exists():
        files.remove(temporary)
    write_file(files, temporary, data)
    files.rename_new(temporary, target)
