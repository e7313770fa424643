"""The strict zip reader: takes what honest packers write, and never gives other bytes than those of the one reading."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.renditions.children.runtime import Unfit
from ingest.children.container import _zip_names
from ingest.children.zips import ZipReader
from tests.ingest.packages.attacks_archives import ZIPS
from tests.ingest.packages.shapes import RawMember, raw_members, raw_zip

FILES = {"case.json": b"{}" * 500, "正卷/01.txt": random.Random(1).randbytes(70_000), "空.txt": b""}
BY_THE_PARENT = {"repeated", "broken_name", "bomb", "too_many"}
"""Attacks that are judged from the list, by whoever asked for it."""


def read(data: bytes, most: int = 100) -> dict[str, bytes]:
    """Every file in a zip; raises Unfit where the reader does, and for a member that is no file."""
    reader = ZipReader(io.BytesIO(data), most)
    found: dict[str, bytes] = {}
    for number, (row, name) in enumerate(zip(reader.rows, _zip_names(reader.rows), strict=True)):
        if row.kind != "folder":
            found[name] = b"".join(reader.data(number))
    return found


class _Unseekable(io.RawIOBase):
    """Makes the standard library write sizes behind the data."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.written += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def test_descriptors_folders_stored_members_and_a_comment_are_read() -> None:
    out = _Unseekable()
    with zipfile.ZipFile(out, "w") as archive:
        archive.mkdir("正卷")
        for name, data in FILES.items():
            method = zipfile.ZIP_STORED if name == "case.json" else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, compress_type=method)
        archive.comment = b"made by hand"
    assert read(bytes(out.written)) == FILES


def test_large_headers_are_read_although_nothing_is_large() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    assert read(out.getvalue()) == FILES


def test_a_large_end_record_is_read_and_must_agree() -> None:
    whole = raw_zip(raw_members(FILES))
    end = whole[-22:]
    *_, count, size, offset, _ = struct.unpack("<4s4H2IH", end)
    large = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(whole) - 22, 1)
    assert read(whole[:-22] + large + locator + end) == FILES
    lying = end[:16] + struct.pack("<I", offset - 1) + end[20:]
    with pytest.raises(Unfit):
        read(whole[:-22] + large + locator + lying)


@pytest.mark.parametrize(
    ("names", "raws"),
    [
        (["案卷.txt", "照片.jpg"], ["案卷.txt".encode("gb18030"), "照片.jpg".encode("gb18030")]),
        (["案卷.txt", "a.txt"], ["案卷.txt".encode(), b"a.txt"]),
        (["é.txt", "a.txt"], [b"\x82.txt", b"a.txt"]),
    ],
)
def test_names_that_state_no_encoding_share_one(names: list[str], raws: list[bytes]) -> None:
    data = raw_zip([RawMember(raw, b"x", flags=0) for raw in raws])
    assert list(read(data)) == names


def test_a_unicode_name_beside_the_raw_one_counts_only_when_made_for_it() -> None:
    def member(crc: int) -> RawMember:
        body = b"\x01" + struct.pack("<I", crc) + "案卷.txt".encode()
        return RawMember(b"raw.txt", b"x", flags=0, extra=struct.pack("<2H", 0x7075, len(body)) + body)

    assert list(read(raw_zip([member(zlib.crc32(b"raw.txt"))]))) == ["案卷.txt"]
    assert list(read(raw_zip([member(0)]))) == ["raw.txt"]


@pytest.mark.parametrize("name", sorted(made.__name__ for made in ZIPS if made.__name__ not in BY_THE_PARENT))
def test_every_attack_is_unfit(name: str) -> None:
    attack = next(made for made in ZIPS if made.__name__ == name)
    for seed in range(5):
        data = attack(random.Random(seed), raw_members(FILES))
        with pytest.raises(Unfit):
            read(data)


def test_a_tail_behind_the_stated_size_is_found_even_when_the_checksum_fits() -> None:
    lying = RawMember(b"a.txt", b"visible", packed=RawMember(b"", b"visible and hidden").body())
    with pytest.raises(Unfit):
        read(raw_zip([lying]))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_archive_is_unfit_or_reads_the_same(data: st.DataObject) -> None:
    whole = bytearray(raw_zip(raw_members(FILES)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.one_of(st.integers(0, 200), st.integers(len(whole) - 300, len(whole) - 1)))
        whole[at] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(whole))
    except Unfit:
        return
    assert sorted(found.values()) == sorted(FILES.values())


def test_more_members_than_allowed_are_not_even_listed() -> None:
    with pytest.raises(Unfit) as caught:
        read(raw_zip(raw_members({f"{number}.txt": b"" for number in range(101)})), most=100)
    assert caught.value.code == "members"
