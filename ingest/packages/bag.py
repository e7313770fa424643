"""Bag 包 (RFC 8493) as package: the submission is its payload; every manifest is checked, no payload file read twice.

Lists and tag files are judged before anything is taken in; each payload file's digests are taken in the pass that
receives it and compared at its end.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from archive.bagit.digests import algorithm_named
from archive.bagit.names import decode_path
from archive.bagit.tagfiles import is_known_encoding, parse_declaration, parse_manifest
from archive.bagit.terms import BagFinding
from archive.bagit.validator import validate_bag
from archive.ocfl.terms import KnownFile
from ingest.packages.package import Package
from ingest.rules.names import printable
from ingest.terms import Entry, Problem

DECLARATION = "bagit.txt"
_PAYLOAD = "data/"
_TAGS = re.compile(r"(bagit|bag-info|package-info|fetch|(tag)?manifest-[0-9A-Za-z_-]{1,20})\.txt", re.IGNORECASE)
_MANIFEST = re.compile(r"manifest-([^/]+)\.txt", re.IGNORECASE)
LARGEST_TAG = 8 * 1024 * 1024
LARGEST_TAGS = 16 * 1024 * 1024
MOST_LINES = 10_000
"""Lists of twenty thousand files by three algorithms need less; more is an attack on memory."""
_PASSED_OVER = {"name-collides-case", "name-not-nfc", "path-unsafe", "entry-not-file", "name-not-utf8"}
"""What the rules on names and kinds of entries say already, and better."""


class BagPackage:
    """A bag in a folder or archive 包形式的提交包. Names are those below ``data/``."""

    def __init__(self, inner: Package, entries: tuple[Entry, ...]) -> None:
        self._inner, self._all = inner, entries
        self._sizes = {entry.name: entry.size for entry in entries}
        self._problems: list[Problem] = []
        self._expected: dict[str, dict[str, str]] = {}

    @property
    def name(self) -> str:
        """What the folder or archive is called."""
        return self._inner.name

    def entries(self) -> tuple[Entry, ...]:
        """The payload; tag files are read and judged now."""
        tags = self._read_tags()
        self._expected = _expected(tags, set(self._sizes))
        known = {
            name: KnownFile(self._sizes[name], self._expected.get(name, {}))
            for name in self._sizes
            if name.startswith(_PAYLOAD)
        }
        self._problems += _told(validate_bag(_Tags(self._sizes, tags), known=known, tag_limit=LARGEST_TAG))
        own = (entry for entry in self._all if entry.name.startswith(_PAYLOAD))
        return tuple(Entry(entry.name[len(_PAYLOAD) :], entry.size, entry.stamp) for entry in own)

    def problems(self) -> list[Problem]:
        """Findings about the bag, and those of the folder or archive around it."""
        return [*self._inner.problems(), *self._problems]

    def read(self, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each payload file, compared with every manifest at its end."""
        for name, pieces in self._inner.read(tuple(_PAYLOAD + name for name in names)):
            yield name[len(_PAYLOAD) :], self._compared(name, pieces)

    def close(self) -> None:
        """Lets go of what is around the bag."""
        self._inner.close()

    def _compared(self, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        wanted = self._expected.get(name, {})
        hashes = {algorithm: hashlib.new(algorithm, usedforsecurity=False) for algorithm in wanted}
        for piece in pieces:
            for each in hashes.values():
                each.update(piece)
            yield piece
        for algorithm, each in hashes.items():
            if each.hexdigest() != wanted[algorithm]:
                self._problems.append(_problem("digest-wrong", name, algorithm))

    def _read_tags(self) -> dict[str, bytes]:
        names, total = [], 0
        for name, size in self._sizes.items():
            if name.startswith(_PAYLOAD):
                continue
            total += size
            if not _TAGS.fullmatch(name):
                self._problems.append(Problem("ingest.file-unlisted", printable(name)))
            elif size > LARGEST_TAG or total > LARGEST_TAGS:
                self._problems.append(_problem("tag-too-large", name, str(size)))
            else:
                names.append(name)
        return {name: self._tag(name, pieces) for name, pieces in self._inner.read(tuple(names))}

    def _tag(self, name: str, pieces: Iterator[bytes]) -> bytes:
        """One tag file; a list can hardly be longer than the files it lists."""
        data = b"".join(pieces)
        lines = data.count(b"\n") + data.count(b"\r")
        if lines > 2 * len(self._sizes) + MOST_LINES:
            self._problems.append(_problem("tag-too-long", name, f"{lines} lines"))
            return b""
        return data


class _Tags:
    """The bag as the validator wants it: tag files from memory, payload by name and size alone."""

    def __init__(self, names: Mapping[str, int], tags: Mapping[str, bytes]) -> None:
        self._names, self._tags = names, tags

    def names(self) -> list[str]:
        """Every file."""
        return list(self._names)

    def folders(self) -> set[str]:
        """The folders above the files."""
        return {"/".join(name.split("/")[:end]) for name in self._names for end in range(1, name.count("/") + 1)}

    def strangers(self) -> list[str]:
        """What is no file was told by the package around the bag."""
        return []

    def open(self, name: str) -> BinaryIO:
        """A tag file; a payload file is never opened here."""
        if name not in self._tags:
            raise OSError("not listed in a way that can be followed")
        return io.BytesIO(self._tags[name])


def _expected(tags: Mapping[str, bytes], names: set[str]) -> dict[str, dict[str, str]]:
    """What the payload manifests say, for files that are there."""
    expected: dict[str, dict[str, str]] = {}
    encoding = _encoding(tags)
    for tag, data in tags.items():
        found = _MANIFEST.fullmatch(tag)
        algorithm = algorithm_named(found[1]) if found else None
        if algorithm is None:
            continue
        for digest, written in parse_manifest(data.decode(encoding, "replace").removeprefix("\ufeff"))[0]:
            path = _meant(written, names)
            if path:
                expected.setdefault(path, {})[algorithm] = digest
    return expected


def _encoding(tags: Mapping[str, bytes]) -> str:
    """What the declaration says the other tag files are written in; a bad declaration is the validator's to tell."""
    try:
        declared = parse_declaration(tags.get(DECLARATION, b"").removeprefix(codecs.BOM_UTF8)).encoding
        return codecs.lookup(declared).name if is_known_encoding(declared) else "utf-8"
    except (ValueError, LookupError):
        return "utf-8"


def _meant(written: str, names: set[str]) -> str:
    """The file a line of a manifest means; the validator has the last word on whether it may be written so."""
    candidates = (decode_path(written), written, written.removeprefix("*"), written.removeprefix("./"))
    return next((path for path in candidates if path in names), "")


def _told(findings: list[BagFinding]) -> list[Problem]:
    return [
        _problem(finding.code, finding.path, finding.detail)
        for finding in findings
        if finding.is_error and finding.code not in _PASSED_OVER
    ]


def _problem(code: str, path: str, detail: Any) -> Problem:
    return Problem("ingest.bag-invalid", printable(path), facts={"finding": code, "detail": str(detail)[:160]})
