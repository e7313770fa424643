"""A file is what its bytes are, whatever its name says."""

import gzip
import io
import struct
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.renditions import catalogue
from archive.renditions.formats import identify, is_convertible, name_findings, refine_zip
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Format, Kind
from archive.renditions.workshop import identify as identify_in_child
from archive.renditions.workshop import inspect
from tests.archive.renditions import samples


def found(data: bytes) -> Format:
    return identify(data[: 64 * 1024], data[-4096:], len(data))


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\x00\x00" + bytes(100)

TABLE = [
    (b"%PDF-1.7\n...", "fmt/276", Kind.DOCUMENT),
    (b"%PDF-1.4\n...", "fmt/18", Kind.DOCUMENT),
    (b"%PDF-2.0\n...", "fmt/1129", Kind.DOCUMENT),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(20), "fmt/43", Kind.IMAGE),
    (b"\xff\xd8\xff\xdb" + bytes(20), "fmt/41", Kind.IMAGE),
    (b"\x89PNG\r\n\x1a\n" + bytes(20), "fmt/11", Kind.IMAGE),
    (b"II*\x00" + bytes(20), "fmt/353", Kind.IMAGE),
    (b"MM\x00*" + bytes(20), "fmt/353", Kind.IMAGE),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(20), "x-fmt/392", Kind.IMAGE),
    (b"\x00\x00\x00\x18ftypheic" + bytes(20), "fmt/1101", Kind.IMAGE),
    (b"\x00\x00\x00\x18ftypisom" + bytes(20), "fmt/199", Kind.AV),
    (b"\x00\x00\x00\x14ftypqt  " + bytes(20), "x-fmt/384", Kind.AV),
    (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "x-fmt/384", Kind.AV),
    (b"RIFF\x00\x00\x00\x00AVI LIST", "fmt/5", Kind.AV),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", "fmt/6", Kind.AV),
    (b"\x00\x00\x01\xba" + bytes(20), "x-fmt/386", Kind.AV),
    ((b"\x47" + bytes(187)) * 8, "fmt/585", Kind.AV),
    ((b"\x00\x00\x00\x00\x47" + bytes(187)) * 8, "fmt/585", Kind.AV),
    (b"\x1a\x45\xdf\xa3" + bytes(40), "fmt/569", Kind.AV),
    (b"ID3\x03" + bytes(20), "fmt/134", Kind.AV),
    (tar(), "x-fmt/265", Kind.PACKAGE),
    (gzip.compress(b"x"), "x-fmt/266", Kind.PACKAGE),
    (PE, "x-fmt/411", Kind.PROGRAM),
    (b"MZ" + bytes(100), "x-fmt/409", Kind.PROGRAM),
    (b"\x7fELF" + bytes(20), "fmt/688", Kind.PROGRAM),
    (b"#!/bin/sh\n", "", Kind.PROGRAM),
    (b"<?xml version='1.0'?><a/>", "fmt/101", Kind.TEXT),
    (b"\n<!DOCTYPE html><html></html>", "fmt/96", Kind.TEXT),
    (b"From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\nbody", "fmt/278", Kind.TEXT),
    ("行政处罚".encode(), "x-fmt/111", Kind.TEXT),
    ("行政处罚决定书".encode("gb18030"), "x-fmt/111", Kind.TEXT),
    (b"", "", Kind.UNKNOWN),
    (bytes(range(256)), "", Kind.UNKNOWN),
]


@pytest.mark.parametrize(("data", "pronom", "kind"), TABLE)
def test_by_content(data: bytes, pronom: str, kind: Kind) -> None:
    assert (found(data).pronom, found(data).kind) == (pronom, kind)


def test_a_pdf_header_stands_at_byte_0_or_it_is_none() -> None:
    assert found(b"\n%PDF-1.7\n").kind is not Kind.DOCUMENT
    assert found(b"GIF89a%PDF-1.7") == catalogue.GIF89


def test_gb18030_and_utf8_are_told_apart() -> None:
    assert found("处罚".encode()) == catalogue.TEXT_UTF8
    assert found("处罚".encode("gb18030")) == catalogue.TEXT_GB18030
    long = "案" * 30_000
    assert identify(long.encode()[: 64 * 1024], b"", 90_000) == catalogue.TEXT_UTF8


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"[Content_Types].xml": b"", "word/document.xml": b""}, catalogue.DOCX),
        ({"[Content_Types].xml": b"", "xl/workbook.xml": b""}, catalogue.XLSX),
        ({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}, catalogue.PPTX),
        ({"mimetype": catalogue.ODT.media_type.encode(), "content.xml": b""}, catalogue.ODT),
        ({"OFD.xml": b"", "Doc_0/Document.xml": b""}, catalogue.OFD),
        ({"a.txt": b"", "word.txt": b""}, catalogue.ZIP),
    ],
)
def test_a_zip_is_what_it_holds(members: dict[str, bytes], expected: Format) -> None:
    facts = identify_in_child(BytesSource(samples.zipped(members)))
    assert facts.format == expected and facts.members == tuple(members)
    assert refine_zip(members) == expected or "mimetype" in members


def test_a_damaged_zip_stays_a_zip_and_says_so() -> None:
    facts = identify_in_child(BytesSource(samples.zipped({"a": b"b" * 100})[:60]))
    assert facts.format == catalogue.ZIP and facts.findings[0].code == "zip-damaged"


def test_a_name_that_does_not_fit_is_a_finding_not_a_fault() -> None:
    facts = inspect(BytesSource(samples.zipped({"a.txt": b""})), "照片.JPG")
    assert [finding.code for finding in facts.findings] == ["extension-differs"]
    assert name_findings(catalogue.ZIP, "a.zip") == () and name_findings(catalogue.ZIP, "noname") == ()


def test_the_real_office_forms_are_told_by_content() -> None:
    for path in sorted(samples.real("forms", "doc").glob("*.doc"))[:3]:
        facts = inspect(BytesSource(path.read_bytes()), path.name)
        assert facts.format.kind is Kind.OFFICE and is_convertible(facts.format)


@given(st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_told_without_a_fault(data: bytes) -> None:
    assert found(data).name
