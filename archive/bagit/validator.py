"""Bag validator 包验证: everything RFC 8493 asks of a bag, all findings at once, each file read once."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.bagit import names as rules
from archive.bagit.digests import algorithm_named, digest_length, digest_stream
from archive.bagit.tagfiles import (
    VERSIONS,
    Declaration,
    is_known_encoding,
    parse_declaration,
    parse_fetch,
    parse_info,
    parse_manifest,
    parse_oxum,
)
from archive.bagit.terms import BagFinding, Tree
from archive.ocfl.terms import KnownFile

# a manifest of a million files is about this large; beyond it a tag file is an attack on memory
TAG_LIMIT = 256 * 1024 * 1024
_MANIFEST = re.compile(r"(tag)?manifest-([^/]+)\.txt", re.IGNORECASE)


@dataclass
class _Judging:
    """One bag being judged: what was found so far, and which digests each file must have."""

    tree: Tree
    known: Mapping[str, KnownFile]
    tag_limit: int
    findings: list[BagFinding] = field(default_factory=list)
    declaration: Declaration = field(default_factory=lambda: Declaration((1, 0), "UTF-8"))
    files: frozenset[str] = frozenset()
    by_form: dict[str, str] = field(default_factory=dict)
    expected: dict[str, dict[str, str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def note(self, code: str, path: str, detail: str) -> None:
        self.findings.append(BagFinding(code, path, detail))


def validate_bag(
    tree: Tree, *, known: Mapping[str, KnownFile] | None = None, tag_limit: int = TAG_LIMIT
) -> list[BagFinding]:
    """Judge the bag in ``tree``; the bag is valid when no finding ``is_error``.

    Understands BagIt 0.93 to 1.0 and every algorithm of hashlib. ``known`` holds digests of files that were read just
    now by somebody else (an object's validator): such a file is not read again where they suffice. Memory is bounded
    by the lists of names and by ``tag_limit`` (bytes of one tag file), whatever the size of a payload file. Errors of
    reading are findings too.
    """
    bag = _Judging(tree, known or {}, tag_limit)
    bag.files = frozenset(tree.names())
    bag.by_form = {rules.composed(name): name for name in bag.files}
    _judge_names(bag)
    if _judge_declaration(bag):
        payload_lists = _judge_manifests(bag)
        _judge_completeness(bag, payload_lists)
        _judge_fetch(bag)
        _judge_digests(bag)
        _judge_info(bag)
    return sorted(set(bag.findings))


def _judge_names(bag: _Judging) -> None:
    for name in bag.tree.strangers():
        bag.note("entry-not-file", name, "neither a regular file nor a folder")
    for name in bag.files:
        if not rules.is_utf8(name):
            bag.note("name-not-utf8", name, "the name is not UTF-8")
        elif not rules.is_safe(name):
            bag.note("path-unsafe", name, "the name could lead out of the bag")
        elif rules.composed(name) != name:
            bag.note("name-not-nfc", name, "the name is not in Unicode form NFC")
    for group in rules.same_when("form", bag.files):
        bag.note("name-collides-form", group[0], f"differs only in Unicode form from {group[1:]!r}")
    for group in rules.same_when("case", bag.files):
        bag.note("name-collides-case", group[0], f"differs only in upper and lower case from {group[1:]!r}")


def _read_tag(bag: _Judging, name: str) -> bytes | None:
    try:
        with bag.tree.open(name) as stream:
            parts: list[bytes] = []
            size = 0
            while size <= bag.tag_limit and (part := stream.read(1024 * 1024)):
                parts.append(part)
                size += len(part)
    except OSError as error:
        bag.note("file-unreadable", name, str(error))
        return None
    if size > bag.tag_limit:
        bag.note("tag-too-large", name, f"more than {bag.tag_limit} bytes")
        return None
    return b"".join(parts)


def _tag_text(bag: _Judging, name: str) -> str | None:
    data = _read_tag(bag, name)
    if data is None:
        return None
    encoding = bag.declaration.encoding
    if codecs.lookup(encoding).name == "utf-8" and data.startswith(codecs.BOM_UTF8):
        bag.note("tag-bom", name, "starts with a byte order mark")
        data = data[len(codecs.BOM_UTF8) :]
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        bag.note("tag-undecodable", name, f"not {encoding}: {error}")
        return None


def _judge_declaration(bag: _Judging) -> bool:
    """Read bagit.txt; False when nothing further can be judged."""
    if "bagit.txt" not in bag.files:
        bag.note("bagit-missing", "bagit.txt", "no declaration")
        return False
    data = _read_tag(bag, "bagit.txt")
    if data is None:
        return False
    if data.startswith(codecs.BOM_UTF8):
        bag.note("bagit-bom", "bagit.txt", "must not start with a byte order mark")
        data = data[len(codecs.BOM_UTF8) :]
    try:
        declaration = parse_declaration(data)
    except ValueError as error:
        bag.note("bagit-malformed", "bagit.txt", str(error))
        return False
    if declaration.version not in VERSIONS:
        bag.note("version-unknown", "bagit.txt", "{}.{}".format(*declaration.version))
    if not is_known_encoding(declaration.encoding):
        bag.note("encoding-unknown", "bagit.txt", declaration.encoding)
        return False
    try:
        codecs.lookup(declaration.encoding)
    except LookupError:
        bag.note("encoding-unknown", "bagit.txt", declaration.encoding)
        return False
    bag.declaration = declaration
    return True


def _judge_manifests(bag: _Judging) -> dict[str, set[str]]:
    """Read all manifests; returns for each payload manifest the files it lists."""
    payload_lists: dict[str, set[str]] = {}
    tag_lists: dict[str, set[str]] = {}
    for name in sorted(bag.files):
        found = _MANIFEST.fullmatch(name)
        if not found:
            continue
        algorithm = algorithm_named(found[2])
        if algorithm is None:
            bag.note("algorithm-unknown", name, found[2])
            continue
        if found[1] and bag.declaration.version < (0, 97):
            continue
        listed = _read_manifest(bag, name, algorithm, is_tag=bool(found[1]))
        (tag_lists if found[1] else payload_lists)[name] = listed
    if not payload_lists:
        bag.note("manifest-missing", "", "no payload manifest")
    if bag.declaration.version >= (1, 0):
        for name, listed in tag_lists.items():
            for left_out in sorted(set(payload_lists) - listed):
                bag.note("manifest-untagged", left_out, f"not listed in {name}")
    return payload_lists


def _read_manifest(bag: _Judging, name: str, algorithm: str, *, is_tag: bool) -> set[str]:
    text = _tag_text(bag, name)
    entries, bad = parse_manifest(text) if text is not None else ([], [])
    for number in bad:
        bag.note("manifest-malformed", name, f"line {number}")
    seen: dict[str, str] = {}
    for digest, written in entries:
        path = _path_meant(bag, name, written)
        if path is None:
            continue
        if not is_tag and not path.startswith("data/"):
            bag.note("path-misplaced", path, f"not a payload file, listed in {name}")
            continue
        if is_tag and path.startswith(("data/", "tagmanifest-")):
            bag.note("tag-misplaced", path, f"does not belong in {name}")
        if len(digest) != digest_length(algorithm):
            bag.note("digest-malformed", path, f"not a {algorithm} in {name}")
            continue
        if seen.setdefault(path, digest) != digest:
            bag.note("path-listed-conflicting", path, f"two digests in {name}")
        elif bag.expected.get(path, {}).get(algorithm) is not None:
            old = bag.declaration.version < (1, 0)
            bag.note("path-listed-twice" if old else "path-listed-again", path, f"in {name}")
        if bag.expected.setdefault(path, {}).setdefault(algorithm, digest) != digest:
            bag.note("path-listed-conflicting", path, f"two {algorithm} digests")
    return set(seen)


def _path_meant(bag: _Judging, manifest: str, written: str) -> str | None:
    """The file a manifest's path means, preferring what is there; None when the path is unsafe."""
    path = rules.decode_path(written)
    if path not in bag.files and written in bag.files:
        bag.note("percent-not-encoded", written, f"in {manifest}")
        path = written
    elif path.startswith("*") and path not in bag.files:
        bag.note("manifest-asterisk", path, f"in {manifest}")
        path = path[1:]
    if not rules.is_safe(path):
        bag.note("path-unsafe", path, f"in {manifest}")
        return None
    if rules.plain(path) != path:
        bag.note("path-dotted", path, f"in {manifest}")
        path = rules.plain(path)
    if path not in bag.files and path.rstrip(" \t") in bag.files:
        path = path.rstrip(" \t")
    if path not in bag.files and (other := bag.by_form.get(rules.composed(path))) is not None:
        bag.note("name-form-differs", path, f"written in another Unicode form in {manifest}")
        path = other
    return path


def _judge_completeness(bag: _Judging, payload_lists: Mapping[str, set[str]]) -> None:
    payload = {name for name in bag.files if name.startswith("data/")}
    if not payload and "data" not in set(bag.tree.folders()):
        bag.note("data-missing", "data", "no payload folder")
    for path in bag.expected:
        if path not in bag.files:
            bag.note("file-missing", path, "listed, not there")
    listed = set().union(*payload_lists.values()) if payload_lists else set()
    for path in payload - listed:
        bag.note("file-unlisted", path, "there, listed in no manifest")
    code = "manifests-differ" if bag.declaration.version >= (1, 0) else "manifests-differ-old"
    for name, own in payload_lists.items():
        for path in listed - own:
            bag.note(code, path, f"not listed in {name}")


def _judge_fetch(bag: _Judging) -> None:
    if "fetch.txt" not in bag.files:
        return
    text = _tag_text(bag, "fetch.txt")
    entries, bad = parse_fetch(text) if text is not None else ([], [])
    for number in bad:
        bag.note("fetch-malformed", "fetch.txt", f"line {number}")
    for url, _, written in entries:
        path = _path_meant(bag, "fetch.txt", written)
        if path is None:
            continue
        if path not in bag.expected:
            bag.note("fetch-unlisted", path, "to be fetched, listed in no manifest")
        if path in bag.files:
            bag.note("fetch-present", path, f"named in fetch.txt, but already there: {url}")
        else:
            bag.note("fetch-incomplete", path, f"the bag is not complete until it is fetched from {url}")


def _judge_digests(bag: _Judging) -> None:
    for path in sorted(bag.files):
        wanted = bag.expected.get(path, {})
        if not wanted and not path.startswith("data/"):
            continue
        known = bag.known.get(path)
        if known is None or not wanted.keys() <= known.digests.keys():
            try:
                with bag.tree.open(path) as stream:
                    known = digest_stream(stream, wanted)
            except OSError as error:
                bag.note("file-unreadable", path, str(error))
                continue
        bag.sizes[path] = known.size
        for algorithm, digest in wanted.items():
            if known.digests[algorithm] != digest:
                bag.note("digest-wrong", path, f"{algorithm} is {known.digests[algorithm]}, listed as {digest}")


def _judge_info(bag: _Judging) -> None:
    name = "bag-info.txt" if bag.declaration.version >= (0, 96) else "package-info.txt"
    if name not in bag.files:
        return
    text = _tag_text(bag, name)
    if text is None:
        return
    pairs, bad = parse_info(text)
    for number in bad:
        bag.note("info-malformed", name, f"line {number}")
    values = [value for label, value in pairs if label.lower() == "payload-oxum"]
    if len(values) > 1:
        bag.note("oxum-repeated", name, "Payload-Oxum more than once; the first counts")
    for value in values[:1]:
        oxum = parse_oxum(value)
        sizes = [size for path, size in bag.sizes.items() if path.startswith("data/")]
        if oxum is None:
            bag.note("oxum-malformed", name, value)
        elif oxum != (sum(sizes), len(sizes)):
            bag.note("oxum-wrong", name, f"states {value}, found {sum(sizes)}.{len(sizes)}")
