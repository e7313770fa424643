"""Accepting 入卷: the parts of a complete upload become one file of the draft, with both digests and the malware scan.

The parts are streamed once into the final staged file; nothing counts before the transaction that names it, and the
parts go after that. Killed anywhere, it is done again from the parts. Memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from archive.kernel import jobs
from archive.kernel.actor import machine_actor
from archive.kernel.faults import name_fault
from archive.kernel.ids import CaseId, FileId, IntakeId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from archive.service.staging import Staging
from ingest.ports import TakeIn
from ingest.rules.names import printable
from ingest.service.draft_rows import cipher_of
from ingest.service.intakes import Intake
from ingest.service.leases import Held, hold_lease, job_line
from ingest.service.receive import Received, is_recording, received_row, scan_words
from ingest.service.upload_rows import ReasonFacts, UploadFacts, facts_of, parts_of
from ingest.service.uploads import lease_acceptance, queue_acceptance
from ingest.tables import IntakeRow, UploadPartRow, UploadRow
from ingest.terms import Problem, UploadState

_ACTOR = machine_actor("receiver", "files that were uploaded become files of a draft")
MIB = 2**20


@dataclass(frozen=True, slots=True)
class _Complete:
    """An upload with all its parts."""

    id: str
    intake: Intake
    facts: UploadFacts
    parts: tuple[tuple[FileId, int], ...]


def accept_next(ports: TakeIn, owner: str) -> bool:
    """Makes the file of the next complete upload; False when none waits, or the next one must be tried later.

    A file with malware, or with another SHA-256 than the sender said, is refused and gone. What breaks is tried again.
    """
    with ports.works.work(_ACTOR) as work:
        job = lease_acceptance(work, owner)
        if job is None:
            return False
        job_id, upload_id = job.id, str(job.payload["upload_id"])
    try:
        with hold_lease(ports, _ACTOR, job_id, owner) as held:
            _accept(ports, held, upload_id)
    except Exception as fault:  # noqa: BLE001  whatever breaks one upload must not keep the others waiting
        error = name_fault(fault)
        ports.works.perform(_ACTOR, lambda work: jobs.fail(work.session, job_id, owner, work.now, error, retry=True))
        return False
    return True


def requeue_acceptances(ports: TakeIn) -> int:
    """Queues again what is complete and whose job has ended without it; how many. Recovery calls it."""

    def requeue(work: Work) -> int:
        rows = work.session.scalars(select(UploadRow).where(UploadRow.state == UploadState.UPLOADED)).all()
        lost = [row for row in rows if (line := job_line(work, row.job_id)) is None or not line.lives]
        for row in lost:
            queue_acceptance(work, row)
        return len(lost)

    return ports.works.perform(_ACTOR, requeue)


def _accept(ports: TakeIn, held: Held, upload_id: str) -> None:
    with ports.works.work(_ACTOR) as work:
        complete = _complete(ports, work, upload_id)
        if complete is None:
            jobs.finish(work.session, held.job_id, held.owner, work.now, {"gone": True})
            return
    with ports.holdings.store.growing(object_id(complete.intake.case_id), wait=False, shared=True) as ours:
        if not ours:
            raise Refusal("ingest.draft-busy")
        staging, problems = Staging(ports.holdings, complete.intake.case_id, 1), list[Problem]()
        name = complete.facts.name
        staged = staging.add(_pieces(staging, complete, held), recording=is_recording(name))
        received = Received(name, staged, "")
        try:
            received = Received(name, staged, scan_words(ports.scanner, staging, staged, name, problems))
            if complete.facts.sha256 and staged.sha256 != complete.facts.sha256:
                problems.append(Problem("ingest.digest-differs", printable(name)))
            kept = ports.works.perform(_ACTOR, lambda work: _keep(ports, work, held, complete, received, problems))
        except BaseException:
            staging.discard([staged.id])
            raise
        staging.discard([part for part, _ in complete.parts] if kept else [staged.id])
        if kept and problems:
            staging.discard([staged.id])


def _complete(ports: TakeIn, work: Work, upload_id: str) -> _Complete | None:
    """The upload as it is to be accepted; None when that was done, or it is gone."""
    row = work.session.get(UploadRow, upload_id)
    if row is None or row.state != UploadState.UPLOADED:
        return None
    intake = work.session.get_one(IntakeRow, row.intake_id)
    cipher = cipher_of(ports, CaseId(intake.case_id))
    parts = tuple(parts_of(work, cipher, row.id))
    whole = Intake(IntakeId(intake.id), CaseId(intake.case_id))
    return _Complete(row.id, whole, facts_of(cipher, row), parts)


def _pieces(staging: Staging, complete: _Complete, held: Held) -> Iterator[bytes]:
    done = 0
    for file_id, size in complete.parts:
        with closing(staging.open(file_id, size)) as source:
            for piece in source.chunks():
                yield piece
                done += len(piece)
                held.tell("accept", "", done // MIB, complete.facts.size // MIB)  # plain integers of a job count MiB


def _keep(
    ports: TakeIn, work: Work, held: Held, complete: _Complete, received: Received, problems: list[Problem]
) -> bool:
    """The transaction in which the file counts; False when the upload was taken away meanwhile, or another did it."""
    row = work.session.get(UploadRow, complete.id)
    if row is None or row.state != UploadState.UPLOADED:
        jobs.finish(work.session, held.job_id, held.owner, work.now, {"gone": True})
        return False
    for part in work.session.scalars(select(UploadPartRow).where(UploadPartRow.upload_id == row.id)):
        work.session.delete(part)
    if problems:
        first, cipher = problems[0], cipher_of(ports, complete.intake.case_id)
        facts = {name: str(value) for name, value in first.facts.items()}
        reason = ReasonFacts(code=first.code, file=first.file, facts=facts).model_dump_json()
        row.state, row.reason_enc = UploadState.REFUSED, cipher.encrypt(row.id, reason)
        unit = work.session.get_one(IntakeRow, row.intake_id).unit
        work.journal.record("upload.refused", complete.intake.id, {"codes": [p.code for p in problems]}, unit=unit)
    else:
        row.state = UploadState.ACCEPTED
        work.session.add(received_row(ports, complete.intake, received))
    jobs.finish(work.session, held.job_id, held.owner, work.now, {})
    return True
