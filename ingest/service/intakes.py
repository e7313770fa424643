"""Intakes 接收登记: the row of each take-in, from its beginning to the seal or to a refusal that leaves a report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select

from archive.kernel.actor import Actor
from archive.kernel.canonical import canonical
from archive.kernel.ids import CaseId, IntakeId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from archive.service.staging import Staging
from ingest.ports import TakeIn
from ingest.tables import DraftRow, IntakeFileRow, IntakeRow, UploadPartRow, UploadRow
from ingest.terms import Entry, Problem, TakeInState

OPEN = (TakeInState.RECEIVING, TakeInState.RECEIVED, TakeInState.ACCEPTED)
MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Intake:
    """A running take-in 接收任务."""

    id: IntakeId
    case_id: CaseId


def source_digest(ports: TakeIn, path: Path, entries: Sequence[Entry], description: bytes) -> str:
    """Keyed digest of where a package lies, what it lists and how it describes itself: the same again is resumed.

    Whoever touches a file, moves the package or edits the description begins anew.
    """
    listing = [[entry.name, entry.size, entry.stamp] for entry in entries]
    source = [str(path.absolute()), hashlib.sha256(description).hexdigest(), listing]
    return ports.holdings.keys.keyed_digest("sources", canonical(source))


def find_intake(work: Work, source: str, states: Sequence[TakeInState]) -> IntakeRow | None:
    """The actor's newest take-in of that very source in one of the states."""
    wanted = (
        select(IntakeRow)
        .where(IntakeRow.source_digest == source, IntakeRow.person_id == work.actor.id, IntakeRow.state.in_(states))
        .order_by(IntakeRow.started_at.desc())
    )
    return work.session.scalars(wanted).first()


def resume_or_begin(ports: TakeIn, actor: Actor, source: str, unit: str, files: int) -> Intake:
    """The take-in that was interrupted, or a new one."""

    def begin(work: Work) -> Intake:
        row = find_intake(work, source, OPEN)
        if row is None:
            row = new_row(work, source, unit, TakeInState.RECEIVING)
            work.session.add(row)
            work.journal.record("package.receiving", row.id, {"files": files}, unit=unit)
        return Intake(IntakeId(row.id), CaseId(row.case_id))

    return ports.works.perform(actor, begin)


def state_of(ports: TakeIn, actor: Actor, intake: Intake) -> str:
    """Where the take-in stands now."""
    with ports.works.work(actor) as work:
        return work.session.get_one(IntakeRow, intake.id).state


def accept_intake(work: Work, intake: Intake) -> None:
    """The case of the take-in is in custody; what it was put together from is not needed any more."""
    work.session.get_one(IntakeRow, intake.id).state = TakeInState.ACCEPTED
    _clear_draft(work, intake.id)


def end_intake(work: Work, row: IntakeRow, state: TakeInState) -> None:
    """The take-in is over; the rows of its files are not needed any more."""
    row.state, row.ended_at = state, work.now
    _clear_draft(work, row.id)
    for file in work.session.scalars(select(IntakeFileRow).where(IntakeFileRow.intake_id == row.id)):
        work.session.delete(file)


def _clear_draft(work: Work, intake_id: str) -> None:
    uploads = select(UploadRow.id).where(UploadRow.intake_id == intake_id)
    work.session.execute(delete(UploadPartRow).where(UploadPartRow.upload_id.in_(uploads)))
    work.session.execute(delete(UploadRow).where(UploadRow.intake_id == intake_id))
    work.session.execute(delete(DraftRow).where(DraftRow.intake_id == intake_id))


def refuse(ports: TakeIn, actor: Actor, intake: Intake | None, problems: Iterable[Problem], unit: str = "") -> Refusal:
    """Puts everything back, keeps the report with the take-in's row, and gives the Refusal to raise.

    What the report says of files is encrypted; of a package with state secrets it keeps codes alone, and the journal
    calls it an incident.
    """
    found = list(problems)
    if intake is not None:
        put_back(ports, intake)
    secret = any(problem.code.startswith("ingest.secret-") for problem in found)
    with ports.works.work(actor) as work:
        row = work.session.get(IntakeRow, intake.id) if intake is not None else None
        if row is None:
            row = new_row(work, "", unit, TakeInState.REFUSED)
            work.session.add(row)
        end_intake(work, row, TakeInState.REFUSED)
        keep_report(ports, row, found, with_words=not secret)
        facts = {"codes": sorted({problem.code for problem in found}), "incident": secret}
        work.journal.record("package.refused", row.id, facts, unit=row.unit)
        intake_id = row.id
    refusal = Refusal.join(to_refusal(problem, intake_id) for problem in found)
    return refusal or Refusal("ingest.package-unreadable", package="", why="")


def put_back(ports: TakeIn, intake: Intake) -> None:
    """Staged files, their keys and the staging folder of a take-in are gone."""
    staging, held = Staging(ports.holdings, intake.case_id, 1), object_id(intake.case_id)
    staging.discard(staging.names() | ports.holdings.keys.file_ids(held))
    ports.holdings.keys.close_intake(held)
    ports.holdings.store.clear_staging(held)


def read_report(ports: TakeIn, work: Work, intake_id: IntakeId) -> list[Problem]:
    """What a refused package was refused for; only for the person who submitted it."""
    row = work.session.get(IntakeRow, intake_id)
    if row is None or row.person_id != work.actor.id:
        raise Refusal("ingest.report-unknown")
    cipher = ports.holdings.keys.intake_cipher(object_id(CaseId(row.id)))
    found = []
    for number, kept in enumerate(row.report):
        words = json.loads(cipher.decrypt(f"report-{number}", bytes.fromhex(kept["words"]))) if kept["words"] else {}
        found.append(Problem(kept["code"], words.get("file", ""), kept["page"], words.get("facts", {})))
    return found


def keep_report(ports: TakeIn, row: IntakeRow, problems: Sequence[Problem], *, with_words: bool) -> None:
    """Keeps what was found with the take-in's row; an empty report is as good as none."""
    row.report = _kept(ports, row.id, problems[:MOST_KEPT], with_words=with_words)


def _kept(ports: TakeIn, row_id: str, problems: Sequence[Problem], *, with_words: bool) -> list[dict[str, object]]:
    cipher = ports.holdings.keys.intake_cipher(object_id(CaseId(row_id))) if with_words and problems else None
    kept: list[dict[str, object]] = []
    for number, problem in enumerate(problems):
        text = json.dumps({"file": problem.file, "facts": problem.facts}, default=str)
        words = cipher.encrypt(f"report-{number}", text).hex() if cipher is not None else ""
        kept.append({"code": problem.code, "page": problem.page, "words": words})
    return kept


def new_row(work: Work, source: str, unit: str, state: TakeInState) -> IntakeRow:
    """The row of a take-in that begins now, with the id of the case it shall become."""
    return IntakeRow(
        id=new_id("intake"),
        case_id=new_id("case"),
        source_digest=source,
        state=state,
        person_id=work.actor.id,
        unit=unit,
        started_at=work.now,
    )


def to_refusal(problem: Problem, intake_id: str = "") -> Refusal:
    """A problem as the reason that people read; ``intake`` among its facts names the report."""
    named = {"file": problem.file, "page": problem.page or "—", "intake": intake_id}
    return Refusal(problem.code, **{**problem.facts, **named})


def to_problems(refusal: Refusal, file: str = "") -> list[Problem]:
    """The reasons of a refusal as problems of the package, or of ``file`` in it."""
    found = []
    for reason in refusal.all():
        facts = dict(reason.facts)
        page = facts.pop("page", 0)
        named = str(facts.pop("file", "") or file)
        found.append(Problem(reason.code, named, page if isinstance(page, int) else 0, facts))
    return found
