"""Recording a seal 封存登记: the intent before the object is put in place, and the one transaction after it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive.facts import FileFacts
from archive.kernel.actor import Actor
from archive.kernel.clock import parse_instant, to_rfc3339
from archive.kernel.ids import CaseId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.four_properties import Checkpoint
from archive.service.columns import Columns
from archive.service.dossier import Dossier, get_case_row
from archive.service.packing import Packed
from archive.service.property_papers import StagedReport
from archive.tables import CaseRow, FileRow, IntentRow, ItemRow, NoteRow, PropertyReportRow, SealRow
from archive.terms import SealState, StoredFile, Tier


def write_intent(
    holdings: Holdings,
    actor: Actor,
    dossier: Dossier,
    version: int,
    packed: Packed,
    made: Sequence[StoredFile],
    sealed_at: datetime,
    reports: Sequence[StagedReport],
) -> None:
    """Writes down what is about to be published 封存意图, so that a start after a crash can finish it."""
    columns = Columns(holdings, dossier.case_id, sealed=True)
    plan = {
        "sealed_at": to_rfc3339(sealed_at),
        "stamped_at": to_rfc3339(packed.stamped_at),
        "tagmanifest_sha512": packed.tagmanifest_sha512,
        "made": [_plan_file(columns, file) for file in made],
        "reports": [report.plan(Checkpoint.FILING) for report in reports],
    }

    def write(work: Work) -> None:
        row = get_case_row(work, dossier.case_id)
        if row.state == SealState.DESTROYED:
            raise Refusal("archive.case-not-sealed", reference=row.reference_code)
        work.session.merge(
            IntentRow(
                case_id=dossier.case_id,
                version=version,
                inventory_sha512=packed.inventory_sha512,
                plan=plan,
                created_at=work.now,
            )
        )

    holdings.works.perform(actor, write)


def _plan_file(columns: Columns, file: StoredFile) -> dict[str, Any]:
    facts = FileFacts(name=file.name, size=file.size, sha256=file.sha256)
    return {
        "id": file.id,
        "role": str(file.role),
        "tier": str(file.tier),
        "media_type": file.media_type,
        "facts_enc": base64.b64encode(columns.write(file.id, file.tier, facts)).decode("ascii"),
        "stored_size": file.stored_size,
        "stored_sha512": file.stored_sha512,
    }


def record_seal(work: Work, holdings: Holdings, row: CaseRow, intent: IntentRow) -> None:
    """The one transaction: descriptions move to their tiers, generated files get rows, state, ledger, outbox."""
    plan = intent.plan
    case_id = CaseId(row.id)
    if row.state != SealState.SEALED:
        _move_columns(work, holdings, row)
    for file in plan["made"]:
        values = dict(file, facts_enc=base64.b64decode(file["facts_enc"]))
        work.session.add(FileRow(case_id=case_id, first_version=intent.version, **values))
    for report in plan.get("reports", ()):  # an intent of before the reports has none
        keep_report(work, case_id, intent.version, parse_instant(plan["sealed_at"]), report)
    row.state, row.version = SealState.SEALED, intent.version
    row.sealed_at = row.sealed_at or parse_instant(plan["sealed_at"])
    entry = work.journal.record(
        "case.sealed",
        case_id,
        {
            "version": intent.version,
            "tagmanifest_sha512": plan["tagmanifest_sha512"],
            "inventory_sha512": intent.inventory_sha512,
            "sealed_at": plan["sealed_at"],
            "stamped_at": plan["stamped_at"],
            "signer": holdings.sealing.signer.name,
            "trial": holdings.sealing.trial,
        },
        unit=row.unit,
    )
    work.session.add(
        SealRow(
            case_id=case_id,
            version=intent.version,
            sealed_at=parse_instant(plan["sealed_at"]),
            stamped_at=parse_instant(plan["stamped_at"]),
            signer=holdings.sealing.signer.name,
            trial=holdings.sealing.trial,
            tagmanifest_sha512=plan["tagmanifest_sha512"],
            inventory_sha512=intent.inventory_sha512,
            entry_id=entry,
            sealed_by=work.actor.id,
        )
    )
    work.outbox.send("case.sealed", case_id=case_id, version=intent.version)
    work.session.delete(intent)
    work.session.flush()


def keep_report(work: Work, case_id: CaseId, version: int, at: datetime, plan: Mapping[str, Any]) -> None:
    """One line of the register for one tier's four-property report; ``plan`` is what ``StagedReport.plan`` gave."""
    work.session.add(
        PropertyReportRow(
            id=new_id("report"),
            case_id=case_id,
            version=version,
            checkpoint=plan["checkpoint"],
            tier=plan["tier"],
            at=at,
            made_by=work.actor.name,
            results=plan["results"],
            files=plan["files"],
            evidence_id=plan.get("evidence"),
        )
    )


def _move_columns(work: Work, holdings: Holdings, row: CaseRow) -> None:
    """Descriptions leave the intake key and go under the key class of their own marking."""
    case_id = CaseId(row.id)
    before, after = (Columns(holdings, case_id, sealed=sealed) for sealed in (False, True))

    def moved(row_id: str, tier: str, stored: bytes) -> bytes:
        return after.write_text(row_id, Tier(tier), before.read_text(row_id, Tier(tier), stored))

    row.facts_enc = moved(row.id, row.tier, row.facts_enc)
    for item in work.session.scalars(select(ItemRow).where(ItemRow.case_id == row.id)):
        item.facts_enc = moved(item.id, item.tier, item.facts_enc)
    for file in work.session.scalars(select(FileRow).where(FileRow.case_id == row.id)):
        file.facts_enc = moved(file.id, file.tier, file.facts_enc)
    for note in work.session.scalars(select(NoteRow).where(NoteRow.case_id == row.id)):
        note.text_enc = moved(f"note-{note.version}", note.tier, note.text_enc)
