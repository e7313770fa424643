"""Bags of others: one flaw each, the finding it must yield, and the verdict of bagit.py on the same bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive.bagit.terms import BagFinding
from archive.bagit.validator import validate_bag
from archive.ocfl.terms import KnownFile
from archive.ocfl.trees import FolderTree
from tests.archive.bagit import judging
from tests.archive.bagit.making import MemoryTree, hand_bag, judge, lay

ONE = {"data/one.txt": b"one\n", "data/two.txt": b"two\n"}
MD5 = hashlib.md5(b"one\n", usedforsecurity=False).hexdigest()
ZERO = "0" * 32


@dataclass(frozen=True)
class Bag:
    """A bag by what is changed in a valid one; ``finding`` is "" for a bag without findings.

    ``alone`` says why the verdict of bagit.py is another.
    """

    finding: str
    changed: Mapping[str, bytes | None] = field(default_factory=dict)
    version: str = "1.0"
    algorithms: tuple[str, ...] = ("sha256",)
    payload: Mapping[str, bytes] = field(default_factory=lambda: ONE)
    encoding: str = "UTF-8"
    more_lines: str = ""
    alone: str = ""

    def files(self) -> dict[str, bytes]:
        files: dict[str, bytes | None] = {**hand_bag(self.version, self.algorithms, self.payload, self.encoding)}
        if self.more_lines:
            name = f"manifest-{self.algorithms[0]}.txt"
            files[name] = (files[name] or b"") + self.more_lines.encode(self.encoding)
        files.update(self.changed)
        return {name: data for name, data in files.items() if data is not None}


def info(*lines: str) -> dict[str, bytes]:
    return {"bag-info.txt": "".join(f"{line}\n" for line in lines).encode()}


def tags(text: str) -> dict[str, bytes]:
    return {"tagmanifest-md5.txt": text.encode()}


def declared(text: str) -> dict[str, bytes]:
    return {"bagit.txt": text.encode()}


GOOD = "Tag-File-Character-Encoding: UTF-8\n"
DECLARED = hashlib.sha256(f"BagIt-Version: 1.0\n{GOOD}".encode()).hexdigest()
LISTED = hashlib.sha256(b"one\n").hexdigest()
VALID: dict[str, Bag] = {
    **{f"version {version}": Bag("", version=version) for version in ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")},
    **{
        f"algorithm {name}": Bag("", algorithms=(name,))
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b")
    },
    "two algorithms": Bag("", algorithms=("md5", "sha512")),
    "UTF-16 tag files": Bag(
        "", version="0.97", encoding="UTF-16", changed={"bag-info.txt": "A: 案\n".encode("utf-16")}
    ),
    "Latin-1 tag files": Bag("", version="0.97", encoding="ISO-8859-1", payload={"data/é": b"x"}),
    "GB18030 tag files": Bag("", version="0.97", encoding="GB18030", payload={"data/案卷": b"x"}),
    "upper-case digests": Bag(
        "",
        algorithms=("md5",),
        payload={"data/one.txt": b"one\n"},
        changed={"manifest-md5.txt": f"{MD5.upper()}\tdata/one.txt\n".encode()},
    ),
    "blank lines and comments": Bag("", more_lines="\n# note\n"),
    "no final line end": Bag("", changed={"bagit.txt": f"BagIt-Version: 1.0\n{GOOD}".rstrip().encode()}),
    "CR LF line ends": Bag("", changed=declared(f"BagIt-Version: 1.0\r\n{GOOD}")),
    "repeated metadata": Bag("", changed=info("Contact-Name: A", "Contact-Name: B", "  and", "\tmore")),
    "right Payload-Oxum": Bag("", changed=info("Payload-Oxum: 8.2")),
    "other tag files": Bag("", changed={"metadata/mets.xml": b"<x/>"}),
    "percent encoding": Bag(
        "", payload={"data/100%25": b"x"}, changed={"data/100%25": None, "data/100%": b"x"}, alone="does not decode %25"
    ),
}
WARNED: dict[str, Bag] = {
    "asterisks of md5sum": Bag(
        "manifest-asterisk",
        version="0.97",
        algorithms=("md5",),
        changed={"manifest-md5.txt": f"{MD5} *data/one.txt\n".encode(), "data/two.txt": None},
    ),
    "dots before the path": Bag(
        "path-dotted",
        version="0.97",
        algorithms=("md5",),
        changed={"manifest-md5.txt": f"{MD5}  ./data/one.txt\n".encode(), "data/two.txt": None},
    ),
    "percent sign as it is": Bag("percent-not-encoded", version="0.97", payload={"data/100%25": b"x"}),
    "file listed twice, old version": Bag("path-listed-twice", version="0.97", more_lines=f"{LISTED} data/one.txt\n"),
    "name written in another Unicode form": Bag(
        "name-form-differs",
        payload={"data/e\u0301": b"x"},
        changed={"data/e\u0301": None, "data/é": b"x"},
        alone="looks for the spelling of the manifest only",
    ),
    "name not NFC": Bag("name-not-nfc", payload={"data/e\u0301": b"x"}),
    "names that differ in case": Bag("name-collides-case", payload={"data/A": b"x", "data/a": b"y"}),
    "byte order mark in a tag file": Bag("tag-bom", changed={"bag-info.txt": b"\xef\xbb\xbfA: b\n"}),
    "malformed metadata": Bag("info-malformed", changed=info("Contact-Name A"), alone="cannot parse the line"),
    "fetch.txt of files that are there": Bag(
        "fetch-present", changed={"fetch.txt": b"http://example.org/x 4 data/one.txt\n"}
    ),
    "two values of Payload-Oxum": Bag("oxum-repeated", changed=info("Payload-Oxum: 8.2", "Payload-Oxum: 9.9")),
    "payload manifests that differ, old version": Bag(
        "manifests-differ-old",
        version="0.97",
        algorithms=("sha256",),
        changed={"manifest-md5.txt": f"{MD5} data/one.txt\n".encode()},
    ),
    "tag manifest without the manifest": Bag("manifest-untagged", changed=tags("")),
}
INVALID: dict[str, Bag] = {
    "no bagit.txt": Bag("bagit-missing", changed={"bagit.txt": None}),
    "byte order mark in bagit.txt": Bag("bagit-bom", changed=declared(f"\ufeffBagIt-Version: 1.0\n{GOOD}")),
    "space before the colon": Bag(
        "bagit-malformed", changed=declared(f"BagIt-Version : 1.0\n{GOOD}"), alone="strips the label"
    ),
    "one line only": Bag("bagit-malformed", changed=declared("BagIt-Version: 1.0\n")),
    "version of letters": Bag("bagit-malformed", changed=declared(f"BagIt-Version: a.b\n{GOOD}")),
    "unknown version": Bag("version-unknown", changed=declared(f"BagIt-Version: 7.3\n{GOOD}")),
    "unknown encoding": Bag(
        "encoding-unknown", changed=declared("BagIt-Version: 1.0\nTag-File-Character-Encoding: nonsense\n")
    ),
    "encoding that is a program": Bag(
        "encoding-unknown",
        changed=declared("BagIt-Version: 1.0\nTag-File-Character-Encoding: unicode_escape\n"),
        alone="takes any codec of Python",
    ),
    "tag file in another encoding": Bag("tag-undecodable", changed={"bag-info.txt": "A: 案\n".encode("gb18030")}),
    "no manifest": Bag("manifest-missing", changed={"manifest-sha256.txt": None}),
    "unknown algorithm": Bag(
        "algorithm-unknown",
        changed={"manifest-crc32.txt": b"00 data/one.txt\n"},
        alone="passes over what it cannot compute",
    ),
    "malformed line": Bag("manifest-malformed", more_lines="nonsense\n", alone="logs the line and goes on"),
    "digest of another length": Bag("digest-malformed", more_lines="00 data/one.txt\n"),
    "no payload folder": Bag("data-missing", payload={}),
    "file missing": Bag("file-missing", changed={"data/two.txt": None}),
    "tag file missing": Bag("file-missing", changed=tags(f"{ZERO} gone.txt\n")),
    "file not listed": Bag("file-unlisted", changed={"data/three.txt": b"3"}),
    "wrong digest": Bag("digest-wrong", changed={"data/two.txt": b"TWO\n"}),
    "wrong digest of one algorithm": Bag(
        "digest-wrong", algorithms=("sha256", "md5"), changed={"manifest-md5.txt": f"{MD5} data/two.txt\n".encode()}
    ),
    "wrong digest of a tag file": Bag("digest-wrong", changed=tags(f"{ZERO} bagit.txt\n")),
    "manifests that differ": Bag(
        "manifests-differ",
        changed={"manifest-md5.txt": f"{MD5} data/one.txt\n".encode()},
        alone="accepts what one manifest lists",
    ),
    "listed twice": Bag("path-listed-again", more_lines=f"{LISTED} data/one.txt\n"),
    "listed with two digests": Bag("path-listed-conflicting", more_lines=f"{'0' * 64} data/one.txt\n"),
    "path with dots": Bag("path-unsafe", more_lines=f"{'0' * 64} data/../../secret\n"),
    "absolute path": Bag("path-unsafe", more_lines=f"{'0' * 64} /etc/passwd\n"),
    "path from home": Bag("path-unsafe", more_lines=f"{'0' * 64} ~/secret\n"),
    "path of a drive": Bag("path-unsafe", more_lines=f"{'0' * 64} C:\\secret\n"),
    "payload manifest of a tag file": Bag(
        "path-misplaced",
        more_lines=f"{DECLARED} bagit.txt\n",
        alone="does not look where a listed file lies",
    ),
    "names that differ in Unicode form": Bag(
        "name-collides-form", payload={"data/é": b"x", "data/e\u0301": b"y"}, alone="takes both"
    ),
    "wrong Payload-Oxum": Bag("oxum-wrong", changed=info("Payload-Oxum: 9.2")),
    "malformed Payload-Oxum": Bag("oxum-malformed", changed=info("Payload-Oxum: 9 bytes")),
    "fetch.txt of a file not there": Bag(
        "fetch-incomplete", changed={"data/two.txt": None, "fetch.txt": b"http://example.org/x 4 data/two.txt\n"}
    ),
    "fetch.txt of an unlisted file": Bag(
        "fetch-unlisted",
        changed={"fetch.txt": b"http://example.org/x - data/nine.txt\n"},
        alone="does not compare fetch.txt with the manifests",
    ),
    "fetch.txt that leads out": Bag("path-unsafe", changed={"fetch.txt": b"http://example.org/x - ../x\n"}),
    "malformed fetch.txt": Bag("fetch-malformed", changed={"fetch.txt": b"nonsense\n"}),
}
CASES = {**VALID, **WARNED, **INVALID}


@pytest.mark.parametrize("name", CASES)
def test_each_bag_yields_its_finding(tmp_path: Path, name: str) -> None:
    bag = CASES[name]
    found = judge(lay(tmp_path, bag.files()))
    if name in VALID:
        assert found == []
    else:
        assert bag.finding in {finding.code for finding in found}
        assert any(finding.is_error for finding in found) == (name in INVALID)


def test_bagit_py_gives_the_same_verdict(tmp_path: Path) -> None:
    folders = {name: lay(tmp_path / str(number), bag.files()) for number, (name, bag) in enumerate(CASES.items())}
    told = judging.ask(list(folders.values()))
    wrong = {}
    for name, folder in folders.items():
        if bool(told[folder]) != ((name in INVALID) != bool(CASES[name].alone)):
            wrong[name] = told[folder]
    assert wrong == {}


def test_a_bag_in_an_archive_is_judged_without_unpacking() -> None:
    tree = MemoryTree(Bag("", algorithms=("md5", "sha1", "sha512")).files())
    assert validate_bag(tree) == []
    assert sorted(tree.opened) == sorted(set(tree.opened)), "a file was read twice"


def test_known_digests_spare_the_reading() -> None:
    files = Bag("", algorithms=("sha512",)).files()
    known = {name: KnownFile(len(data), {"sha512": hashlib.sha512(data).hexdigest()}) for name, data in ONE.items()}
    tree = MemoryTree(files)
    assert validate_bag(tree, known=known) == []
    assert not set(ONE) & set(tree.opened)
    files["manifest-sha512.txt"] = files["manifest-sha512.txt"].replace(b"0", b"1", 1)
    assert [finding.code for finding in validate_bag(MemoryTree(files), known=known)] == ["digest-wrong"]


def test_all_findings_at_once(tmp_path: Path) -> None:
    changed = {"data/two.txt": b"TWO\n", "data/three.txt": b"3", **info("Payload-Oxum: 1.1")}
    found = judge(lay(tmp_path, Bag("", changed=changed).files()))
    assert {finding.code for finding in found} == {"digest-wrong", "file-unlisted", "oxum-wrong"}
    assert found == sorted(found)


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"one\n")
    bag = lay(tmp_path / "bag", Bag("").files())
    (bag / "data/one.txt").unlink()
    os.symlink(tmp_path / "secret", bag / "data/one.txt")
    os.mkfifo(bag / "data/pipe")
    os.symlink("/etc", bag / "data/etc")
    codes = [(finding.code, finding.path) for finding in judge(bag)]
    assert ("entry-not-file", "data/pipe") in codes
    assert ("entry-not-file", "data/etc") in codes
    assert ("file-missing", "data/one.txt") in codes
    with FolderTree(bag) as tree:
        for name in ("data/one.txt", "data/etc/passwd", "../secret", "data/pipe", "data/../../secret"):
            with pytest.raises(OSError, match=r"."):
                tree.open(name)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    bag = lay(tmp_path, Bag("").files())
    Path(os.fsdecode(os.fsencode(bag / "data") + b"/\xff")).write_bytes(b"x")
    found = judge(bag)
    assert BagFinding("name-not-utf8", "data/\udcff", "the name is not UTF-8") in found


def test_a_tag_file_is_not_read_beyond_its_limit() -> None:
    found = validate_bag(MemoryTree(Bag("").files()), tag_limit=10)
    assert {finding.code for finding in found} == {"tag-too-large"}
