"""Copying 复制 a folder so that it is wholly there under its name, on the disk, or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from archive.ocfl.files import Files, write_all

BLOCK = 1 << 20


def copy_folder(files: Files, source: Path, target: Path) -> None:
    """Copies ``source`` to ``target``, which must not exist: every file and folder is synced; links are an error.

    The caller gives a temporary name and puts the folder in place by ``files.rename_new``.
    """
    files.make_folder(target)
    with os.scandir(source) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            copy_folder(files, Path(entry.path), target / entry.name)
        elif entry.is_file(follow_symlinks=False):
            copy_file(files, Path(entry.path), target / entry.name)
        else:
            raise OSError(errno.EINVAL, "neither a file nor a folder", entry.path)
    files.fsync_folder(target)


def copy_file(files: Files, source: Path, target: Path) -> None:
    """Copies one file whole to a new name and has its bytes on the disk."""
    with source.open("rb", buffering=0) as reading:
        descriptor = files.open_new(target)
        try:
            while block := reading.read(BLOCK):
                write_all(files, descriptor, block)
            files.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        files.close(descriptor)


def make_folder_durable(files: Files, folder: Path) -> None:
    """Makes a folder and the parents it lacks, each with its name on the disk."""
    if folder.is_dir():
        return
    make_folder_durable(files, folder.parent)
    files.make_folder(folder)
    files.fsync_folder(folder.parent)


def drop(path: Path) -> None:
    """Removes what an interrupted copy left under its temporary name."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
