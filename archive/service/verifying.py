"""Verifying 验封: every layer of a sealed case, what each proves and against whom, with anchors pinned outside.

Nothing that the store or the database says of itself is an anchor: certificates, ledger keys and pins come from the
caller. Without them a layer says in words what it cannot prove. Nothing here changes anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asn1crypto import pem
from sqlalchemy import select

from archive.bagit.validator import validate_bag
from archive.kernel.actor import Actor
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.keys.layout import content_context
from archive.keys.ranges import RangeReader
from archive.keys.terms import ContentDamaged
from archive.ledger.rules.notes import VerifierKey
from archive.ledger.service.audit import verify_ledger
from archive.ledger.service.proofs import require_inclusion
from archive.ledger.terms import LedgerName, Pin
from archive.ocfl.reading import ObjectView, read_object
from archive.ocfl.validator import ObjectCheck, check_object
from archive.ports import Holdings, object_id
from archive.seals.checks import verify_cms, verify_timestamp
from archive.seals.pdf_checks import verify_pdf
from archive.seals.stamps import token_time
from archive.seals.terms import StampUnavailableError
from archive.service.columns import Columns
from archive.service.dossier import get_case_row, stored_file
from archive.service.seeing import case_target
from archive.service.verify_words import WORDS
from archive.tables import FileRow, SealRow
from archive.terms import Finding, LayerResult, Role, SealState, StoredFile, Tier


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a checker pins outside 外部锚: root certificates (DER), ledger keys, checkpoints; ``source`` says whence."""

    certificates: tuple[bytes, ...] = ()
    ledger_keys: tuple[VerifierKey, ...] = ()
    pins: tuple[Pin, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What the database says of a case, read once."""

    case_id: CaseId
    state: str
    version: int
    seals: tuple[SealRow, ...]
    files: tuple[StoredFile, ...]
    locked: frozenset[str]
    unnamed: tuple[FileRow, ...] = field(default=())


Progress = Callable[[str, int, int], None]


def verify_case(
    holdings: Holdings,
    actor: Actor,
    case_id: CaseId,
    anchors: Anchors,
    *,
    deep: bool = False,
    progress: Progress | None = None,
) -> tuple[LayerResult, ...]:
    """Checks every layer of the case and journals the result (never content).

    ``deep`` also decrypts every file of every unlocked tier and compares with the inner manifests. The guard is asked
    for VERIFY, which shows no content. Refuses ``archive.case-unknown`` like every other deed.
    """
    told = progress or (lambda layer, done, total: None)
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        work.require(Action.VERIFY, case_target(row))
        sealed = _load(
            holdings, case_id, row.state, row.version, list(_seal_rows(work, case_id)), _files(work, case_id)
        )
    folder = holdings.store.object_folder(object_id(case_id))
    if folder is None:
        layers: list[LayerResult] = [_missing(sealed)]
    else:
        layers = list(_layers(holdings, sealed, folder, anchors, deep=deep, told=told))
    layers += _ledger_layers(holdings, sealed, anchors)
    with holdings.works.work(actor) as work:
        broken = [finding.code for layer in layers for finding in layer.findings if finding.severity == "broken"]
        facts = {"deep": deep, "ok": all(layer.ok for layer in layers), "broken": broken[:20]}
        work.journal.record("case.verified", case_id, facts)
    return tuple(layers)


def _layers(
    holdings: Holdings, sealed: _Sealed, folder: Path, anchors: Anchors, *, deep: bool, told: Progress
) -> Iterator[LayerResult]:
    told("fixity", 0, 1)
    check = check_object(folder, deep=True)
    found = [Finding("fixity", f.code, f.path, f.detail) for f in check.findings if f.is_error]
    if check.object_id != object_id(sealed.case_id):
        found.append(Finding("fixity", "other-object", "inventory.json", f"the object is {check.object_id}"))
    yield _layer("fixity", found, f"{len(check.known)} files")
    view = _view(folder)
    if view is None:
        return
    yield _bag_layer(view, check)
    yield from _seal_layers(view, sealed, anchors)
    yield _database_layer(view, sealed)
    yield _keys_layer(holdings, sealed)
    if deep:
        yield from _content_layers(holdings, view, sealed, anchors, told)


def _view(folder: Path) -> ObjectView | None:
    try:
        return read_object(folder)
    except (OSError, ValueError):
        return None


def _bag_layer(view: ObjectView, check: ObjectCheck) -> LayerResult:
    tree = view.tree()
    try:
        known = {name: check.known[view.content_path(name)] for name in tree.names()}
    except KeyError:
        known = {}
    found = [Finding("bag", f.code, f.path, f.detail) for f in validate_bag(tree, known=known) if f.is_error]
    return _layer("bag", found, f"{len(known)} files")


def _seal_layers(view: ObjectView, sealed: _Sealed, anchors: Anchors) -> Iterator[LayerResult]:
    signature: list[Finding] = []
    stamp: list[Finding] = []
    trial = False
    for number, version in enumerate(view.inventory.versions, start=1):
        where = f"evidence/v{number}/seal.p7s"
        data = {name: _content(view, name, version.name) for name in ("tagmanifest-sha512.txt", where, f"{where}.tsr")}
        lists = _lists(view, number, version.name)
        manifest, cms, answer = data.values()
        if manifest is None or cms is None or answer is None:
            signature.append(Finding("signature", "evidence-missing", where, "signature, stamp or manifest is missing"))
            continue
        stamped = verify_timestamp(answer, cms, anchors.certificates, lists)
        at = stamped.time or _stamp_time(answer)
        signed = verify_cms(cms, manifest, anchors.certificates, at, lists) if at is not None else None
        if signed is None or not signed.ok:
            reasons = signed.reasons if signed is not None else ("no-time",)
            signature.append(_verdict_finding("signature", where, reasons))
        if not stamped.ok:
            stamp.append(_verdict_finding("stamp", f"{where}.tsr", stamped.reasons))
        trial = trial or stamped.trial or (signed.trial if signed is not None else False)
    if len(view.inventory.versions) != sealed.version:
        detail = f"{len(view.inventory.versions)} versions in the object, {sealed.version} in the database"
        signature.append(Finding("signature", "version-count", "inventory.json", detail))
    yield _layer("signature", signature, f"v1–v{len(view.inventory.versions)}", trial=trial, source=anchors.source)
    yield _layer("stamp", stamp, f"v1–v{len(view.inventory.versions)}", trial=trial, source=anchors.source)


def _verdict_finding(layer: str, where: str, reasons: Sequence[str]) -> Finding:
    """No anchor given is what we cannot prove, not a broken seal."""
    unproven = set(reasons) <= {"no-anchor-given", "revocation-not-checked"}
    return Finding(layer, "+".join(reasons), where, ", ".join(reasons), "warning" if unproven else "broken")


def _database_layer(view: ObjectView, sealed: _Sealed) -> LayerResult:
    found = []
    state = view.state()
    inventory = hashlib.sha512((view.path / "inventory.json").read_bytes()).hexdigest()
    newest = sealed.seals[-1] if sealed.seals else None
    if newest is None or sealed.state != SealState.SEALED:
        found.append(Finding("database", "not-sealed", sealed.case_id, f"the database says {sealed.state}"))
    elif newest.inventory_sha512 != inventory:
        found.append(Finding("database", "inventory-differs", "inventory.json", "not the one that was sealed"))
    elif newest.tagmanifest_sha512 != state.get("tagmanifest-sha512.txt"):
        found.append(
            Finding("database", "tagmanifest-differs", "tagmanifest-sha512.txt", "not the one that was sealed")
        )
    held = {path for version in view.inventory.versions for path in version.state}
    digests = set(view.inventory.manifest)
    for name, digest in (
        *((file.id, file.stored_sha512) for file in sealed.files),
        *((row.id, row.stored_sha512) for row in sealed.unnamed),
    ):
        if f"data/{name}" not in held or digest not in digests:
            found.append(Finding("database", "file-differs", f"data/{name}", "the row and the object differ"))
    known = {f"data/{file.id}" for file in sealed.files} | {f"data/{row.id}" for row in sealed.unnamed}
    for path in sorted(path for path in held if path.startswith("data/") and path not in known):
        found.append(Finding("database", "file-unknown", path, "the object holds a file without a row"))
    return _layer("database", found, f"{len(known)} files")


def _keys_layer(holdings: Holdings, sealed: _Sealed) -> LayerResult:
    held = holdings.keys.file_ids(object_id(sealed.case_id))
    names = [*(file.id for file in sealed.files), *(row.id for row in sealed.unnamed)]
    found = [
        Finding("keys", "key-missing", f"data/{name}", "no key is held for this file")
        for name in names
        if name not in held
    ]
    return _layer("keys", found, f"{len(names)} keys")


def _content_layers(
    holdings: Holdings, view: ObjectView, sealed: _Sealed, anchors: Anchors, told: Progress
) -> Iterator[LayerResult]:
    found = []
    pages: list[Finding] = []
    manifests = {
        file.tier: file for file in sealed.files if file.role is Role.INNER_MANIFEST and _is_newest(file, sealed)
    }
    listed: dict[str, tuple[str, int]] = {}
    for tier, file in manifests.items():
        try:
            inner = json.loads(_read(holdings, view, sealed, file))
        except (ContentDamaged, ValueError, OSError, Refusal) as error:
            found.append(Finding("content", "inner-manifest", f"data/{file.id}", f"{tier}: {error}"))
            continue
        listed |= {entry["file"]: (entry["sha256"], entry["size"]) for entry in inner["files"]}
    for number, file in enumerate(sealed.files):
        told("content", number, len(sealed.files))
        found += _check_content(holdings, view, sealed, file, listed)
        if file.role is Role.CERTIFICATE and _is_newest(file, sealed):
            pages += _check_certificate(holdings, view, sealed, file, anchors)
    detail = f"{len(sealed.files)} files" + (f", locked: {'、'.join(sorted(sealed.locked))}" if sealed.locked else "")
    yield _layer("content", found, detail)
    yield _layer("certificate", pages, "", source=anchors.source)


def _check_content(
    holdings: Holdings, view: ObjectView, sealed: _Sealed, file: StoredFile, listed: dict[str, tuple[str, int]]
) -> list[Finding]:
    where = f"data/{file.id}"
    digest = hashlib.sha256()
    try:
        for block in _blocks(holdings, view, sealed, file):
            digest.update(block)
    except (ContentDamaged, OSError, Refusal) as error:
        return [Finding("content", "content-damaged", where, str(error))]
    actual = digest.hexdigest()
    if actual != file.sha256:
        return [Finding("content", "content-differs", where, "the plaintext is not the one that was taken in")]
    current = file.role is not Role.INNER_MANIFEST and (file.item_id is not None or _is_newest(file, sealed))
    if current and listed.get(file.id) != (actual, file.size):
        return [Finding("content", "not-in-inner-manifest", where, "the inner manifest names another digest or size")]
    return []


def _check_certificate(
    holdings: Holdings, view: ObjectView, sealed: _Sealed, file: StoredFile, anchors: Anchors
) -> list[Finding]:
    try:
        verdict = verify_pdf(_read(holdings, view, sealed, file), anchors.certificates)
    except (ContentDamaged, OSError, Refusal) as error:
        return [Finding("certificate", "unreadable", f"data/{file.id}", str(error))]
    if verdict.ok:
        return []
    unproven = not anchors.certificates and verdict.reasons == ("signer-not-trusted",)
    severity = "warning" if unproven else "broken"
    return [Finding("certificate", "+".join(verdict.reasons), f"data/{file.id}", ", ".join(verdict.reasons), severity)]


def _ledger_layers(holdings: Holdings, sealed: _Sealed, anchors: Anchors) -> list[LayerResult]:
    found = []
    with holdings.works.sessions() as session:
        for seal in sealed.seals:
            try:
                require_inclusion(session, seal.entry_id)
            except Refusal as refusal:
                severity = "warning" if refusal.code == "archive.ledger-proof-pending" else "broken"
                found.append(Finding("ledger", refusal.code, seal.entry_id, str(refusal), severity))
        for finding in verify_ledger(session, LedgerName.ACTIVITY, anchors.pins, anchors.ledger_keys):
            severity = "warning" if finding.is_note else "broken"
            found.append(Finding("ledger", str(finding.code), finding.entry_id, finding.zh, severity))
    return [_layer("ledger", found, f"{len(sealed.seals)} seals", source=anchors.source)]


def _layer(name: str, found: Iterable[Finding], detail: str, *, trial: bool = False, source: str = "") -> LayerResult:
    findings = tuple(found)
    words = WORDS[name]
    said = f"{detail} [{source}]" if source else detail
    ok = not any(finding.severity == "broken" for finding in findings)
    return LayerResult(
        name, ok, trial, said, words.proves_zh, words.proves_en, words.against_zh, words.against_en, findings
    )


def _missing(sealed: _Sealed) -> LayerResult:
    what = "a sealed row without an object" if sealed.state == SealState.SEALED else f"the case is {sealed.state}"
    return _layer("fixity", [Finding("fixity", "object-missing", sealed.case_id, what)], "")


def _load(
    holdings: Holdings, case_id: CaseId, state: str, version: int, seals: list[SealRow], rows: list[FileRow]
) -> _Sealed:
    columns = Columns(holdings, case_id, sealed=state == SealState.SEALED)
    open_rows = [row for row in rows if holdings.keys.is_unlocked(Tier(row.tier))]
    locked = [row for row in rows if not holdings.keys.is_unlocked(Tier(row.tier))]
    return _Sealed(
        case_id,
        state,
        version,
        tuple(seals),
        tuple(stored_file(columns, row) for row in open_rows),
        frozenset(row.tier for row in locked),
        tuple(locked),
    )


def _seal_rows(work: Work, case_id: CaseId) -> Iterable[SealRow]:
    return work.session.scalars(select(SealRow).where(SealRow.case_id == case_id).order_by(SealRow.version))


def _files(work: Work, case_id: CaseId) -> list[FileRow]:
    return list(work.session.scalars(select(FileRow).where(FileRow.case_id == case_id).order_by(FileRow.id)))


def _is_newest(file: StoredFile, sealed: _Sealed) -> bool:
    return file.first_version == sealed.version


def _content(view: ObjectView, name: str, version: str) -> bytes | None:
    try:
        with view.open(name, version) as stream:
            return stream.read()
    except (KeyError, OSError):
        return None


def _lists(view: ObjectView, number: int, version: str) -> tuple[bytes, ...]:
    found: list[bytes] = []
    for name in ("signer-crl.pem", "tsa-crl.pem"):
        data = _content(view, f"evidence/v{number}/validation/{name}", version)
        if data is not None and pem.detect(data):
            found += [der for _, _, der in pem.unarmor(data, multiple=True)]
    return tuple(dict.fromkeys(found))


def _stamp_time(answer: bytes) -> datetime | None:
    try:
        return token_time(answer)
    except StampUnavailableError:
        return None


def _blocks(holdings: Holdings, view: ObjectView, sealed: _Sealed, file: StoredFile) -> Iterator[bytes]:
    key = holdings.keys.open_key(file.id)
    context = content_context(holdings.archive_id, object_id(sealed.case_id), file.first_version, file.id)
    path = view.path / f"v{file.first_version}" / "content" / "data" / file.id
    with path.open("rb", buffering=0) as stream:
        yield from RangeReader(stream, key, context, file.size).blocks()


def _read(holdings: Holdings, view: ObjectView, sealed: _Sealed, file: StoredFile) -> bytes:
    return b"".join(_blocks(holdings, view, sealed, file))
