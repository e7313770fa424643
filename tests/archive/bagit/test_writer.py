"""Our bags: valid to us and to bagit.py, deterministic, and refused for names that no bag may carry."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from archive.bagit.writer import write_tags
from archive.ocfl.files import DiskFiles
from tests.archive.bagit import judging
from tests.archive.bagit.making import DAY, PAYLOAD, judge, make_bag
from tests.archive.ocfl.faults import FaultyFiles


def test_tag_files_to_the_byte(tmp_path: Path) -> None:
    tags = make_bag(tmp_path, {"data/o": b"x"}, {"evidence/v1/seal.p7s": b"s"})
    digest = hashlib.sha512(b"x").hexdigest()
    assert (tmp_path / "bagit.txt").read_bytes() == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    info = b"Bag-Software-Agent: Anjuan 0.1\nBagging-Date: 2026-03-01\nPayload-Oxum: 1.1\n"
    assert (tmp_path / "bag-info.txt").read_bytes() == info
    assert (tmp_path / "manifest-sha512.txt").read_text() == f"{digest}  data/o\n"
    assert (tmp_path / "tagmanifest-sha512.txt").read_bytes() == tags.tagmanifest_bytes
    listed = [line.split("  ")[1] for line in tags.tagmanifest_bytes.decode().splitlines()]
    assert listed == ["bag-info.txt", "bagit.txt", "evidence/v1/seal.p7s", "manifest-sha512.txt"]
    for name, stated in tags.digests.items():
        assert hashlib.sha512((tmp_path / name).read_bytes()).hexdigest() == stated


def test_valid_to_us_and_to_bagit(tmp_path: Path) -> None:
    make_bag(tmp_path / "a", PAYLOAD, {"evidence/v1/seal.p7s": b"s"})
    make_bag(tmp_path / "empty", {})
    make_bag(tmp_path / "odd", {"data/a\nb%25\rc %": b"x", "data/ lead": b"y"})
    for name in ("a", "empty", "odd"):
        assert judge(tmp_path / name) == []
    told = judging.ask([tmp_path / "a", tmp_path / "empty"])
    assert set(told.values()) == {""}


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    first = make_bag(tmp_path / "a", PAYLOAD)
    again = make_bag(tmp_path / "b", dict(reversed(PAYLOAD.items())))
    assert first == again


def test_held_tag_files_are_listed_but_not_written(tmp_path: Path) -> None:
    digest = hashlib.sha512(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n").hexdigest()
    tags = write_tags(DiskFiles(), tmp_path, {}, DAY, "Anjuan 0.1", held={digest})
    assert "bagit.txt" not in tags.written
    assert not (tmp_path / "bagit.txt").exists()
    assert digest in tags.tagmanifest_bytes.decode()


@pytest.mark.parametrize(
    "name",
    ["one", "data/../x", "data//x", "data/./x", "/data/x", "data/\udc80", "~/x", "C:/x", "data/a\\..\\b", "data/"],
)
def test_unfit_payload_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        write_tags(DiskFiles(), tmp_path, {name: ("0" * 128, 1)}, DAY, "Anjuan 0.1")
    assert list(tmp_path.iterdir()) == []


def test_unfit_tags_digests_and_agents(tmp_path: Path) -> None:
    for extra in ({"data/x": "0" * 128}, {"bagit.txt": "0" * 128}, {"manifest-md5.txt": "0" * 128}, {"x": "zz"}):
        with pytest.raises(ValueError, match=r"."):
            write_tags(DiskFiles(), tmp_path, {}, DAY, "Anjuan 0.1", extra)
    with pytest.raises(ValueError, match="one-line"):
        write_tags(DiskFiles(), tmp_path, {}, DAY, "Anjuan\nBag-Count: 1 of 1")
    with pytest.raises(ValueError, match="names that are one"):
        write_tags(DiskFiles(), tmp_path, {"data/é": ("0" * 128, 1), "data/e\u0301": ("0" * 128, 1)}, DAY, "A")


def test_nothing_is_overwritten_and_each_file_is_synced(tmp_path: Path) -> None:
    make_bag(tmp_path / "a", PAYLOAD)
    with pytest.raises(FileExistsError):
        write_tags(DiskFiles(), tmp_path / "a", {}, DAY, "Anjuan 0.1")
    files = FaultyFiles(10**6, "eio")
    (tmp_path / "b").mkdir()
    write_tags(files, tmp_path / "b", {}, DAY, "Anjuan 0.1")
    files.forget(keep=-1)
    assert all(path.stat().st_size for path in (tmp_path / "b").iterdir() if path.name != "manifest-sha512.txt")
