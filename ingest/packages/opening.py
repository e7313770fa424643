"""Opening 打开提交包: which shape a package has, told by its content."""

from __future__ import annotations

from pathlib import Path

from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart
from ingest.packages.package import FolderPackage, Package


def open_package(path: Path, limits: IngestPart) -> Package:
    """The package at ``path``; refuses what is none."""
    if path.is_dir() and not path.is_symlink():
        return FolderPackage(path)
    raise Refusal("ingest.package-unreadable", package=str(path), why="not a folder")
