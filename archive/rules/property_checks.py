"""Checks of a description 著录检测: metadata of case and items by the four properties. Values in, answers out."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from archive.facts import CaseFacts, Facts
from archive.kernel.canonical import canonical
from archive.rules.four_properties import NOTHING_HERE, Answer, Fault
from archive.rules.markings import check_marking, from_json
from archive.rules.numbering import PROCEDURE_CODES, item_code
from archive.rules.property_subject import Manifest, Subject
from archive.terms import Role

_WIDTHS = {"reference_code": 140, "doc_type": 20, "media_type": 80, "series": 80}
"""Widths of the columns of the database: SQLite does not hold anybody to them."""
_KINDS = frozenset({"paper", "photo", "recording", "other"})
_RENDITIONS = frozenset({"pdfa", "original-only", "media"})
_MEDIA_TYPE = re.compile(r"^[a-z0-9.+-]+/[a-z0-9.+_-]+$")
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYOUT = frozenset("\n\r\t")
_ITEM_MEMBERS = frozenset(
    [
        "item",
        "volume",
        "part",
        "reference_code",
        "sequence",
        "kind",
        "pages",
        "page_count",
        "rendition",
        "marking",
        "facts",
    ]
)
_CASE_MEMBERS = frozenset(["reference_code", "unit", "procedure", "facts", "marking"])
_FILE_MEMBERS = frozenset(
    ["file", "role", "item", "name", "media_type", "size", "sha256", "stored_sha512", "first_version"]
)
_MEMBERS = frozenset(["format", "object", "version", "tier", "case", "files", "items", "findings", "history"])
_HEX = {"sha256": 64, "stored_sha512": 128}


def description_answers(subject: Subject, manifest: Manifest, again: Manifest | None) -> dict[str, Answer]:
    """Every check that the description alone answers. ``manifest`` is the directory file as it is, or will be, sealed;
    ``again`` the same made of what the database gives now.
    """
    if not subject.items and subject.facts is None:
        keys = ("1-2", "1-3", "1-4", "1-5", "1-6", "1-7", "1-8", "2-3", "2-4")
        found = dict.fromkeys(keys, NOTHING_HERE)
    else:
        found = {
            **_schema(subject),
            "1-5": Answer(tuple(_dates(subject))),
            "1-6": Answer(tuple(_signs(subject))),
            "1-7": Answer(tuple(_codes(subject))),
            "1-8": Answer(tuple(_duplicates(subject))),
            "2-3": Answer(tuple(_elements(subject))),
            "2-4": Answer(tuple(_required(subject))),
        }
    return found | {
        "1-12": Answer(tuple(_manifest_form(manifest))),
        "2-6": Answer(tuple(_gaps(subject))),
        "2-10": Answer(tuple(_manifest_content(subject, manifest))),
        "3-1": Answer(tuple(_parses(manifest))),
        "3-2": Answer(() if again is None or _described(again) == _described(manifest) else (Fault("unreachable"),)),
    }


def _schema(subject: Subject) -> dict[str, Answer]:
    """Lengths, types and domains, each description once against its own schema."""
    found: dict[str, list[Fault]] = {"1-2": [], "1-3": [], "1-4": []}
    described: list[tuple[str, Facts, bool]] = [(item.where, item.facts, item.new) for item in subject.items]
    if subject.facts is not None:
        described.append((subject.reference_code, subject.facts, subject.version == 1))
    for where, facts, new in described:
        for kind, detail in _violations(facts):
            found[kind].append(Fault(_OF_KIND[kind], where, detail, new))
    for name, value, where in _columns(subject):
        if len(value) > _WIDTHS[name]:
            found["1-2"].append(Fault("too-long", where, name))
    for file in subject.files:
        if not _MEDIA_TYPE.match(file.media_type):
            found["1-3"].append(Fault("wrong-type", file.name, "media_type"))
    found["1-4"] += _domains(subject)
    return {key: Answer(tuple(faults)) for key, faults in found.items()}


_OF_KIND = {"1-2": "too-long", "1-3": "wrong-type", "1-4": "outside-domain"}


def _violations(facts: Facts) -> Iterator[tuple[str, str]]:
    try:
        type(facts).model_validate(facts.model_dump(mode="json", warnings=False))
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            name = ".".join(str(part) for part in one["loc"])
            kind = str(one["type"])
            yield ("1-2" if "too_" in kind else "1-4" if "literal" in kind or "enum" in kind else "1-3"), name


def _columns(subject: Subject) -> Iterator[tuple[str, str, str]]:
    yield "series", subject.series, subject.reference_code
    yield "reference_code", subject.reference_code, subject.reference_code
    for item in subject.items:
        yield "reference_code", item.reference_code, item.where
        yield "doc_type", item.facts.doc_type, item.where
        yield from (("media_type", file.media_type, item.where) for file in item.files)


def _domains(subject: Subject) -> Iterator[Fault]:
    if subject.facts is not None and subject.procedure not in PROCEDURE_CODES:
        yield Fault("outside-domain", subject.reference_code, "procedure")
    for item in subject.items:
        if item.kind not in _KINDS or item.rendition not in _RENDITIONS:
            yield Fault("outside-domain", item.where, "kind, rendition")
        if not _is_marking(item.facts.marking):
            yield Fault("outside-domain", item.where, "marking", item.new)


def _is_marking(plain: dict[str, Any]) -> bool:
    try:
        return not check_marking(from_json(plain))
    except (ValueError, KeyError, TypeError):
        return False


def _dates(subject: Subject) -> Iterator[Fault]:
    """Opened, decided, closed, archived in this order; no document and no recording after the day of the check."""
    if (facts := subject.facts) is not None:
        named = [
            ("opened_on", facts.opened_on),
            ("decided_on", facts.decided_on),
            ("closed_on", facts.closed_on),
            ("archived_on", subject.archived_on),
        ]
        known = [(name, day) for name, day in named if day is not None]
        for (first, before), (second, after) in pairwise(known):
            if before > after:
                detail = f"{first} {before} > {second} {after}"
                yield Fault("dates-out-of-order", subject.reference_code, detail, subject.version == 1)
    for item in subject.items:
        if isinstance(item.facts.doc_date, date) and item.facts.doc_date > subject.on:
            yield Fault("dates-out-of-order", item.where, f"doc_date {item.facts.doc_date}", item.new)
        recording = item.facts.recording
        if recording and recording.started_at and recording.ended_at and recording.started_at > recording.ended_at:
            yield Fault("dates-out-of-order", item.where, "started_at > ended_at", item.new)


def _signs(subject: Subject) -> Iterator[Fault]:
    described: list[tuple[str, Facts, bool]] = [(item.where, item.facts, item.new) for item in subject.items]
    if subject.facts is not None:
        described.append((subject.reference_code, subject.facts, subject.version == 1))
    for where, facts, new in described:
        signs = {sign for text in _texts(facts.model_dump(mode="python", warnings=False)) for sign in text} - _LAYOUT
        strange = {sign: code for sign in signs if (code := _sign_code(sign))}
        for code in sorted(set(strange.values())):
            points = " ".join(sorted(f"U+{ord(sign):04X}" for sign, of in strange.items() if of == code))
            yield Fault(code, where, points, new and code == "control-sign")


def _sign_code(sign: str) -> str:
    """Which fault a sign is; empty for a plain one. Private-use signs may be a person's rare character: only told."""
    if sign < "\x7f" and sign >= " ":
        return ""
    category = unicodedata.category(sign)
    if category in ("Cc", "Cs") or sign in _DIRECTION or (ord(sign) & 0xFFFE) == 0xFFFE:
        return "control-sign"
    return "special-sign" if category in ("Cf", "Co", "Zl", "Zp") else ""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _codes(subject: Subject) -> Iterator[Fault]:
    """Every number is the one its parts give; nothing is read out of a number."""
    if subject.facts is not None and subject.series != subject.expected_series:
        yield Fault("code-differs", subject.reference_code, subject.expected_series)
    if subject.facts is not None and subject.reference_code != f"{subject.series}-{subject.file_no:04d}":
        yield Fault("code-differs", subject.reference_code)
    own = subject.reference_code
    for volume in subject.volumes:
        below = volume.reference_code == own or volume.reference_code.startswith(f"{own}·")
        if not below and (subject.secret or not volume.secret):
            yield Fault("code-differs", volume.reference_code)
    for item in subject.items:
        if item.reference_code != item_code(item.volume, item.sequence):
            yield Fault("code-differs", item.where)


def _duplicates(subject: Subject) -> Iterator[Fault]:
    codes = Counter(item.reference_code for item in subject.items)
    codes.update({volume.reference_code for volume in subject.volumes})
    yield from (Fault("code-twice", code) for code, count in codes.items() if count > 1)
    named = Counter((i.facts.title, i.facts.doc_no, i.facts.doc_date) for i in subject.items)
    for (title, number, _), count in named.items():
        if count > 1 and number:
            yield Fault("document-twice", number, title, blocks=False)
    digests = Counter(file.sha256 for item in subject.items for file in item.originals)
    for file in _first_of(subject, {digest for digest, count in digests.items() if count > 1}):
        yield Fault("content-twice", file, blocks=False)


def _first_of(subject: Subject, digests: set[str]) -> Iterator[str]:
    left = set(digests)
    for item in subject.items:
        for file in item.originals:
            if file.sha256 in left:
                left.discard(file.sha256)
                yield item.where


def _elements(subject: Subject) -> Iterator[Fault]:
    """What every description carries by itself: number, level, retention, marking, kind, form."""
    for name in ("reference_code", "series", "procedure", "retention"):
        if subject.facts is not None and not getattr(subject, name):
            yield Fault("element-missing", subject.reference_code, name)
    for item in subject.items:
        for name in ("reference_code", "volume", "kind", "rendition"):
            if not getattr(item, name):
                yield Fault("element-missing", item.where, name)
        if not item.facts.marking:
            yield Fault("element-missing", item.where, "marking", item.new)


def _required(subject: Subject) -> Iterator[Fault]:
    """DA/T 18-2022: title, date and author. A title nobody gave stops the seal; a date or an author that nobody
    knows is a fact about the paper, told and kept.
    """
    if (facts := subject.facts) is not None:
        yield from _empty(subject.reference_code, facts, ("title",), blocks=True)
        yield from _empty(subject.reference_code, facts, _told_of(facts), blocks=False)
    for item in subject.items:
        yield from _empty(item.where, item.facts, ("title",), blocks=item.new)
        names = ("doc_date",) if item.kind in ("photo", "recording") else ("doc_date", "author")
        if item.kind != "recording" or not (item.facts.recording and item.facts.recording.started_at):
            yield from _empty(item.where, item.facts, names, blocks=False)


def _told_of(facts: CaseFacts) -> tuple[str, ...]:
    return ("party", "decision_no") if facts.outcome == "penalty" else ("party",)


def _empty(where: str, facts: Facts, names: Iterable[str], *, blocks: bool) -> Iterator[Fault]:
    for name in names:
        value = getattr(facts, name)
        if value is None or (isinstance(value, str) and not value.strip()):
            yield Fault("element-empty", where, name, blocks)


def _gaps(subject: Subject) -> Iterator[Fault]:
    """Running numbers from 1 without gap, and pages that follow one another."""
    for volume in subject.volumes:
        page = 1
        for number, place in enumerate(volume.places, start=1):
            wanted = page if place.page_count else 0
            if place.sequence != number or place.first_page != wanted:
                yield Fault("number-gap", volume.reference_code, f"{place.sequence}: {place.first_page}")
                break
            page += place.page_count


def _manifest_form(manifest: Manifest) -> Iterator[Fault]:
    if not set(manifest) >= _MEMBERS or manifest["format"] != "anjuan-inner-manifest/1":
        yield Fault("manifest-unfit", "", "format")
        return
    if not set(manifest["case"]) >= _CASE_MEMBERS:
        yield Fault("manifest-unfit", "", "case")
    for file in manifest["files"]:
        fits = set(file) >= _FILE_MEMBERS and file["role"] in set(Role)
        if not fits or any(not re.fullmatch(f"[0-9a-f]{{{length}}}", file[name]) for name, length in _HEX.items()):
            yield Fault("manifest-unfit", str(file.get("file", "")), "files")
    for item in manifest["items"]:
        if not set(item) >= _ITEM_MEMBERS:
            yield Fault("manifest-unfit", str(item.get("item", "")), "items")


def _manifest_content(subject: Subject, manifest: Manifest) -> Iterator[Fault]:
    """Every item and file of the tier stands in the directory file, with its description."""
    items = {item["reference_code"]: item for item in manifest.get("items", ())}
    files = {file["file"] for file in manifest.get("files", ())}
    for item in subject.items:
        entry = items.get(item.reference_code)
        if entry is None or not entry.get("facts", {}).get("title"):
            yield Fault("manifest-lacks", item.where)
        yield from (Fault("manifest-lacks", file.name) for file in item.files if file.id not in files)
    if subject.facts is not None and not (manifest.get("case") or {}).get("facts"):
        yield Fault("manifest-lacks", subject.reference_code)


def _parses(manifest: Manifest) -> Iterator[Fault]:
    try:
        if json.loads(canonical(dict(manifest))) != dict(manifest):
            yield Fault("unparsable")
    except (ValueError, TypeError) as error:
        yield Fault("unparsable", "", type(error).__name__)


def _described(manifest: Manifest) -> tuple[Any, Any]:
    return manifest.get("case"), manifest.get("items")
