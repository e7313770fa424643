"""Exporting 导出: a sealed object as it lies, and the key export of a tier for the reference decryptor."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sqlalchemy import select

from archive.facts import FileFacts
from archive.kernel.actor import Actor
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ocfl.copying import copy_folder, drop, make_folder_durable
from archive.ocfl.files import DiskFiles, Files, write_file
from archive.ports import Holdings, object_id
from archive.rules.markings import from_bits
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.seeing import case_target
from archive.tables import CaseRow, FileRow, ItemRow
from archive.terms import Role, SealState, Tier

DISK = DiskFiles()


def export_case(holdings: Holdings, actor: Actor, case_id: CaseId, folder: Path, files: Files = DISK) -> Path:
    """Copies the sealed object (ciphertext) below ``folder``; refuses to write over anything. The copy is journaled.

    It appears under its name when all of it is on the disk. The object is held meanwhile, so that no version grows
    and no byte of it goes; a case whose destruction is decided meanwhile is refused and its copy dropped.
    """
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        work.require(Action.EXPORT, case_target(row))
    target, partial = folder / case_id, folder / f".{case_id}.{os.getpid()}.partial"
    with holdings.store.growing(object_id(case_id)):
        with holdings.works.work(actor) as work:
            row = _sealed(work, case_id)
            source = holdings.store.object_folder(object_id(case_id))
            if source is None:
                raise Refusal("archive.case-not-sealed", reference=row.reference_code)
            work.journal.record("case.exported", case_id, {"version": row.version}, unit=row.unit)
        if os.path.lexists(target):
            raise Refusal("archive.export-taken", path=target)
        make_folder_durable(files, folder)
        try:
            copy_folder(files, source, partial)
            with holdings.works.work(actor) as work:
                _sealed(work, case_id)
            _put_in_place(files, partial, target)
        except Exception:
            drop(partial)
            raise
    return target


def _sealed(work: Work, case_id: CaseId) -> CaseRow:
    row = get_case_row(work, case_id)
    work.require(Action.EXPORT, case_target(row))
    if row.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=row.reference_code)
    return row


def _put_in_place(files: Files, partial: Path, target: Path) -> None:
    try:
        files.rename_new(partial, target)
    except FileExistsError:
        raise Refusal("archive.export-taken", path=target) from None
    files.fsync_folder(target.parent)


def export_keys(
    holdings: Holdings, actor: Actor, case_id: CaseId, tier: Tier, folder: Path, files: Files = DISK
) -> Path:
    """Writes the keys of one tier of one case as JSON (0600). The guard is asked for everything that the tier opens:
    whoever may not read one item of it gets no key. The file appears when all of it is on the disk.
    """
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        for target in _targets(work, row, tier):
            work.require(Action.EXPORT, target)
        columns = Columns(holdings, case_id, sealed=True)
        sizes, inner = {}, ""
        for file in work.session.scalars(select(FileRow).where(FileRow.case_id == case_id, FileRow.tier == tier)):
            facts = columns.read(FileFacts, file.id, tier, file.facts_enc)
            sizes[file.id] = (facts.size, file.first_version)
            if file.role == Role.INNER_MANIFEST and file.first_version == row.version:
                inner = file.id
        if not sizes:  # as for a tier whose items are above the reader: neither may be told from the other
            raise Refusal("archive.case-unknown")
        exported = holdings.keys.export_tier(object_id(case_id), tier, sizes)
        work.journal.record("keys.exported", case_id, {"tier": str(tier), "files": len(sizes)}, unit=row.unit)
    make_folder_durable(files, folder)
    path = folder / f"{case_id}.{tier}.keys.json"
    partial = folder / f".{path.name}.{os.getpid()}.partial"
    text = json.dumps(exported | {"inner_manifest": inner}, ensure_ascii=False, indent=1)
    try:
        _write_private(files, partial, text.encode("utf-8"))
        _put_in_place(files, partial, path)
    except Exception:
        drop(partial)
        raise
    return path


def _write_private(files: Files, path: Path, data: bytes) -> None:
    """A new file that only its owner reads, from its first byte on."""
    before = os.umask(0o177)
    try:
        write_file(files, path, data)
    finally:
        os.umask(before)


def _targets(work: Work, case: CaseRow, tier: Tier) -> list[Target]:
    items = list(work.session.scalars(select(ItemRow).where(ItemRow.case_id == case.id, ItemRow.tier == tier)))
    whole = case_target(case)
    kinds = frozenset(kind for item in items for kind in from_bits(item.compartments))
    level = max((item.level for item in items), default=0)
    return [whole, Target("item", unit=whole.unit, case_id=whole.case_id, level=level, compartments=kinds)]
