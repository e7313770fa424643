"""Uploads 上传: one file on its way into a draft, in encrypted parts, each durable before it is acknowledged.

A part that was not finished when the process ended is dropped by recovery, and the sender is told the lower offset; a
connection that breaks keeps what came. Two connections may send the same part: the first to finish it is right, and
the other is told where the upload stands.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from archive.kernel import jobs
from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId, IntakeId, new_id
from archive.kernel.jobs import JobRow
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from archive.service.staging import StagedFile, Staging
from ingest.ports import TakeIn
from ingest.rules.names import check_names, printable
from ingest.service.draft_rows import cipher_of, open_draft_row, own_upload
from ingest.service.intakes import Intake, to_refusal
from ingest.service.upload_rows import UploadFacts, facts_of, parts_of
from ingest.tables import DraftRow, IntakeFileRow, UploadPartRow, UploadRow
from ingest.terms import UploadId, UploadState

PART = 64 * 2**20
"""Bytes of plaintext after which a part is cut and counts 分段大小."""
MOST_PARTS = 20_000
JOB = "upload.accept"


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload as its sender resumes it 续传状态: bytes in all, and how many of them are durable."""

    id: UploadId
    intake: Intake
    name: str
    size: int
    offset: int
    state: UploadState


def create_upload(ports: TakeIn, actor: Actor, intake_id: IntakeId, name: str, size: int, sha256: str = "") -> UploadId:
    """Announces one file of a draft 新建上传: its name in the case with ``/``, its bytes, its SHA-256 where known.

    Refuses a name that no case may hold or that the draft has already, nothing, too much, and what the disk cannot
    hold twice (its parts, and the file made of them). An upload that was refused makes room for another try.
    """
    facts = UploadFacts(name=name, size=size, sha256=sha256)
    _check(ports, facts)
    keyed = ports.holdings.keys.keyed_digest("names", name.encode())

    def create(work: Work) -> UploadId:
        intake, draft = open_draft_row(work, intake_id)
        row = work.session.scalars(
            select(UploadRow).where(UploadRow.intake_id == intake.id, UploadRow.name_digest == keyed)
        ).first()
        if row is not None and row.state != UploadState.REFUSED:
            raise Refusal("ingest.upload-exists", file=printable(name))
        if row is not None:
            work.session.delete(row)
            work.session.flush()
        held = work.session.scalar(select(func.count()).select_from(UploadRow).where(UploadRow.intake_id == intake.id))
        if (held or 0) >= ports.settings.ingest.max_files:
            raise Refusal("ingest.package-too-many", files=held, most=ports.settings.ingest.max_files)
        _check_space(ports, intake.case_id, size)
        upload_id, draft.changed_at = UploadId(new_id("upload")), work.now
        work.session.add(
            UploadRow(
                id=upload_id,
                intake_id=intake.id,
                name_digest=keyed,
                facts_enc=cipher_of(ports, intake.case_id).encrypt(upload_id, facts.model_dump_json()),
                state=UploadState.RECEIVING,
                created_at=work.now,
            )
        )
        return upload_id

    return ports.works.perform(actor, create)


def open_upload(ports: TakeIn, actor: Actor, upload_id: UploadId) -> Opened:
    """Where an upload stands 续传位置."""
    with ports.works.work(actor) as work:
        intake, row = own_upload(work, upload_id)
        cipher = cipher_of(ports, intake.case_id)
        facts, state = facts_of(cipher, row), UploadState(row.state)
        complete = state in (UploadState.UPLOADED, UploadState.ACCEPTED)
        offset = facts.size if complete else sum(size for _, size in parts_of(work, cipher, row.id))
    return Opened(upload_id, intake, facts.name, facts.size, offset, state)


def append_upload(
    ports: TakeIn, actor: Actor, upload_id: UploadId, offset: int, pieces: Iterator[bytes], sha256: bytes | None = None
) -> Opened:
    """Takes what comes from ``offset`` on 续传: cut into encrypted parts, each durable when it is counted.

    ``pieces`` may end early, and what came counts; with ``sha256`` (of exactly these bytes) all of it counts or, when
    it differs, nothing. The last byte makes the upload ``uploaded`` and queues its acceptance. Refuses another offset
    than the one the upload stands at, naming that one.
    """
    opened = open_upload(ports, actor, upload_id)
    if opened.state is not UploadState.RECEIVING:
        raise Refusal("ingest.upload-complete", file=printable(opened.name))
    with ports.holdings.store.growing(object_id(opened.intake.case_id), wait=False, shared=True) as held:
        if not held:
            raise Refusal("ingest.draft-busy")
        _Appending(ports, actor, opened, offset).take(_Feed(pieces), sha256)
    return open_upload(ports, actor, upload_id)


def drop_upload(ports: TakeIn, actor: Actor, upload_id: UploadId) -> None:
    """Takes a file out of a draft 移除文件, uploaded or half uploaded: bytes and keys are gone."""
    with ports.works.work(actor) as work:
        intake, _ = own_upload(work, upload_id)
    with ports.holdings.store.growing(object_id(intake.case_id), wait=False) as held:
        if not held:
            raise Refusal("ingest.draft-busy")
        gone = ports.works.perform(actor, lambda work: _forget(work, upload_id))
        Staging(ports.holdings, intake.case_id, 1).discard(gone)


def _forget(work: Work, upload_id: UploadId) -> list[str]:
    intake, row = own_upload(work, upload_id)
    _, draft = open_draft_row(work, intake.id)
    parts = work.session.scalars(select(UploadPartRow).where(UploadPartRow.upload_id == row.id)).all()
    files = work.session.scalars(
        select(IntakeFileRow).where(IntakeFileRow.intake_id == intake.id, IntakeFileRow.name_digest == row.name_digest)
    ).all()
    gone = [part.file_id for part in parts] + [file.file_id for file in files]
    for each in (*parts, *files):
        work.session.delete(each)
    work.session.flush()
    work.session.delete(row)
    draft.changed_at = work.now
    return gone


class _Feed:
    """What comes over the wire, asked for in portions 来件."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._ready, self.digest = pieces, memoryview(b""), hashlib.sha256()

    def has_more(self) -> bool:
        """Whether at least one more byte is there; waits for it."""
        while not len(self._ready):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._ready = memoryview(piece)
        return True

    def portion(self, most: int) -> Iterator[bytes]:
        """Up to ``most`` bytes, in the pieces in which they come."""
        while most > 0 and self.has_more():
            piece, self._ready = bytes(self._ready[:most]), self._ready[most:]
            most -= len(piece)
            self.digest.update(piece)
            yield piece


class _Appending:
    """One connection that adds to an upload."""

    def __init__(self, ports: TakeIn, actor: Actor, opened: Opened, offset: int) -> None:
        self._ports, self._actor, self._opened = ports, actor, opened
        self._staging = Staging(ports.holdings, opened.intake.case_id, 1)
        self._begun = self._next(offset)
        self._offset = offset

    def _next(self, offset: int) -> int:
        """The number of the part that comes next; refuses another offset than the one the upload stands at."""
        with self._ports.works.work(self._actor) as work:
            sizes = parts_of(work, cipher_of(self._ports, self._opened.intake.case_id), self._opened.id)
        if offset != (stands := sum(size for _, size in sizes)):
            raise Refusal("ingest.upload-offset", offset=stands)
        if len(sizes) >= MOST_PARTS:
            raise Refusal("ingest.upload-crumbs", most=MOST_PARTS)
        return len(sizes)

    def take(self, feed: _Feed, sha256: bytes | None) -> None:
        """Everything that comes; without ``sha256`` part by part, with it at the end or not at all."""
        made: list[StagedFile] = []
        try:
            while self._offset < self._opened.size and feed.has_more():
                part = self._write(feed)
                made.append(part)
                self._offset += part.size
                if self._offset == self._opened.size and feed.has_more():
                    raise Refusal("ingest.upload-beyond", file=printable(self._opened.name), size=self._opened.size)
                if sha256 is None:
                    self._keep(made)
                    made = []
            if sha256 is not None:
                if feed.digest.digest() != sha256:
                    raise Refusal("ingest.upload-checksum", found=base64.b64encode(feed.digest.digest()).decode())
                self._keep(made)
        except BaseException:
            self._staging.discard(part.id for part in made)
            raise

    def _write(self, feed: _Feed) -> StagedFile:
        portion = feed.portion(min(PART, self._opened.size - self._offset))
        try:
            return self._staging.add(portion, recording=True)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Refusal("ingest.space-lacking", free=0, needed=self._opened.size) from error

    def _keep(self, made: list[StagedFile]) -> None:
        self._ports.works.perform(self._actor, lambda work: self._remember(work, made))
        self._begun += len(made)

    def _remember(self, work: Work, made: list[StagedFile]) -> None:
        intake, row = own_upload(work, self._opened.id)
        _, draft = open_draft_row(work, intake.id)
        cipher = cipher_of(self._ports, intake.case_id)
        parts = parts_of(work, cipher, row.id)
        if row.state != UploadState.RECEIVING or len(parts) != self._begun:  # another connection was faster
            raise Refusal("ingest.upload-offset", offset=sum(size for _, size in parts))
        for number, part in enumerate(made, start=self._begun):
            size = cipher.encrypt(part.id, str(part.size))
            work.session.add(UploadPartRow(file_id=part.id, upload_id=row.id, number=number, size_enc=size))
        if self._offset == self._opened.size:
            row.state = UploadState.UPLOADED
            queue_acceptance(work, row, draft)


def queue_acceptance(work: Work, row: UploadRow, draft: DraftRow | None = None) -> None:
    """Queues what makes the file of the draft out of the parts of a complete upload."""
    row.job_id = jobs.enqueue(work.session, JOB, {"upload_id": row.id}, work.now)
    if draft is not None:
        draft.changed_at = work.now


def lease_acceptance(work: Work, owner: str) -> JobRow | None:
    """The next complete upload that waits, for one hand."""
    return jobs.lease(work.session, [JOB], owner, work.now)


def _check(ports: TakeIn, facts: UploadFacts) -> None:
    limit = ports.settings.ingest.max_upload_bytes
    if refusal := Refusal.join(to_refusal(problem) for problem in check_names([facts.name])):
        raise refusal
    if facts.size <= 0:
        raise Refusal("ingest.file-empty", file=printable(facts.name))
    if facts.size > limit:
        raise Refusal("ingest.upload-too-large", file=printable(facts.name), size=facts.size, most=limit)


def _check_space(ports: TakeIn, case_id: CaseId, size: int) -> None:
    needed = (
        size * 2 + size // 8 + ports.settings.ingest.spare_bytes
    )  # the parts and the file made of them, each with its padding
    free = shutil.disk_usage(ports.holdings.store.staging_folder(object_id(case_id))).free
    if free < needed:
        raise Refusal("ingest.space-lacking", free=free, needed=needed)
