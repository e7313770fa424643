"""Any names and bytes make a valid bag that reads back; any changed byte of any file is found."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.bagit.names import decode_path, encode_path, is_safe, plain, same_when
from archive.bagit.tagfiles import parse_manifest, write_manifest
from archive.bagit.validator import validate_bag
from archive.bagit.writer import write_tags
from archive.ocfl.files import DiskFiles
from tests.archive.bagit.making import DAY, MemoryTree

PART = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\x00"), min_size=1, max_size=8)
NAME = st.lists(PART, min_size=1, max_size=3).map(lambda parts: "data/" + "/".join(parts))
PAYLOAD = st.dictionaries(NAME, st.binary(max_size=20), max_size=5)


def is_fit(names: dict[str, bytes]) -> bool:
    folders = {name[:end] for name in names for end, sign in enumerate(name) if sign == "/"}
    return (
        all(is_safe(name) and plain(name) == name for name in names)
        and not same_when("form", names)
        and not folders & names.keys()
    )


def bag_of(payload: dict[str, bytes]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        sizes = {name: (hashlib.sha512(data).hexdigest(), len(data)) for name, data in payload.items()}
        tags = write_tags(DiskFiles(), Path(folder), sizes, DAY, "Anjuan 0.1")
        return {**payload, **{name: Path(folder, name).read_bytes() for name in tags.written}}


@settings(max_examples=60, deadline=None)
@given(PAYLOAD.filter(is_fit))
def test_any_payload_round_trips(payload: dict[str, bytes]) -> None:
    tree = MemoryTree({"data/.keep": b"", **bag_of({"data/.keep": b"", **payload})})
    assert [finding for finding in validate_bag(tree) if finding.is_error] == []


@settings(max_examples=60, deadline=None)
@given(st.data(), PAYLOAD.filter(is_fit))
def test_any_changed_byte_is_found(data: st.DataObject, payload: dict[str, bytes]) -> None:
    files = bag_of({"data/.keep": b"kept", **payload})
    name = data.draw(st.sampled_from(sorted(name for name, content in files.items() if content)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    changed = bytearray(files[name])
    changed[place] ^= data.draw(st.integers(1, 255))
    found = validate_bag(MemoryTree({**files, name: bytes(changed)}))
    if name != "tagmanifest-sha512.txt":
        assert any(finding.is_error for finding in found)
    else:
        # nothing lists the tag manifest: a change of layout alone passes here, and is what the seal covers
        assert any(finding.is_error for finding in found) or is_same_list(files[name], bytes(changed))


def is_same_list(old: bytes, new: bytes) -> bool:
    entries = [(digest, path.rstrip(" \t").removeprefix("*")) for digest, path in parse_manifest(new.decode())[0]]
    return entries == parse_manifest(old.decode())[0] or b"#" in new


@given(st.text(max_size=20))
def test_percent_encoding_round_trips(path: str) -> None:
    assert decode_path(encode_path(path)) == path
    assert not set("\r\n") & set(encode_path(path))


@given(st.dictionaries(NAME, st.binary(min_size=64, max_size=64).map(bytes.hex), max_size=4))
def test_manifests_round_trip(digests: dict[str, str]) -> None:
    entries, bad = parse_manifest(write_manifest(digests).decode())
    assert not bad
    assert {decode_path(written): digest for digest, written in entries} == digests
