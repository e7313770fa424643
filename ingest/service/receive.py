"""Receive 接收: every file of a package streamed once into encrypted staging; what is durable is never read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from archive.facts import FileFacts
from archive.kernel.actor import Actor
from archive.kernel.ids import FileId
from archive.ports import object_id
from archive.renditions.malware import Scanner
from archive.renditions.terms import ScanResult, Verdict
from archive.service.staging import StagedFile, Staging
from ingest.packages.package import Package
from ingest.ports import TakeIn
from ingest.progress import FileProgress, Progress
from ingest.rules.names import printable
from ingest.service.intakes import Intake
from ingest.tables import IntakeFileRow
from ingest.terms import Entry, Problem

ENGINE_WORDS = {Verdict.CLEAN: "未发现病毒", Verdict.NOT_SCANNED: "未查毒"}


@dataclass(frozen=True, slots=True)
class Received:
    """One durable file 已接收文件: where it is staged and what the malware scan said."""

    name: str
    staged: StagedFile
    malware: str


def receive_files(
    ports: TakeIn, actor: Actor, intake: Intake, package: Package, entries: tuple[Entry, ...], progress: Progress
) -> tuple[dict[str, Received], list[Problem]]:
    """Streams every file that is not durable yet; a half file and its key are gone.

    Infected files, files that grew or shrank meanwhile, and what the package itself finds while it is read are
    problems; such a file is never remembered as durable.
    """
    staging = Staging(ports.holdings, intake.case_id, 1)
    have = durable_files(ports, actor, intake)
    drop_strays(staging, {received.staged.id for received in have.values()})
    total = sum(entry.size for entry in entries)
    done = sum(received.staged.size for received in have.values())
    sizes = {entry.name: entry.size for entry in entries}
    problems: list[Problem] = []
    for name, pieces in package.read(tuple(entry.name for entry in entries if entry.name not in have)):
        before = len(problems) + len(package.problems())
        told = _Told(progress, name, done, total, sizes[name])
        received = _receive(ports, staging, name, told.through(pieces), problems)
        if received.staged.size != sizes[name]:
            problems.append(Problem("ingest.entry-changed", printable(name)))
        done += received.staged.size
        have[name] = received
        if len(problems) + len(package.problems()) == before:
            _remember(ports, actor, intake, received)
    return have, problems + package.problems()


def durable_files(ports: TakeIn, actor: Actor, intake: Intake) -> dict[str, Received]:
    """What this take-in holds already, by name."""
    cipher = ports.holdings.keys.intake_cipher(object_id(intake.case_id))
    with ports.works.work(actor) as work:
        rows = list(work.session.scalars(select(IntakeFileRow).where(IntakeFileRow.intake_id == intake.id)))
    staging, found = Staging(ports.holdings, intake.case_id, 1), {}
    for row in rows:
        if not (staging.data / row.file_id).is_file():  # what the medium lost is received again
            with ports.works.work(actor) as work:
                work.session.delete(work.session.get_one(IntakeFileRow, row.file_id))
            continue
        facts = FileFacts.model_validate_json(cipher.decrypt(row.file_id, row.facts_enc))
        staged = StagedFile(FileId(row.file_id), facts.size, facts.sha256, row.stored_size, row.stored_sha512)
        found[facts.name] = Received(facts.name, staged, row.malware)
    return found


def drop_strays(staging: Staging, kept: set[FileId]) -> None:
    """Discards staged files and intake keys that no durable row names: what an interruption left half done."""
    held = staging.holdings.keys.file_ids(object_id(staging.case_id))
    staging.discard(sorted((staging.names() | held) - kept))


def is_recording(name: str) -> bool:
    """Whether a file is padded as a recording, by its name."""
    return name.lower().rpartition(".")[2] in ("mp4", "mov", "avi", "mkv", "mpg", "mts", "wav", "mp3", "dv", "mxf")


def _receive(ports: TakeIn, staging: Staging, name: str, pieces: Iterator[bytes], problems: list[Problem]) -> Received:
    staged = staging.add(pieces, recording=is_recording(name))
    return Received(name, staged, scan_words(ports.scanner, staging, staged, name, problems))


def scan_words(scanner: Scanner, staging: Staging, staged: StagedFile, name: str, problems: list[Problem]) -> str:
    """What the malware scan says of a staged file; the plaintext is read back, the source itself only once."""
    with closing(staging.open(staged.id, staged.size)) as source:
        result = scanner.scan(source.chunks())
    if result.verdict is Verdict.INFECTED:
        problems.append(Problem("ingest.malware-found", name, facts={"threat": result.threat}))
    return ENGINE_WORDS.get(result.verdict, f"发现 {result.threat}") + _engine(result)


def _engine(result: ScanResult) -> str:
    return f" · {result.engine}" if result.engine else ""


def _remember(ports: TakeIn, actor: Actor, intake: Intake, received: Received) -> None:
    ports.works.perform(actor, lambda work: work.session.add(received_row(ports, intake, received)))


def received_row(ports: TakeIn, intake: Intake, received: Received) -> IntakeFileRow:
    """The row that makes a staged file count; its name and digest are encrypted."""
    holdings, staged = ports.holdings, received.staged
    cipher = holdings.keys.intake_cipher(object_id(intake.case_id))
    facts = FileFacts(name=received.name, size=staged.size, sha256=staged.sha256)
    return IntakeFileRow(
        file_id=staged.id,
        intake_id=intake.id,
        name_digest=holdings.keys.keyed_digest("names", received.name.encode()),
        facts_enc=cipher.encrypt(staged.id, facts.model_dump_json()),
        stored_size=staged.stored_size,
        stored_sha512=staged.stored_sha512,
        malware=received.malware[:120],
    )


@dataclass
class _Told:
    progress: Progress
    name: str
    done: int
    total: int
    size: int
    got: int = 0

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.done += len(piece)
            self.got += len(piece)
            self.progress.tell("receive", self.name, self.done, self.total)
            if isinstance(self.progress, FileProgress):
                self.progress.tell_file(self.name, self.got, self.size)
            yield piece
