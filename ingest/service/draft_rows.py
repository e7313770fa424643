"""Rows of drafts 组卷登记行: whose a draft is, whether it may be changed now, and which staged files it keeps.

A draft is shown to whoever began it alone: until the seal nobody has judged which compartments its papers carry.
"""

from __future__ import annotations

from sqlalchemy import select

from archive.kernel.actor import Actor
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, FileId, IntakeId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import TextCipher, object_id
from archive.service.staging import Staging
from ingest.ports import TakeIn
from ingest.service.intakes import Intake
from ingest.service.receive import drop_strays, durable_files
from ingest.tables import DraftRow, IntakeRow, UploadPartRow, UploadRow
from ingest.terms import TakeInState, UploadId


def own_intake(work: Work, intake_id: IntakeId) -> IntakeRow:
    """A take-in that the actor began as a draft; absent, foreign and somebody else's are refused in the same words."""
    row = work.session.get(IntakeRow, intake_id)
    if row is None or row.person_id != work.actor.id or row.source_digest:
        raise Refusal("ingest.draft-unknown")
    if not work.guard.decide(work.actor, Action.INGEST, Target("intake", unit=UnitCode(row.unit))).allowed:
        raise Refusal("ingest.draft-unknown")
    return row


def open_draft_row(work: Work, intake_id: IntakeId) -> tuple[Intake, DraftRow]:
    """The draft with its row, to be changed now; refused once it is sealed, dropped, or on its way to the seal."""
    row = own_intake(work, intake_id)
    draft = work.session.get(DraftRow, row.id)
    if draft is None or row.state != TakeInState.ARRANGING:
        raise Refusal("ingest.draft-closed", state=row.state)
    if draft.seal_job:
        raise Refusal("ingest.draft-sealing")
    return Intake(IntakeId(row.id), CaseId(row.case_id)), draft


def own_upload(work: Work, upload_id: UploadId) -> tuple[Intake, UploadRow]:
    """An upload into a draft of the actor's; absent and foreign are refused in the same words."""
    upload = work.session.get(UploadRow, upload_id)
    row = work.session.get(IntakeRow, upload.intake_id) if upload is not None else None
    if upload is None or row is None or row.person_id != work.actor.id:
        raise Refusal("ingest.upload-unknown")
    if not work.guard.decide(work.actor, Action.INGEST, Target("intake", unit=UnitCode(row.unit))).allowed:
        raise Refusal("ingest.upload-unknown")
    return Intake(IntakeId(row.id), CaseId(row.case_id)), upload


def cipher_of(ports: TakeIn, case_id: CaseId) -> TextCipher:
    """What encrypts the words of a draft until its case is sealed."""
    return ports.holdings.keys.intake_cipher(object_id(case_id))


def drop_unkept(ports: TakeIn, actor: Actor, intake: Intake) -> None:
    """Drops from staging what neither a received file nor a part of an upload names, with its keys.

    Only while the object is held by this hand alone: what another hand is writing has no row yet.
    """
    staging = Staging(ports.holdings, intake.case_id, 1)
    kept = {got.staged.id for got in durable_files(ports, actor, intake).values()}
    drop_strays(staging, kept | _sound_parts(ports, actor, intake, staging))


def _sound_parts(ports: TakeIn, actor: Actor, intake: Intake, staging: Staging) -> set[FileId]:
    """The parts that are there; from the first one on that the medium lost, an upload is sent again."""
    there, kept = staging.names(), set[FileId]()
    with ports.works.work(actor) as work:
        wanted = (
            select(UploadPartRow)
            .join(UploadRow, UploadRow.id == UploadPartRow.upload_id)
            .where(UploadRow.intake_id == intake.id)
            .order_by(UploadPartRow.upload_id, UploadPartRow.number)
        )
        broken = set[str]()
        for part in work.session.scalars(wanted).all():
            if part.file_id not in there or part.upload_id in broken:
                broken.add(part.upload_id)
                work.session.delete(part)
            else:
                kept.add(FileId(part.file_id))
        for upload_id in broken:
            work.session.get_one(UploadRow, upload_id).state = "receiving"
    return kept
