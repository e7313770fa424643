"""Opening 打开提交包: which shape a package has, told by its content: folder, zip, tar, tar.gz, each perhaps a bag."""

from __future__ import annotations

import itertools
from pathlib import Path

from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart
from ingest.packages.bag import DECLARATION, BagPackage
from ingest.packages.container import open_container
from ingest.packages.package import FolderPackage, Package
from ingest.terms import Entry


def open_package(path: Path, limits: IngestPart) -> tuple[Package, tuple[Entry, ...]]:
    """The package at ``path`` with its files; refuses what is none. The caller closes it."""
    package = _outer(path, limits)
    try:
        entries = package.entries()
        if any(entry.name == DECLARATION for entry in entries) and len(entries) <= limits.max_files:
            package = BagPackage(package, entries)
            entries = package.entries()
    except BaseException:
        package.close()
        raise
    return package, entries


def _outer(path: Path, limits: IngestPart) -> Package:
    if path.is_symlink():
        raise Refusal("ingest.package-unreadable", package=path.name, why="链接 / link")
    if path.is_dir():
        return FolderPackage(_bag_below(path) or path)
    if path.is_file():
        return open_container(path, limits)
    raise Refusal("ingest.package-unreadable", package=path.name, why="没有此文件 / no such file")


def _bag_below(path: Path) -> Path | None:
    """The single folder in a folder, when a bag lies in it: people hand over the folder around their bag."""
    try:
        below = list(itertools.islice(path.iterdir(), 2))
    except OSError:
        return None  # told when its files are listed
    alone = len(below) == 1 and below[0].is_dir() and not below[0].is_symlink()
    return below[0] if alone and (below[0] / DECLARATION).is_file() else None
