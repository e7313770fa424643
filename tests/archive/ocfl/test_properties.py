"""Any sequence of versions reads back and is valid; any changed byte of any file is found."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.ocfl.files import DiskFiles, make_folders, write_file
from archive.ocfl.inventory import Inventory
from archive.ocfl.paths import clashes
from archive.ocfl.reading import read_object
from archive.ocfl.root import init_root, object_path
from archive.ocfl.root_validator import validate_root
from archive.ocfl.terms import Content
from archive.ocfl.validator import validate_object
from archive.ocfl.writer import ObjectStaging
from tests.archive.ocfl.making import NOTE, OBJECT_ID, first_version, second_version, sha512

PART = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\x00"), min_size=1, max_size=6)
NAME = st.lists(PART.filter(lambda part: part not in (".", "..")), min_size=1, max_size=3).map("/".join)
STATE = st.dictionaries(NAME, st.binary(max_size=3), min_size=1, max_size=5).filter(lambda state: not clashes(state))


def add_version(folder: Path, state: dict[str, bytes], previous: Inventory | None) -> Inventory:
    """Write one more version, storing only what no earlier version holds."""
    staging = folder / f"staging{len(previous.versions) if previous else 0}"
    staging.mkdir()
    files = DiskFiles()
    version = ObjectStaging(files, staging, OBJECT_ID, previous)
    held = set(previous.held) if previous else set()
    contents = {}
    for name, data in state.items():
        path = f"{version.version}/content/{name}"
        if sha512(data) in held:
            contents[name] = Content(sha512(data))
            continue
        make_folders(files, staging, path.rpartition("/")[0])
        write_file(files, staging / path, data)
        contents[name] = Content(sha512(data), path)
        held.add(sha512(data))
    version.prepare(contents, NOTE)
    return version.publish(folder / "root", object_path(OBJECT_ID))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(STATE, min_size=1, max_size=4))
def test_any_versions_round_trip(tmp_path: Path, states: list[dict[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as name:
        folder = Path(name)
        init_root(folder / "root", {})
        inventory = None
        for state in states:
            inventory = add_version(folder, state, inventory)
        assert validate_root(folder / "root", deep=True) == []
        view = read_object(folder / "root" / object_path(OBJECT_ID))
        for version, state in zip(view.inventory.versions, states, strict=True):
            assert set(view.state(version.name)) == set(state)
            for logical, data in state.items():
                with view.open(logical, version.name) as stream:
                    assert stream.read() == data
                assert view.size(logical, version.name) == len(data)
        stored = [path for path in view.path.rglob("content/**/*") if path.is_file()]
        assert len(stored) == len({data for state in states for data in state.values()})


def test_each_changed_byte_is_found(tmp_path: Path) -> None:
    init_root(tmp_path / "root", {})
    second_version(tmp_path / "root", tmp_path / "two", first_version(tmp_path / "root", tmp_path / "one"))
    top = tmp_path / "root" / object_path(OBJECT_ID)
    names = sorted(path.relative_to(top) for path in top.rglob("*") if path.is_file() and path.stat().st_size)

    @settings(max_examples=50, deadline=None)
    @given(st.sampled_from(names), st.integers(0, 10**6), st.integers(1, 255))
    def change(name: Path, place: int, mask: int) -> None:
        before = (top / name).read_bytes()
        changed = bytearray(before)
        changed[place % len(changed)] ^= mask
        (top / name).write_bytes(changed)
        try:
            found = [finding for finding in validate_object(top, deep=True) if finding.is_error]
        finally:
            (top / name).write_bytes(before)
        # a sidecar states a digest: another case of its letters or another blank states the same one
        assert found or (name.suffix == ".sha512" and changed.lower().split() == before.lower().split())

    change()
    for name in names:
        if "content" in name.parts:
            before = (top / name).read_bytes()
            (top / name).write_bytes(before + b"\x00")
            assert validate_object(top, deep=True)
            (top / name).write_bytes(before)
    shutil.rmtree(top / "v1/content/evidence")
    assert {finding.code for finding in validate_object(top, deep=False)} == {"E092"}
