"""Broken objects: one mutation each, the code it must yield, and the verdict of ocfl-py on the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.ocfl.inventory import sidecar
from archive.ocfl.root import init_root, object_path
from archive.ocfl.validator import validate_object
from tests.archive.ocfl import judging
from tests.archive.ocfl.making import FIRST, OBJECT_ID, first_version, second_version, sha512

ONE = sha512(FIRST["data/oaaaa"])
Inventory = dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A mutation and the code that it must yield; ``alone`` says why ocfl-py does not see it."""

    code: str
    breaking: Callable[[Path], object]
    alone: str = ""


def edit(change: Callable[[Inventory], object], version: str = "v2") -> Callable[[Path], object]:
    """Change the inventory at the root and in the newest version, consistently with its sidecars."""

    def breaking(top: Path) -> None:
        document = json.loads((top / version / "inventory.json").read_bytes())
        change(document)
        for place in (top / version, *([top] if version == "v2" else [])):
            data = json.dumps(document).encode()
            (place / "inventory.json").write_bytes(data)
            (place / "inventory.json.sha512").write_bytes(sidecar(data))

    return breaking


def rewrite(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda top: (top / name).write_bytes(data)


def put(key: str, value: object) -> Callable[[Path], object]:
    return edit(lambda document: document.__setitem__(key, value))


def drop(key: str) -> Callable[[Path], object]:
    return edit(lambda document: document.pop(key))


def version(name: str, key: str, value: object) -> Callable[[Path], object]:
    return edit(lambda document: document["versions"][name].__setitem__(key, value))


def logical(path: str) -> Callable[[Path], object]:
    return edit(lambda document: document["versions"]["v2"]["state"][ONE].append(path))


def content(path: str) -> Callable[[Path], object]:
    return edit(lambda document: document["manifest"][ONE].append(path))


def rename_version(document: Inventory) -> None:
    document["versions"]["v3"] = document["versions"].pop("v2")


def upper_twice(document: Inventory) -> None:
    document["manifest"][ONE.upper()] = ["v1/content/data/oaaaa"]


def unused(document: Inventory) -> None:
    document["manifest"]["0" * 128] = ["v1/content/data/oaaaa"]


def missing_digest(document: Inventory) -> None:
    document["manifest"].pop(ONE)


def false_fixity(document: Inventory) -> None:
    document["fixity"] = {"md5": {"0" * 32: ["v1/content/data/oaaaa"]}}


def changed_history(document: Inventory) -> None:
    state = document["versions"]["v1"]["state"]
    state[ONE] = ["data/ozzzz"]


def swapped_history(document: Inventory) -> None:
    state, two = document["versions"]["v1"]["state"], sha512(FIRST["data/obbbb"])
    state[ONE], state[two] = state[two], state[ONE]


def earlier_file_listed_no_more(top: Path) -> None:
    document = json.loads((top / "v1/inventory.json").read_bytes())
    document["manifest"][ONE].append("v1/content/data/other")
    (top / "v1/content/data/other").write_bytes(FIRST["data/oaaaa"])
    data = json.dumps(document).encode()
    (top / "v1/inventory.json").write_bytes(data)
    (top / "v1/inventory.json.sha512").write_bytes(sidecar(data))


def flip(top: Path) -> None:
    path = top / "v1/content/data/oaaaa"
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)


def file_in_extensions(top: Path) -> None:
    (top / "extensions").mkdir()
    (top / "extensions/x").write_bytes(b"")


def no_first_inventory(top: Path) -> None:
    (top / "v1/inventory.json").unlink()
    (top / "v1/inventory.json.sha512").unlink()


BROKEN: dict[str, Broken] = {
    "extra file in the root": Broken("E001", rewrite("extra.txt", b"")),
    "extra folder in the root": Broken("E001", lambda top: (top / "extra").mkdir()),
    "no declaration": Broken("E003", lambda top: (top / "0=ocfl_object_1.1").unlink()),
    "two declarations": Broken("E003", rewrite("0=ocfl_object_1.0", b"ocfl_object_1.0\n")),
    "unknown declaration": Broken("E006", rewrite("0=ocfl_object_7.0", b"ocfl_object_7.0\n")),
    "declaration with other text": Broken("E007", rewrite("0=ocfl_object_1.1", b"ocfl_object_1.0\n")),
    "no versions at all": Broken("E008", put("versions", {})),
    "first version missing": Broken("E009", edit(lambda document: document["versions"].pop("v1"))),
    "gap in versions": Broken("E010", edit(rename_version)),
    "file in a version": Broken("E015", rewrite("v1/stray.txt", b"")),
    "content directory with slash": Broken("E017", put("contentDirectory", "a/b")),
    "content directory of dots": Broken("E018", put("contentDirectory", "..")),
    "file not in the manifest": Broken("E023", rewrite("v1/content/data/stray", b"x")),
    "file listed earlier, no more": Broken("E023", earlier_file_listed_no_more),
    "empty folder in content": Broken("E024", lambda top: (top / "v1/content/empty").mkdir()),
    "algorithm not allowed": Broken("E025", put("digestAlgorithm", "md5")),
    "not JSON": Broken("E033", rewrite("inventory.json", b"{")),
    "repeated name in JSON": Broken(
        "E033",
        lambda top: rewrite("inventory.json", b'{"id":"x",' + (top / "inventory.json").read_bytes()[1:])(top),
    ),
    "no id": Broken("E036", drop("id")),
    "no type": Broken("E036", drop("type")),
    "no algorithm": Broken("E036", drop("digestAlgorithm")),
    "no head": Broken("E036", drop("head")),
    "id of another object": Broken("E110", put("id", "urn:anjuan:other")),
    "id not a text": Broken("E037", put("id", 7)),
    "type of another version": Broken("E038", put("type", "https://ocfl.io/2.0/spec/#inventory")),
    "type older than the declaration": Broken(
        "E038", put("type", "https://ocfl.io/1.0/spec/#inventory"), "does not compare the type with the declaration"
    ),
    "head not the last": Broken("E040", put("head", "v1")),
    "no manifest": Broken("E041", drop("manifest")),
    "no versions block": Broken("E041", drop("versions")),
    "content path outside": Broken("E042", content("data/oaaaa")),
    "content path in no version": Broken("E042", content("v9/content/data/oaaaa")),
    "versions not an object": Broken("E044", put("versions", [])),
    "unknown version folder": Broken("E046", lambda top: (top / "v3").mkdir()),
    "missing version folder": Broken("E046", lambda top: shutil.rmtree(top / "v2")),
    "version without created": Broken("E048", edit(lambda document: document["versions"]["v2"].pop("created"))),
    "version without state": Broken("E048", edit(lambda document: document["versions"]["v2"].pop("state"))),
    "created without time zone": Broken("E049", version("v2", "created", "2026-03-01T08:30:00")),
    "created not a day": Broken("E049", version("v2", "created", "2026-02-30T08:30:00Z")),
    "digest not in the manifest": Broken("E050", edit(missing_digest)),
    "state not an object": Broken("E050", version("v2", "state", [])),
    "logical path with dots": Broken("E052", logical("data/../x")),
    "logical path with slash first": Broken("E053", logical("/data/x")),
    "user without name": Broken("E054", version("v2", "user", {"address": "mailto:a@example.org"})),
    "unknown fixity algorithm": Broken("E056", put("fixity", {"crc32": {}})),
    "fixity of unknown path": Broken("E057", put("fixity", {"md5": {"0" * 32: ["v1/content/none"]}})),
    "no sidecar": Broken("E058", lambda top: (top / "inventory.json.sha512").unlink()),
    "no sidecar in an earlier version": Broken("E058", lambda top: (top / "v1/inventory.json.sha512").unlink()),
    "sidecar of other bytes": Broken("E060", rewrite("inventory.json.sha512", b"0" * 128 + b" inventory.json\n")),
    "sidecar of other form": Broken("E061", rewrite("inventory.json.sha512", b"hello\n")),
    "no inventory": Broken("E063", lambda top: (top / "inventory.json").unlink()),
    "newest inventories differ": Broken("E064", lambda top: shutil.copy(top / "v1/inventory.json", top / "v2")),
    "history with other paths": Broken("E066", edit(changed_history)),
    "history with other content": Broken("E066", edit(swapped_history)),
    "file in extensions": Broken("E067", file_in_extensions),
    "link to a file": Broken("E090", lambda top: os.symlink("oaaaa", top / "v1/content/data/link")),
    "link to a folder": Broken("E090", lambda top: os.symlink("v1", top / "logs")),
    "content changed": Broken("E092", flip),
    "content missing": Broken("E092", lambda top: (top / "v1/content/data/obbbb").unlink()),
    "manifest value not an array": Broken(
        "E092", edit(lambda document: document["manifest"].__setitem__(ONE, "v1/content/data/oaaaa"))
    ),
    "false fixity": Broken("E093", edit(false_fixity)),
    "message not a text": Broken("E094", version("v2", "message", 7)),
    "logical path twice": Broken("E095", logical("data/oaaaa")),
    "logical path is a folder": Broken("E095", logical("data")),
    "manifest digest twice": Broken("E096", edit(upper_twice)),
    "content path with dots": Broken("E099", content("v1/content/./data/oaaaa")),
    "content path with slash last": Broken("E100", content("v1/content/data/")),
    "content path twice": Broken("E101", content("v1/content/data/oaaaa")),
    "key not specified": Broken("E102", put("note", "x"), "does not look at unknown keys"),
    "manifest not an object": Broken("E106", put("manifest", [])),
    "manifest digest never used": Broken("E107", edit(unused)),
    "fixity not an object": Broken("E111", put("fixity", [])),
}
WARNED: dict[str, Broken] = {
    "folder beside content": Broken("W002", lambda top: (top / "v1/other").mkdir()),
    "id not a URI": Broken(
        "W005", lambda top: [edit(lambda d: d.__setitem__("id", "x"), v)(top) for v in ("v1", "v2")]
    ),
    "no message": Broken("W007", edit(lambda document: document["versions"]["v2"].pop("message"))),
    "no address": Broken("W008", version("v2", "user", {"name": "A"})),
    "address not a URI": Broken("W009", version("v2", "user", {"name": "A", "address": "here"})),
    "no inventory in a version": Broken("W010", no_first_inventory),
    "another message in history": Broken("W011", version("v1", "message", "other")),
    "unregistered extension": Broken("W013", lambda top: (top / "extensions/mine").mkdir(parents=True)),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    init_root(folder / "root", {})
    second_version(folder / "root", folder / "two", first_version(folder / "root", folder / "one"))
    return folder / "root" / object_path(OBJECT_ID)


def codes(top: Path) -> set[str]:
    return {finding.code for finding in validate_object(top, deep=True)}


@pytest.mark.parametrize("name", [*BROKEN, *WARNED])
def test_each_mutation_yields_its_code(whole: Path, tmp_path: Path, name: str) -> None:
    broken = BROKEN.get(name) or WARNED[name]
    shutil.copytree(whole, tmp_path / "object")
    broken.breaking(tmp_path / "object")
    found = codes(tmp_path / "object")
    assert broken.code in found
    assert any(code[0] == "E" for code in found) == (name in BROKEN)


def test_ocfl_py_gives_the_same_verdict(whole: Path, tmp_path: Path) -> None:
    objects = {}
    for number, (name, broken) in enumerate([*BROKEN.items(), *WARNED.items()]):
        objects[name] = tmp_path / str(number)
        shutil.copytree(whole, objects[name])
        broken.breaking(objects[name])
    told = judging.ask([whole, *objects.values()])
    assert told[whole] == []
    wrong = {}
    for name, top in objects.items():
        broken = BROKEN.get(name) or WARNED[name]
        # a judge that falls over an object has not accepted it
        is_refused = any(code.startswith(("E", "crash")) for code in told[top])
        if is_refused != (name in BROKEN and not broken.alone):
            wrong[name] = (told[top], sorted(codes(top)))
    assert not wrong


def test_an_object_of_the_older_specification_is_understood(tmp_path: Path) -> None:
    data = b"old"
    digest = hashlib.sha256(data).hexdigest()
    (tmp_path / "v001/content").mkdir(parents=True)
    (tmp_path / "v001/content/a").write_bytes(data)
    (tmp_path / "0=ocfl_object_1.0").write_bytes(b"ocfl_object_1.0\n")
    version_one = {"created": "2020-01-01T00:00:00+08:00", "state": {digest: ["a"]}}
    document = {
        "id": "http://example.org/old",
        "type": "https://ocfl.io/1.0/spec/#inventory",
        "digestAlgorithm": "sha256",
        "head": "v001",
        "manifest": {digest: ["v001/content/a"]},
        "versions": {"v001": version_one},
    }
    inventory = json.dumps(document).encode()
    for place in (tmp_path, tmp_path / "v001"):
        (place / "inventory.json").write_bytes(inventory)
        (place / "inventory.json.sha256").write_bytes(sidecar(inventory, "sha256"))
    assert codes(tmp_path) == {"W001", "W004", "W007"}
    assert judging.ask([tmp_path])[tmp_path] == ["W001", "W004", "W007"]
