"""Upload list 上传清单: every file of a draft with where it stands, as its owner sees it and reads it again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from archive.facts import FileFacts
from archive.kernel.ids import CaseId, IntakeId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import TextCipher
from ingest.ports import TakeIn
from ingest.service.draft_rows import cipher_of, own_intake, own_upload
from ingest.service.intakes import to_refusal
from ingest.service.leases import job_line
from ingest.service.upload_rows import ReasonFacts, facts_of, parts_of
from ingest.tables import IntakeFileRow, UploadRow
from ingest.terms import Problem, UploadId, UploadState


@dataclass(frozen=True, slots=True)
class UploadLine:
    """One file of a draft 上传行: bytes in all and durable ones, how far acceptance is (share), and what came of it."""

    id: UploadId
    draft_id: IntakeId
    name: str
    size: int
    offset: int
    state: UploadState
    accepting: float
    file_id: str = ""
    sha256: str = ""
    malware: str = ""
    reason: Refusal | None = None


def list_uploads(ports: TakeIn, work: Work, intake_id: IntakeId) -> tuple[UploadLine, ...]:
    """The files of one draft in the order of their names; none after it was sealed or dropped."""
    row = own_intake(work, intake_id)
    uploads = work.session.scalars(select(UploadRow).where(UploadRow.intake_id == row.id)).all()
    if not uploads:
        return ()
    cipher = cipher_of(ports, CaseId(row.case_id))
    found = work.session.scalars(select(IntakeFileRow).where(IntakeFileRow.intake_id == row.id))
    files = {file.name_digest: file for file in found}
    lines = (_line(work, cipher, upload, files.get(upload.name_digest)) for upload in uploads)
    return tuple(sorted(lines, key=lambda line: line.name))


def get_upload(ports: TakeIn, work: Work, upload_id: UploadId) -> UploadLine:
    """One upload of the actor's."""
    intake, row = own_upload(work, upload_id)
    wanted = select(IntakeFileRow).where(
        IntakeFileRow.intake_id == intake.id, IntakeFileRow.name_digest == row.name_digest
    )
    return _line(work, cipher_of(ports, intake.case_id), row, work.session.scalars(wanted).first())


def _line(work: Work, cipher: TextCipher, row: UploadRow, file: IntakeFileRow | None) -> UploadLine:
    facts, state = facts_of(cipher, row), UploadState(row.state)
    complete = state in (UploadState.UPLOADED, UploadState.ACCEPTED)
    offset = facts.size if complete else sum(size for _, size in parts_of(work, cipher, row.id))
    kept = FileFacts.model_validate_json(cipher.decrypt(file.file_id, file.facts_enc)) if file is not None else None
    reason = None
    if row.reason_enc is not None:
        said = ReasonFacts.model_validate_json(cipher.decrypt(row.id, row.reason_enc))
        reason = to_refusal(Problem(said.code, said.file, facts=dict(said.facts)))
    job = job_line(work, row.job_id) if state is UploadState.UPLOADED else None
    share = 1.0 if state is UploadState.ACCEPTED else job.done / job.total if job is not None and job.total else 0.0
    return UploadLine(
        UploadId(row.id),
        IntakeId(row.intake_id),
        facts.name,
        facts.size,
        offset,
        state,
        share,
        file.file_id if file is not None else "",
        kept.sha256 if kept is not None else "",
        file.malware if file is not None else "",
        reason,
    )
