"""Verifying 验封: every layer of a sealed case, what each proves and against whom, with anchors pinned outside.

Nothing that the store or the database says of itself is an anchor: certificates, ledger keys and pins come from the
caller. Without them a layer says in words what it cannot prove. Nothing here changes anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive.bagit.validator import validate_bag
from archive.kernel.actor import Actor
from archive.kernel.adapters import load_adapter
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.keys.layout import content_context
from archive.keys.ranges import RangeReader
from archive.keys.terms import ContentDamaged
from archive.keys.wraps import KeyDamaged
from archive.ledger.rules.notes import VerifierKey
from archive.ledger.rules.outside import of_ledger
from archive.ledger.service.audit import verify_ledger
from archive.ledger.service.proofs import require_inclusion
from archive.ledger.terms import LedgerName, Pin
from archive.ocfl.reading import ObjectView, read_object
from archive.ocfl.validator import ObjectCheck, check_object
from archive.ports import Holdings, object_id
from archive.seals.terms import PdfVerdict
from archive.service.dossier import get_case_row
from archive.service.seeing import case_target
from archive.service.verify_register import (
    Register,
    check_descriptions,
    check_inner_files,
    check_recorded,
    check_register,
    key_findings,
    load_register,
    why,
)
from archive.service.verify_seals import check_carried_checkpoints, check_seals, stamped_at
from archive.service.verify_words import WORDS
from archive.terms import Finding, LayerResult, Role, SealState, StoredFile

_UNREADABLE = (ContentDamaged, KeyDamaged, ValueError, OSError, Refusal)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a checker pins outside 外部锚: root certificates (DER), ledger keys, checkpoints; ``source`` says whence.

    Keys and pins of both ledgers may lie together, as a witness keeps them.
    """

    certificates: tuple[bytes, ...] = ()
    ledger_keys: tuple[VerifierKey, ...] = ()
    pins: tuple[Pin, ...] = ()
    source: str = ""


Progress = Callable[[str, int, int], None]


def verify_case(
    holdings: Holdings,
    actor: Actor,
    case_id: CaseId,
    anchors: Anchors,
    *,
    deep: bool = False,
    progress: Progress | None = None,
    each: Callable[[LayerResult], None] = lambda layer: None,
) -> tuple[LayerResult, ...]:
    """Checks every layer of the case and journals the result (never content).

    ``deep`` also decrypts every file of every unlocked tier and compares it, and the rows that describe it, with the
    inner manifests. ``each`` hears of every layer as soon as it has its answer.
    The guard is asked for VERIFY, which shows no content. Refuses ``archive.case-unknown`` like every
    other deed. Whatever was damaged is a finding; only a fault of this machine raises.
    """
    told = progress or (lambda layer, done, total: None)
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        work.require(Action.VERIFY, case_target(row))
        register = load_register(work, holdings, row)
    folder = holdings.store.object_folder(object_id(case_id))
    view = _view(folder) if folder is not None else None
    found: Iterator[LayerResult] = iter([_missing(register)])
    if folder is not None:
        found = _layers(holdings, register, folder, view, anchors, deep=deep, told=told)
    layers: list[LayerResult] = []
    for layer in found:
        layers.append(layer)
        each(layer)
    layers.append(_ledger_layer(holdings, register, view, anchors))
    each(layers[-1])
    with holdings.works.work(actor) as work:
        broken = [finding.code for layer in layers for finding in layer.findings if finding.severity == "broken"]
        facts = {"deep": deep, "ok": all(layer.ok for layer in layers), "broken": broken[:20]}
        work.journal.record("case.verified", case_id, facts)
    return tuple(layers)


def _layers(
    holdings: Holdings,
    register: Register,
    folder: Path,
    view: ObjectView | None,
    anchors: Anchors,
    *,
    deep: bool,
    told: Progress,
) -> Iterator[LayerResult]:
    told("fixity", 0, 1)
    check = check_object(folder, deep=True)
    found = [Finding("fixity", f.code, f.path, f.detail) for f in check.findings if f.is_error]
    if check.object_id != object_id(register.case_id):
        found.append(Finding("fixity", "other-object", "inventory.json", f"the object is {check.object_id}"))
    found += _sidecar_findings(folder)
    if view is None:
        found.append(Finding("fixity", "unreadable", "inventory.json", "further layers cannot be read"))
    yield _layer("fixity", found, f"{len(check.known)} files")
    if view is None:
        return
    yield _bag_layer(view, check)
    seals = check_seals(view, anchors.certificates)
    versions = f"v1–v{len(view.inventory.versions)}"
    yield _layer("signature", seals.signature, versions, trial=seals.trial, source=anchors.source)
    yield _layer("stamp", seals.stamp, versions, trial=seals.trial, source=anchors.source)
    entries = holdings.checkpoints.entries("case.sealed", register.case_id)
    recorded = [*check_register(view, register), *check_recorded(register, entries)]
    yield _layer("database", recorded, f"{len(register.rows)} files")
    yield _layer("keys", key_findings(holdings, register), f"{len(register.rows)} keys")
    if deep:
        yield from _content_layers(holdings, view, register, anchors, told)
    else:
        yield _unopened_certificates(register)


def _view(folder: Path) -> ObjectView | None:
    try:
        return read_object(folder)
    except (OSError, ValueError):
        return None


def _sidecar_findings(folder: Path) -> Iterator[Finding]:
    """OCFL reads a sidecar in either case of letters; ours is written in one way, any other was changed."""
    for inventory in sorted((*folder.glob("inventory.json"), *folder.glob("v*/inventory.json"))):
        path = inventory.with_name("inventory.json.sha512")
        digest = hashlib.sha512(inventory.read_bytes()).hexdigest()
        if path.is_file() and path.read_bytes() != f"{digest} inventory.json\n".encode():
            where = path.relative_to(folder).as_posix()
            yield Finding("fixity", "sidecar-differs", where, "not the digest and name of its inventory")


def _bag_layer(view: ObjectView, check: ObjectCheck) -> LayerResult:
    found: list[Finding] = []
    files = 0
    for version in view.inventory.versions:
        tree = view.tree(version.name)
        known = {
            name: check.known[path]
            for name in tree.names()
            if (path := view.content_path(name, version.name)) in check.known
        }
        files += len(known)
        found += [
            Finding("bag", f.code, f.path, f"{version.name}: {f.detail}")
            for f in validate_bag(tree, known=known)
            if f.is_error
        ]
    return _layer("bag", found, f"{files} files")


def _content_layers(
    holdings: Holdings, view: ObjectView, register: Register, anchors: Anchors, told: Progress
) -> Iterator[LayerResult]:
    found: list[Finding] = []
    pages: list[Finding] = []
    inner = []
    judged: dict[int, int] = {}
    for number, file in enumerate(register.files):
        told("content", number, len(register.files))
        found += _check_content(holdings, view, register, file)
        newest = file.first_version == register.case.version
        if file.role is Role.INNER_MANIFEST:
            manifest = _inner(holdings, view, register, file)
            if manifest is None:
                found.append(Finding("content", "inner-manifest", f"data/{file.id}", f"{file.tier}: unreadable"))
                continue
            inner.append(manifest)
            if newest:
                found += check_descriptions(holdings, register, manifest)
        if file.role is Role.CERTIFICATE:
            pages += _check_certificate(holdings, view, register, file, anchors)
            judged[file.first_version] = judged.get(file.first_version, 0) + 1
    found += check_inner_files(register, inner)
    locked = "、".join(sorted(register.locked))
    if locked:
        found.append(Finding("content", "tier-locked", "", f"not opened, locked: {locked}", "warning"))
    yield _layer("content", found, f"{len(register.files)} files" + (f", locked: {locked}" if locked else ""))
    said = ", ".join(f"v{version}: {count}" for version, count in sorted(judged.items()))
    yield _layer("certificate", pages, f"opened {said or 'none'}", source=anchors.source)


def _unopened_certificates(register: Register) -> LayerResult:
    """Says of the certificates of every version that a plain verification opens none; it counts as not proven."""
    detail = f"v1–v{register.case.version}: none opened"
    note = Finding("certificate", "not-checked", "", detail, "warning")
    return replace(_layer("certificate-unopened", [note], detail), name="certificate")


def _check_content(holdings: Holdings, view: ObjectView, register: Register, file: StoredFile) -> list[Finding]:
    where = f"data/{file.id}"
    digest = hashlib.sha256()
    try:
        for block in _blocks(holdings, view, register, file):
            digest.update(block)
    except _UNREADABLE as error:
        return [Finding("content", "content-damaged", where, why(error))]
    if digest.hexdigest() != file.sha256:
        return [Finding("content", "content-differs", where, "the plaintext is not the one that was taken in")]
    return []


def _inner(holdings: Holdings, view: ObjectView, register: Register, file: StoredFile) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = json.loads(b"".join(_blocks(holdings, view, register, file)))
    except _UNREADABLE:
        return None
    is_own = (found["object"], found["tier"], found["version"]) == (
        object_id(register.case_id),
        file.tier,
        file.first_version,
    )
    return found if is_own else None


def _check_certificate(
    holdings: Holdings, view: ObjectView, register: Register, file: StoredFile, anchors: Anchors
) -> list[Finding]:
    """The certificate of one version, judged as of the stamp around that version: an authority whose own certificate
    has ended since still stood then.
    """
    try:
        pdf = b"".join(_blocks(holdings, view, register, file))
        judge = load_adapter("archive.seals.pdf_checks:verify_pdf")  # pyHanko costs a second: only who verifies waits
        verdict: PdfVerdict = judge(pdf, anchors.certificates, at=stamped_at(view, file.first_version))
    except _UNREADABLE as error:
        return [Finding("certificate", "unreadable", f"data/{file.id}", why(error))]
    if verdict.ok:
        return []
    unproven = not anchors.certificates and verdict.reasons == ("signer-not-trusted",)
    severity = "warning" if unproven else "broken"
    return [Finding("certificate", "+".join(verdict.reasons), f"data/{file.id}", ", ".join(verdict.reasons), severity)]


def _ledger_layer(holdings: Holdings, register: Register, view: ObjectView | None, anchors: Anchors) -> LayerResult:
    pins, keys = of_ledger(LedgerName.ACTIVITY, anchors.pins, anchors.ledger_keys)
    found: list[Finding] = []
    with holdings.works.sessions() as session:
        for seal in register.seals:
            try:
                require_inclusion(session, seal.entry_id)
            except Refusal as refusal:
                severity = "warning" if refusal.code == "archive.ledger-proof-pending" else "broken"
                found.append(Finding("ledger", refusal.code, seal.entry_id, str(refusal), severity))
        if view is not None:
            found += check_carried_checkpoints(session, view, keys)
        for finding in verify_ledger(session, LedgerName.ACTIVITY, pins, keys):
            severity = "warning" if finding.is_note else "broken"
            where = finding.entry_id or (str(finding.index) if finding.index is not None else "")
            found.append(Finding("ledger", str(finding.code), where, finding.zh, severity, finding.en))
    return _layer("ledger", found, f"{len(register.seals)} seals", source=anchors.source)


def _layer(name: str, found: Iterable[Finding], detail: str, *, trial: bool = False, source: str = "") -> LayerResult:
    findings = tuple(found)
    words = WORDS[name]
    said = f"{detail} [{source}]" if source else detail
    ok = not any(finding.severity == "broken" for finding in findings)
    return LayerResult(
        name, ok, trial, said, words.proves_zh, words.proves_en, words.against_zh, words.against_en, findings
    )


def _missing(register: Register) -> LayerResult:
    case = register.case
    what = "a sealed row without an object" if case.state == SealState.SEALED else f"the case is {case.state}"
    return _layer("fixity", [Finding("fixity", "object-missing", case.id, what)], "")


def _blocks(holdings: Holdings, view: ObjectView, register: Register, file: StoredFile) -> Iterator[bytes]:
    key = holdings.keys.open_key(file.id)
    context = content_context(holdings.archive_id, object_id(register.case_id), file.first_version, file.id)
    path = view.path / f"v{file.first_version}" / "content" / "data" / file.id
    with path.open("rb", buffering=0) as stream:
        yield from RangeReader(stream, key, context, file.size).blocks()
