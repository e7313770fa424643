"""Evidence objects 证据对象: later reports on a kept case, sealed as objects of their own in the same store and format.

Order as for a case: encrypted files -> keys durable -> bag, signature, stamp, inventory -> row "publishing" -> rename
-> read back -> one transaction. A crash leaves a row that ``settle_evidence`` finishes or takes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive.kernel.actor import Actor
from archive.kernel.canonical import canonical
from archive.kernel.clock import parse_instant, to_rfc3339
from archive.kernel.ids import CaseId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings, object_id
from archive.rules.four_properties import Checkpoint, Result
from archive.rules.inner import InnerCase, inner_manifest
from archive.seals.terms import SignerUnavailableError, StampUnavailableError
from archive.service.assembling import stage_paper
from archive.service.four_properties import Results
from archive.service.packing import Packed, pack_version
from archive.service.papers import Paper
from archive.service.property_papers import PaperHead, StagedReport, stage_reports
from archive.service.recording import keep_report
from archive.service.sealing import read_back
from archive.service.staging import Staging
from archive.service.unfinished import drop_keys
from archive.tables import CaseRow, EvidenceRow
from archive.terms import Role, SealState, StoredFile, Tier

KIND = "four-properties"
CHECKED = "case.properties-checked"
PUBLISHING, KEPT, GONE = "publishing", "sealed", "gone"


def seal_reports(
    holdings: Holdings,
    actor: Actor,
    case: CaseRow,
    head: PaperHead,
    checkpoint: Checkpoint,
    results: Results,
    at: datetime,
) -> str:
    """Seals the reports of one check in an object of their own and records them 报告入证; gives the object's id.

    Refuses ``archive.evidence-unsealed`` while signer or authority are away; then nothing of it is kept.
    """
    evidence_id = CaseId(new_id("evidence"))
    staging = Staging(holdings, evidence_id, 1)
    with holdings.store.growing(object_id(evidence_id)):
        try:
            reports = stage_reports(staging, head, results)
            files: dict[str, StoredFile] = {file.id: file for report in reports for file in report.files}
            files |= {file.id: file for file in _manifests(staging, case, tuple(results), tuple(files.values()))}
            holdings.keys.assign(object_id(evidence_id), {i: f.tier for i, f in files.items()}, case.disposal_year)
            packed = _pack(holdings, staging, files, checkpoint, at)
        except (StampUnavailableError, SignerUnavailableError) as away:
            _drop(holdings, evidence_id)
            raise Refusal("archive.evidence-unsealed", reference=head.reference_code) from away
        plan = _plan(case, checkpoint, reports, results, at)
        holdings.works.perform(actor, lambda work: _intend(work, evidence_id, case, packed, plan))
        holdings.store.publish(object_id(evidence_id))
        _finish(holdings, actor, evidence_id)
    return evidence_id


def settle_evidence(holdings: Holdings, actor: Actor) -> None:
    """Finishes, or takes back, what a crash left between the row and the register; skips what another hand holds."""
    with holdings.works.work(actor) as work:
        waiting = work.session.scalars(select(EvidenceRow.id).where(EvidenceRow.state == PUBLISHING)).all()
    for evidence_id in map(CaseId, waiting):
        with holdings.store.growing(object_id(evidence_id), wait=False) as held:
            if held:
                holdings.store.recover(object_id(evidence_id))
                _finish(holdings, actor, evidence_id)


def _manifests(staging: Staging, case: CaseRow, tiers: Sequence[Tier], files: Sequence[StoredFile]) -> list[StoredFile]:
    """One inner manifest for each tier, so that any reader of the format finds the reports; it describes no case."""
    about = InnerCase("", case.unit, case.procedure, None, None)
    made = []
    for tier in tiers:
        content = inner_manifest(
            object_id=object_id(staging.case_id),
            version=1,
            tier=tier,
            case=about,
            files=files,
            items=(),
            findings=(),
            history=(),
        )
        paper = Paper(Role.INNER_MANIFEST, tier, f"inner-manifest-{tier}.json", canonical(content))
        made.append(stage_paper(staging, paper, "application/json"))
    return made


def _pack(
    holdings: Holdings, staging: Staging, files: Mapping[str, StoredFile], checkpoint: Checkpoint, at: datetime
) -> Packed:
    return pack_version(
        holdings,
        staging,
        files,
        {},
        signed_at=at,
        checkpoint=holdings.checkpoints.newest(),
        message=f"four-property check {checkpoint}",
    )


def _plan(
    case: CaseRow, checkpoint: Checkpoint, reports: Sequence[StagedReport], results: Results, at: datetime
) -> dict[str, Any]:
    answers = [line for lines in results.values() for line in lines]
    return {
        "at": to_rfc3339(at),
        "version": case.version,
        "checkpoint": str(checkpoint),
        "reports": [report.plan(checkpoint) for report in reports],
        "failed": sorted({line.id for line in answers if line.result is Result.FAIL}),
    }


def _intend(work: Work, evidence_id: CaseId, case: CaseRow, packed: Packed, plan: dict[str, Any]) -> None:
    work.session.merge(
        EvidenceRow(
            id=evidence_id,
            case_id=case.id,
            kind=KIND,
            state=PUBLISHING,
            at=parse_instant(plan["at"]),
            inventory_sha512=packed.inventory_sha512,
            tagmanifest_sha512=packed.tagmanifest_sha512,
            plan=plan,
            made_by=work.actor.name,
        )
    )


def _finish(holdings: Holdings, actor: Actor, evidence_id: CaseId) -> None:
    """The last transaction for an object that is in place as intended; otherwise nothing is left of the intent."""
    with holdings.works.work(actor) as work:
        row = work.session.get_one(EvidenceRow, evidence_id)
        there = holdings.store.inventory_sha512(object_id(evidence_id)) == row.inventory_sha512
        if not there:
            work.session.delete(row)
    if not there:
        _drop(holdings, evidence_id)
        return
    read_back(holdings, evidence_id, 1)
    if holdings.works.perform(actor, lambda work: _record(work, evidence_id)):
        holdings.keys.close_intake(object_id(evidence_id))
    else:
        if holdings.keys.list_records(object_id(evidence_id)):
            holdings.keys.destroy_object(object_id(evidence_id))
        holdings.store.remove_object(object_id(evidence_id))
    holdings.store.clear_staging(object_id(evidence_id))


def _record(work: Work, evidence_id: CaseId) -> bool:
    """Whether the evidence is kept: of a case that was destroyed meanwhile nothing is."""
    row = work.session.get_one(EvidenceRow, evidence_id)
    case = work.session.get_one(CaseRow, row.case_id)
    if case.state == SealState.DESTROYED:
        row.state = GONE
        return False
    if row.state == KEPT:
        return True
    plan = row.plan
    for report in plan["reports"]:
        keep_report(work, CaseId(row.case_id), plan["version"], row.at, {**report, "evidence": evidence_id})
    facts = {
        "checkpoint": plan["checkpoint"],
        "version": plan["version"],
        "failed": plan["failed"],
        "evidence": evidence_id,
        "inventory_sha512": row.inventory_sha512,
        "tagmanifest_sha512": row.tagmanifest_sha512,
    }
    row.entry_id = work.journal.record(CHECKED, row.case_id, facts, unit=case.unit)
    row.state = KEPT
    return True


def _drop(holdings: Holdings, evidence_id: CaseId) -> None:
    drop_keys(holdings, sorted(holdings.keys.file_ids(object_id(evidence_id))))
    holdings.keys.close_intake(object_id(evidence_id))
    holdings.store.clear_staging(object_id(evidence_id))
