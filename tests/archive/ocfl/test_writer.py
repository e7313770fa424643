"""Writing objects: what we write is valid to us and to ocfl-py, the same every time, and never over something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from archive.bagit.validator import validate_bag
from archive.ocfl.files import DiskFiles
from archive.ocfl.inventory import from_bytes, next_inventory, to_bytes
from archive.ocfl.reading import read_object
from archive.ocfl.root import init_root, object_path
from archive.ocfl.root_validator import validate_root
from archive.ocfl.terms import Content
from archive.ocfl.trees import FolderTree
from archive.ocfl.validator import check_object
from archive.ocfl.writer import ObjectStaging
from tests.archive.ocfl import judging
from tests.archive.ocfl.making import (
    FIRST,
    NOTE,
    OBJECT_ID,
    SECOND,
    first_version,
    second_version,
    sha512,
    stage,
)
from tests.services import judges

PLACE = object_path(OBJECT_ID)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    init_root(path, {"README.txt": b"how to read\n", "spec/format.md": b"format\n"})
    return path


def test_place_is_the_hashed_n_tuple() -> None:
    # the example of extension 0004
    place = "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"
    assert object_path("object-01") == place


def test_two_versions_are_valid_and_nothing_is_stored_twice(root: Path, tmp_path: Path) -> None:
    inventory = first_version(root, tmp_path / "one")
    assert validate_bag(FolderTree(root / PLACE / "v1/content")) == []
    inventory = second_version(root, tmp_path / "two", inventory)
    assert [finding for finding in validate_root(root, deep=True) if finding.code != "W016"] == []
    stored = sorted(path.name for path in (root / PLACE / "v2/content").rglob("*") if path.is_file())
    assert stored == ["bag-info.txt", "manifest-sha512.txt", "odddd", "seal.p7s", "tagmanifest-sha512.txt"]
    assert read_object(root / PLACE).inventory == inventory


def test_other_judges_accept_root_and_bags(root: Path, tmp_path: Path) -> None:
    inventory = second_version(root, tmp_path / "two", first_version(root, tmp_path / "one"))
    assert judging.ask([root / PLACE]) == {root / PLACE: []}
    assert judges.ocfl_validate(root / PLACE)
    assert judges.bagit_validate(root / PLACE / "v1/content")
    view = read_object(root / PLACE)
    for version in inventory.versions:
        out = tmp_path / f"export-{version.name}"
        for name in version.state:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            with view.open(name, version.name) as stream:
                (out / name).write_bytes(stream.read())
        assert judges.bagit_validate(out)


def test_each_version_is_a_bag_read_once(root: Path, tmp_path: Path) -> None:
    second_version(root, tmp_path / "two", first_version(root, tmp_path / "one"))
    view = read_object(root / PLACE)
    known = check_object(root / PLACE, deep=True).known
    for version, payload in (("v1", FIRST), ("v2", {**FIRST, **SECOND})):
        tree = view.tree(version)
        assert [name for name in tree.names() if name.startswith("data/")] == sorted(payload)
        here = {name: known[view.content_path(name, version)] for name in tree.names()}
        assert validate_bag(tree, known=here) == []
        assert validate_bag(tree) == []


def test_same_input_gives_same_bytes(root: Path, tmp_path: Path) -> None:
    first_version(root, tmp_path / "one")
    other = tmp_path / "other"
    init_root(other, {"README.txt": b"how to read\n", "spec/format.md": b"format\n"})
    first_version(other, tmp_path / "again")
    ours = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert ours == {path.relative_to(other): path.read_bytes() for path in other.rglob("*") if path.is_file()}


def test_nothing_is_written_over(root: Path, tmp_path: Path) -> None:
    previous = first_version(root, tmp_path / "one")
    with pytest.raises(FileExistsError):
        first_version(root, tmp_path / "again")
    second_version(root, tmp_path / "two", previous)
    with pytest.raises(RuntimeError):
        second_version(root, tmp_path / "late", previous)


def test_staged_content_must_be_the_state(tmp_path: Path) -> None:
    version = stage(DiskFiles(), tmp_path / "one", FIRST)
    (version.content / "stray").write_bytes(b"x")
    state = {"data/oaaaa": Content(sha512(FIRST["data/oaaaa"]), "v1/content/data/oaaaa")}
    with pytest.raises(ValueError, match="differs"):
        ObjectStaging(DiskFiles(), tmp_path / "one", OBJECT_ID).prepare(state, NOTE)


def test_unfit_states_are_refused() -> None:
    good = Content(sha512(b"x"), "v1/content/data/x")
    for state in (
        {"../x": good},
        {"data/x": replace(good, path="v2/content/data/x")},
        {"data/x": replace(good, path="v1/content/../x")},
        {"data/x": replace(good, path=None)},
        {"data/x": replace(good, sha512="00")},
        {"data/x": good, "data/x/y": good},
        {"a": good, "b": replace(good, sha512=sha512(b"y"))},
    ):
        with pytest.raises(ValueError, match=r"."):
            next_inventory(None, OBJECT_ID, state, NOTE)
    with pytest.raises(ValueError, match="time zone"):
        next_inventory(None, OBJECT_ID, {"x": good}, replace(NOTE, created=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_inventory_reads_back(root: Path, tmp_path: Path) -> None:
    inventory = second_version(root, tmp_path / "two", first_version(root, tmp_path / "one"))
    assert from_bytes(to_bytes(inventory)) == inventory
    assert to_bytes(from_bytes(to_bytes(inventory))) == to_bytes(inventory)
