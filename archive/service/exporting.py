"""Exporting 导出: a sealed object as it lies, and the key export of a tier for the reference decryptor."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from sqlalchemy import select

from archive.facts import FileFacts
from archive.kernel.actor import Actor
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings, object_id
from archive.rules.markings import from_bits
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.seeing import case_target
from archive.tables import CaseRow, FileRow, ItemRow
from archive.terms import Role, Tier


def export_case(holdings: Holdings, actor: Actor, case_id: CaseId, folder: Path) -> Path:
    """Copies the sealed object (ciphertext) below ``folder``; refuses to write over anything. The copy is journaled."""
    with holdings.works.work(actor) as work:
        row = get_case_row(work, case_id)
        work.require(Action.EXPORT, case_target(row))
        source = holdings.store.object_folder(object_id(case_id))
        if source is None:
            raise Refusal("archive.case-not-sealed", reference=row.reference_code)
        work.journal.record("case.exported", case_id, {"version": row.version}, unit=row.unit)
    target = folder / case_id
    if target.exists():
        raise Refusal("archive.export-taken", path=target)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target)
    return target


def export_keys(holdings: Holdings, actor: Actor, case_id: CaseId, tier: Tier, folder: Path) -> Path:
    """Writes the keys of one tier of one case as JSON (0600). The guard is asked for everything that the tier opens:
    whoever may not read one item of it gets no key.
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
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case_id}.{tier}.keys.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(exported | {"inner_manifest": inner}, stream, ensure_ascii=False, indent=1)
    return path


def _targets(work: Work, case: CaseRow, tier: Tier) -> list[Target]:
    items = list(work.session.scalars(select(ItemRow).where(ItemRow.case_id == case.id, ItemRow.tier == tier)))
    whole = case_target(case)
    kinds = frozenset(kind for item in items for kind in from_bits(item.compartments))
    level = max((item.level for item in items), default=0)
    return [whole, Target("item", unit=whole.unit, case_id=whole.case_id, level=level, compartments=kinds)]
