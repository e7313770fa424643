"""Opening a package: every shape gives the same files, bags are judged while they are read, and nothing is left."""

from __future__ import annotations

import os
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.kernel.refusals import Catalogue, Refusal
from archive.kernel.settings import IngestPart
from ingest.packages.opening import open_package
from ingest.service.intakes import to_refusal
from tests.ingest.packages import attacks_archives, attacks_contents
from tests.ingest.packages.shapes import (
    PAPERS,
    SHAPES,
    Files,
    bagged,
    good_files,
    manifest,
    pack,
    raw_members,
    raw_zip,
    retagged,
    tarred,
)

LIMITS = IngestPart()


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= before


def read(path: Path, limits: IngestPart = LIMITS) -> tuple[Files, list[str]]:
    """Every file of a package, and the codes of its problems."""
    package, entries = open_package(path, limits)
    try:
        found = {name: b"".join(pieces) for name, pieces in package.read(tuple(entry.name for entry in entries))}
        return found, [problem.code for problem in package.problems()]
    finally:
        package.close()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dress", ["plain", "folder on top", "bag", "bag below a folder"])
def test_every_shape_gives_the_same_files(tmp_path: Path, shape: str, dress: str) -> None:
    files = good_files()
    dressed = bagged(files) if "bag" in dress else files
    if "folder" in dress:
        dressed = {f"某案卷/{name}": data for name, data in dressed.items()}
    found, codes = read(pack(dressed, shape, tmp_path / "案卷"))
    # a plain folder in a folder is left as it is: nobody packed it
    assert (found, codes) == (dressed if (shape, dress) == ("folder", "folder on top") else files, [])


def test_a_tar_made_from_the_inside_has_dots_before_its_names(tmp_path: Path) -> None:
    files = good_files()
    path = tmp_path / "案卷.tar"
    path.write_bytes(tarred({f"./{name}": data for name, data in files.items()}))
    assert read(path) == (files, [])


def test_pax_and_gnu_headers_carry_long_names(tmp_path: Path) -> None:
    name = "/".join(["很长的文件夹名称" * 3] * 4) + "/文.txt"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        path = tmp_path / f"{form}.tar"
        with tarfile.open(path, "w", format=form) as archive:
            for each, data in {"case.json": b"{}", name: b"x"}.items():
                source = tmp_path / "source"
                source.write_bytes(data)
                archive.add(source, each)
        assert sorted(read(path)[0]) == sorted(["case.json", name])


def test_a_file_that_is_not_read_is_passed_over(tmp_path: Path) -> None:
    path = pack(good_files(), "zip", tmp_path / "案卷.zip")
    package, entries = open_package(path, LIMITS)
    names = tuple(entry.name for entry in entries)
    seen = [name for name, _ in package.read(names)]
    first = next(iter(package.read(names)))
    package.close()
    assert sorted(seen) == sorted(names)
    assert first[0] in names


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"])
def test_every_manifest_of_a_bag_is_compared_while_its_files_are_read(tmp_path: Path, algorithm: str) -> None:
    algorithms = tuple({"sha512", algorithm})
    bag = bagged(good_files(), algorithms)
    assert read(pack(bag, "tar", tmp_path / "good.tar")) == (good_files(), [])
    lie = {n: d for n, d in bag.items() if n.startswith("data/")} | {f"data/{PAPERS[1]}": b"other"}
    bag[f"manifest-{algorithm}.txt"] = manifest(lie, algorithm)
    found, codes = read(pack(retagged(bag, algorithms), "tar", tmp_path / "bad.tar"))
    assert codes == ["ingest.bag-invalid"]
    assert found == good_files()


def test_a_bag_in_another_encoding_is_compared_too(tmp_path: Path) -> None:
    bag = bagged(good_files(), ("sha256",))
    bag["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: GB18030\n"
    bag["manifest-sha256.txt"] = bag["manifest-sha256.txt"].decode().encode("gb18030")
    assert read(pack(retagged(bag, ("sha256",)), "zip", tmp_path / "good.zip")) == (good_files(), [])
    bag["manifest-sha256.txt"] = bag["manifest-sha256.txt"].replace(b"0", b"1", 1)
    assert read(pack(retagged(bag, ("sha256",)), "zip", tmp_path / "bad.zip"))[1] == ["ingest.bag-invalid"]


@pytest.mark.parametrize("made", [attacks_contents.bag_lies, attacks_contents.bag_incomplete])
def test_a_bag_that_lies_is_told(tmp_path: Path, made: object) -> None:
    for seed in range(8):
        files = made(random.Random(seed))  # type: ignore[operator]
        assert read(pack(files, "folder", tmp_path / str(seed)))[1]


@pytest.mark.parametrize("name", sorted(made.__name__ for made in attacks_archives.TARS))
def test_every_attack_by_tar_is_told_with_a_text(tmp_path: Path, name: str) -> None:
    attack = dict(attacks_archives.attacks())[f"tar {name}"]
    texts = Catalogue.load(("ingest", "archive")).texts
    path = attack(random.Random(3), tmp_path)
    try:
        package, entries = open_package(path, LIMITS)
    except Refusal as refusal:
        assert all(reason.code in texts for reason in refusal.all())
        return
    problems = package.problems()
    package.close()
    escaped = name == "tar_pax_escape" and any(entry.name not in good_files() for entry in entries)
    assert problems or escaped, "names are judged by whoever asked for the list"
    assert all(to_refusal(problem).code in texts for problem in problems)


def test_limits_of_the_installation_hold_for_archives(tmp_path: Path) -> None:
    path = tmp_path / "案卷.zip"
    path.write_bytes(raw_zip(raw_members({f"{number}.txt": b"x" * 100 for number in range(40)})))
    assert len(read(path)[0]) == 40
    for limits, code in (
        (IngestPart(max_files=10), "ingest.package-too-many"),
        (IngestPart(max_package_bytes=3_999), "ingest.package-too-large"),
    ):
        with pytest.raises(Refusal) as caught:
            read(path, limits)
        assert caught.value.code == code
