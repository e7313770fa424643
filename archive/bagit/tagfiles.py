"""Tag files 标签文件规则: reading and writing bagit.txt, bag-info.txt, manifests and fetch.txt (RFC 8493 section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archive.bagit.names import encode_path

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
VERSIONS = frozenset({(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)})
# only encodings that are plain character sets: a bag must not choose "unicode_escape" or "idna" for us
_ENCODING = re.compile(
    r"utf-?8|utf-?16(-?[bl]e)?|utf-?32(-?[bl]e)?|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|windows-12\d\d|cp12\d\d"
    r"|gb18030|gbk|gb2312|big5|shift_?jis|euc-(jp|kr)|koi8-[ru]",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"BagIt-Version: (\d+)\.(\d+)[ \t]*\nTag-File-Character-Encoding: (\S+)[ \t]*\n?")
_OXUM = re.compile(r"(\d{1,20})\.(\d{1,20})")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What bagit.txt declares 声明: the version as (major, minor) and the encoding of the other tag files."""

    version: tuple[int, int]
    encoding: str


def lines_of(text: str) -> list[str]:
    """The lines of a tag file, which end in LF, CR or CRLF and in nothing else."""
    lines = re.split(r"\r\n|\r|\n", text)
    return lines[:-1] if lines[-1] == "" else lines


def parse_declaration(data: bytes) -> Declaration:
    """bagit.txt, which is UTF-8 whatever it declares; ValueError when it is not of the two required lines."""
    text = "\n".join(lines_of(data.decode("utf-8"))) + "\n"
    found = _DECLARED.fullmatch(text)
    if not found:
        raise ValueError("bagit.txt must be the two lines BagIt-Version and Tag-File-Character-Encoding")
    return Declaration((int(found[1]), int(found[2])), found[3])


def is_known_encoding(name: str) -> bool:
    """Whether an encoding is one that a bag may declare here."""
    return _ENCODING.fullmatch(name) is not None


def parse_info(text: str) -> tuple[list[tuple[str, str]], list[int]]:
    """bag-info.txt as (label, value) pairs in order, with continuation lines joined; and the numbers of bad lines."""
    pairs: list[tuple[str, str]] = []
    bad: list[int] = []
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        if line[0] in " \t":
            if not pairs:
                bad.append(number)
                continue
            label, value = pairs[-1]
            pairs[-1] = (label, f"{value} {line.strip()}")
            continue
        label, colon, value = line.partition(":")
        if not colon or not label.strip():
            bad.append(number)
            continue
        if label != label.strip() or (value and value[0] not in " \t"):
            bad.append(number)
        pairs.append((label.strip(), value.strip()))
    return pairs, bad


def parse_manifest(text: str) -> tuple[list[tuple[str, str]], list[int]]:
    """A manifest as (digest, path as written) pairs; and the numbers of lines that are nothing."""
    entries: list[tuple[str, str]] = []
    bad: list[int] = []
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"[ \t]*([0-9A-Fa-f]+)[ \t]+(.*\S.*)", line, re.DOTALL)
        if found:
            entries.append((found[1].lower(), found[2]))
        else:
            bad.append(number)
    return entries, bad


def parse_fetch(text: str) -> tuple[list[tuple[str, str, str]], list[int]]:
    """fetch.txt as (url, size or ``-``, path as written); and the numbers of bad lines."""
    entries: list[tuple[str, str, str]] = []
    bad: list[int] = []
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        found = re.fullmatch(r"(\w[\w+.-]*:\S+)[ \t]+(\d+|-)[ \t]+(.+)", line)
        if found:
            entries.append((found[1], found[2], found[3]))
        else:
            bad.append(number)
    return entries, bad


def parse_oxum(value: str) -> tuple[int, int] | None:
    """Payload-Oxum as (bytes, files), or None when malformed."""
    found = _OXUM.fullmatch(value)
    return (int(found[1]), int(found[2])) if found else None


def write_manifest(digests: Mapping[str, str]) -> bytes:
    """A manifest of path -> digest, sorted by the path's UTF-8 bytes, two spaces between as sha512sum reads it."""
    rows = sorted((path.encode("utf-8"), digest) for path, digest in digests.items())
    return "".join(f"{digest}  {encode_path(path.decode('utf-8'))}\n" for path, digest in rows).encode("utf-8")


def write_info(pairs: list[tuple[str, str]]) -> bytes:
    """bag-info.txt of (label, value) pairs in their order; a value must be one line."""
    for label, value in pairs:
        if re.search(r"[\r\n]", label + value) or ":" in label or value != value.strip():
            raise ValueError(f"not a one-line tag: {label}")
    return "".join(f"{label}: {value}\n" for label, value in pairs).encode("utf-8")
