"""Sealing 封存: closes a case with encryption, bag, signature, time stamp and ledger entry, all or nothing.

Order: staged files are durable -> four-property check -> pages and inner manifests -> keys of every tier durable in
every place -> bag, signature, stamp, inventory -> intent row -> rename without overwriting -> read back -> one
transaction (sealed, ledger, outbox).
Only then is the seal acknowledged. A rerun after a crash at any point finishes and never seals twice.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from archive.kernel.actor import Actor
from archive.kernel.clock import to_rfc3339
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ocfl.reading import read_object
from archive.ports import Holdings, object_id
from archive.seals.terms import SignerUnavailableError, StampUnavailableError
from archive.service.assembling import checkpoint_mark, make_manifests, make_papers, seal_facts
from archive.service.columns import Columns
from archive.service.dossier import Dossier, get_case_row, load_dossier, pending_version
from archive.service.four_properties import Results, check_filing
from archive.service.packing import Packed, pack_version
from archive.service.papers import SealFacts, title_for
from archive.service.property_papers import PaperHead, StagedReport, stage_reports
from archive.service.recording import record_seal, write_intent
from archive.service.staging import Staging
from archive.service.unfinished import let_go
from archive.tables import CaseRow, IntentRow, ItemRow, NoteRow, SealRow
from archive.terms import SealState, StoredFile, Tier


@dataclass(frozen=True, slots=True)
class SealReceipt:
    """What sealing came to 封存回执. ``state`` is SEALED, or says what the case still waits for; never in between."""

    case_id: CaseId
    reference_code: str
    state: SealState
    version: int
    sealed_at: datetime | None
    stamped_at: datetime | None
    trial: bool
    waits_for: tuple[str, ...] = ()


def seal_case(holdings: Holdings, actor: Actor, case_id: CaseId) -> SealReceipt:
    """Seals an accepted case 封存, or the next version of a sealed one whose late documents wait for their seal.

    Returns the receipt of the existing seal when the case is sealed already. While a tier is locked the case is
    "awaiting unlock"; while the time-stamp authority or the signing key is away it is "awaiting stamp", and
    ``waits_for`` says which; all are retried by the worker. Refuses ``archive.property-failed`` with every fault that
    the four-property check stops a seal for (DA/T 70-2018); nothing is published then.
    """
    finish_published(holdings, actor, case_id)
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        work.require(Action.INGEST, _target(row))
        if row.state == SealState.DESTROYED:
            raise Refusal("archive.case-not-sealed", reference=row.reference_code)
        version = pending_version(work, row) or (1 if row.state != SealState.SEALED else 0)
        if version == 0:
            receipt = receipt_of(work, row)
        elif locked := _locked_tiers(work, holdings, row):
            row.state = SealState.AWAITING_UNLOCK if version == 1 else row.state
            return _waiting(row, holdings, locked)
        else:
            if not work.session.scalars(select(NoteRow).where(NoteRow.case_id == case_id)).first():
                _first_note(work, holdings, row)
            work.session.flush()
            dossier = load_dossier(work, holdings, case_id)
            _refuse_backward_time(work)
            sealed_at = work.now
    if version == 0:
        let_go(holdings, actor, case_id)
        return receipt
    return seal_version(holdings, actor, dossier, version, sealed_at)


def seal_version(holdings: Holdings, actor: Actor, dossier: Dossier, version: int, sealed_at: datetime) -> SealReceipt:
    """Builds, publishes and records version ``version`` of a case whose staged files are durable."""
    case_id = dossier.case_id
    staging = Staging(holdings, case_id, version)
    kept = {file.id for file in dossier.files if file.first_version == version}
    clean_staging(staging, kept)
    facts = seal_facts(holdings, actor, dossier, version, sealed_at)
    checkpoint = holdings.checkpoints.newest()
    facts = replace(facts, checkpoint=checkpoint_mark(checkpoint))
    try:
        found = check_filing(holdings, actor, staging, dossier, facts)
        packed, made, reports = _build(holdings, staging, dossier, facts, checkpoint, found)
    except StampUnavailableError:
        return _await_seal(holdings, actor, case_id, "tsa")
    except SignerUnavailableError:
        return _await_seal(holdings, actor, case_id, "signer")
    write_intent(holdings, actor, dossier, version, packed, made, sealed_at, reports)
    holdings.store.publish(object_id(case_id))
    receipt = finish_published(holdings, actor, case_id)
    if receipt is None:
        raise RuntimeError(f"published object of {case_id} lost its intent")
    return receipt


def _build(
    holdings: Holdings, staging: Staging, dossier: Dossier, facts: SealFacts, checkpoint: bytes, found: Results
) -> tuple[Packed, list[StoredFile], list[StagedReport]]:
    """Everything up to the inventory; the authority is asked by the sealed pages first, and then for the object."""
    reports = stage_reports(staging, head_of(dossier, facts), found)
    made = make_papers(staging, dossier, facts, [file for one in reports for file in one.files])
    made += make_manifests(staging, dossier, facts, made)
    files: dict[str, StoredFile] = {file.id: file for file in (*dossier.files, *made)}
    tiers: dict[str, Tier] = {file.id: file.tier for file in files.values() if file.first_version == staging.version}
    holdings.keys.assign(object_id(dossier.case_id), tiers, dossier.row.disposal_year)
    packed = pack_version(
        holdings,
        staging,
        files,
        _earlier_evidence(holdings, dossier.case_id),
        signed_at=facts.sealed_at,
        checkpoint=checkpoint,
        message=f"seal v{staging.version}",
    )
    return packed, made, reports


def head_of(dossier: Dossier, facts: SealFacts) -> PaperHead:
    """What stands over the reports of a case; the number of one with state secrets is for its own readers."""
    code = dossier.row.reference_code
    shown = code if dossier.tier is Tier.GENERAL or dossier.row.level == 0 else ""
    return PaperHead(
        facts.object_id,
        facts.version,
        facts.bureau_name,
        title_for(dossier, Tier.GENERAL),
        shown,
        code,
        dossier.tier,
        facts.trial,
    )


def finish_published(holdings: Holdings, actor: Actor, case_id: CaseId) -> SealReceipt | None:
    """Finishes a seal whose object is in place: read back, then the one transaction. None when there is no such seal.

    Also the recovery after a crash: an intent whose object never came is dropped, and sealing starts anew.
    """
    with holdings.works.work(actor) as work:
        intent = work.session.get(IntentRow, case_id)
    if intent is None:
        return None
    holdings.store.recover(object_id(case_id))
    if holdings.store.inventory_sha512(object_id(case_id)) != intent.inventory_sha512:
        with holdings.works.work(actor) as work:
            work.session.delete(work.session.get_one(IntentRow, case_id))
        return None
    read_back(holdings, case_id, intent.version)

    def record(work: Work) -> tuple[SealReceipt, bool]:
        row = get_case_row(work, case_id)
        taken = work.session.get(IntentRow, case_id)
        if taken is not None:
            record_seal(work, holdings, row, taken)
        return receipt_of(work, row), taken is not None

    receipt, recorded = holdings.works.perform(actor, record)
    if recorded:
        let_go(holdings, actor, case_id)
    return receipt


def read_back(holdings: Holdings, case_id: CaseId, version: int) -> None:
    """Reads every new byte of the published version and compares digests; a difference is a fault."""
    folder = holdings.store.object_folder(object_id(case_id))
    if folder is None:
        raise FileNotFoundError(f"no object for {case_id}")
    view = read_object(folder)
    for digest, paths in view.inventory.manifest.items():
        for path in paths:
            if path.startswith(f"v{version}/") and _sha512(folder / path) != digest:
                raise OSError(f"read-back differs: {path}")


def clean_staging(staging: Staging, kept: Iterable[str]) -> None:
    """Removes from staging what an interrupted seal left: tags, evidence, inventories, generated files and keys."""
    leftover = staging.names() - frozenset(kept)
    staging.discard(leftover)
    top = staging.content.parent.parent
    for path in top.iterdir():
        if path.name != f"v{staging.version}":
            _remove(path)
    for path in (*staging.content.parent.iterdir(), *staging.content.iterdir()):
        if path not in (staging.content, staging.data):
            _remove(path)


def receipt_of(work: Work, row: CaseRow) -> SealReceipt:
    """The receipt of the newest seal."""
    seal = work.session.get(SealRow, (row.id, row.version))
    return SealReceipt(
        CaseId(row.id),
        row.reference_code,
        SealState(row.state),
        row.version,
        seal.sealed_at if seal else None,
        seal.stamped_at if seal else None,
        seal.trial if seal else False,
    )


def _target(row: CaseRow) -> Target:
    """The case by its unit alone: whoever takes in a case with a level is in no circle of it yet, recovery never is,
    and a seal shows nothing. Late documents are asked about with the whole marking, in ``next_version``.
    """
    return Target("case", unit=UnitCode(row.unit), case_id=CaseId(row.id))


def _locked_tiers(work: Work, holdings: Holdings, row: CaseRow) -> tuple[str, ...]:
    used = {row.tier, *work.session.scalars(select(ItemRow.tier).where(ItemRow.case_id == row.id))}
    return tuple(str(tier) for tier in Tier if tier in used and not holdings.keys.is_unlocked(tier))


def _waiting(row: CaseRow, holdings: Holdings, what: tuple[str, ...]) -> SealReceipt:
    return SealReceipt(
        CaseId(row.id), row.reference_code, SealState(row.state), row.version, None, None, holdings.trial, what
    )


def _await_seal(holdings: Holdings, actor: Actor, case_id: CaseId, what: str) -> SealReceipt:
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        if row.state != SealState.SEALED:
            row.state = SealState.AWAITING_STAMP
        work.journal.record("case.awaits-stamp", case_id, {"waits_for": what}, unit=row.unit)
        return _waiting(row, holdings, (what,))


def _first_note(work: Work, holdings: Holdings, row: CaseRow) -> None:
    columns = Columns(holdings, CaseId(row.id), sealed=False)
    items = work.session.scalar(
        select(func.count()).select_from(ItemRow).where(ItemRow.case_id == row.id, ItemRow.level == 0)
    )
    text = f"本卷归档时共 {items} 件，经接收检查后封存。"
    write_note(work, columns, 1, text)


def write_note(work: Work, columns: Columns, version: int, text: str) -> None:
    """Adds the dated entry of ``version`` to the note form."""
    stored = columns.write_text(f"note-{version}", Tier.GENERAL, text)
    work.session.add(
        NoteRow(
            case_id=columns.case_id,
            version=version,
            at=work.now,
            tier=Tier.GENERAL,
            text_enc=stored,
            made_by=work.actor.name,
        )
    )


def _refuse_backward_time(work: Work) -> None:
    """Time never runs backwards: a clock behind the newest seal stops sealing."""
    newest = work.session.scalar(select(func.max(SealRow.sealed_at)))
    if newest is not None and work.now < newest:
        raise Refusal("archive.clock-backwards", now=to_rfc3339(work.now), newest=to_rfc3339(newest))


def _earlier_evidence(holdings: Holdings, case_id: CaseId) -> dict[str, str]:
    folder = holdings.store.object_folder(object_id(case_id))
    if folder is None:
        return {}
    state = read_object(folder).state()
    return {name: digest for name, digest in state.items() if name.startswith("evidence/")}


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _sha512(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
