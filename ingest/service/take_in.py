"""Take-in 接收归档: conducts one package from the door to the seal; can be interrupted anywhere and run again.

A refused package changes nothing: staging and keys are gone, only the report stays. The same package again gives the
receipt of the case that exists; nothing is sealed twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from archive.drafts import CaseDraft, DraftItem
from archive.kernel.actor import Actor
from archive.kernel.canonical import canonical
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, IntakeId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart
from archive.ports import object_id
from archive.service.describing import describe_case, find_by_package, find_duplicates
from archive.service.sealing import SealReceipt, seal_case
from archive.service.staging import Staging
from ingest.packages.opening import open_package
from ingest.packages.package import Package
from ingest.ports import TakeIn
from ingest.progress import Progress, Silent
from ingest.rules.names import check_names, printable
from ingest.rules.plausible import check_sip
from ingest.service.description import DESCRIPTIONS, read_sip
from ingest.service.normalise import normalise_item
from ingest.service.receive import Intake, Received, receive_files
from ingest.tables import IntakeFileRow, IntakeRow
from ingest.terms import Entry, Problem, Receipt, Sip, TakeInState
from retention.rules.periods import default_rule, derive, disposal_year
from retention.service import assign_rule

_OPEN = (TakeInState.RECEIVING, TakeInState.RECEIVED, TakeInState.ACCEPTED)


def take_in(ports: TakeIn, actor: Actor, path: Path, progress: Progress | None = None) -> Receipt:
    """Takes one package into custody and seals it 接收归档 (article 24).

    Returns the receipt; it says what a case still waits for (a locked tier, a time stamp). Raises one Refusal with
    every reason found, each with file, page and what to do; then nothing of the package is kept but the report.
    """
    told = progress or Silent()
    package = open_package(path, ports.settings.ingest)
    entries = package.entries()
    problems = structure(ports.settings.ingest, package, entries)
    sip, found = read_sip(package, entries) if not problems else (None, [])
    problems += found
    if sip is not None:
        problems += against_list(sip, entries)
        today = legal_date(ports.works.clock.now())
        problems += check_sip(sip, today, secrets_allowed=ports.secrets_allowed)
    if sip is None or problems:
        raise refuse(ports, actor, None, problems or [Problem("ingest.description-missing")])
    with ports.works.work(actor) as work:
        work.require(Action.INGEST, Target("case", unit=sip.unit))
    while True:
        intake = _resume_or_begin(ports, actor, package, entries, sip)
        with ports.holdings.store.growing(object_id(intake.case_id)):
            # whoever held it may have brought it further meanwhile: what stands now counts
            state = _state_of(ports, actor, intake)
            if state == TakeInState.ACCEPTED:
                return _seal(ports, actor, intake, sip, told)
            if state in _OPEN:
                return _take(ports, actor, package, entries, sip, intake, told)


def refuse(ports: TakeIn, actor: Actor, intake: Intake | None, problems: Iterable[Problem]) -> Refusal:
    """Puts everything back, keeps the report with the take-in's row, and gives the Refusal to raise."""
    kept = list(problems)
    if intake is not None:
        staging = Staging(ports.holdings, intake.case_id, 1)
        held = object_id(intake.case_id)
        staging.discard(staging.names() | ports.holdings.keys.file_ids(held))
        ports.holdings.keys.close_intake(held)
        ports.holdings.store.clear_staging(held)
    with ports.works.work(actor) as work:
        secret = any(problem.code.startswith("ingest.secret-") for problem in kept)
        codes = sorted({problem.code for problem in kept})
        work.journal.record("package.refused", intake.id if intake else "", {"codes": codes, "incident": secret})
        if intake is not None:
            row = work.session.get_one(IntakeRow, intake.id)
            row.state, row.ended_at = TakeInState.REFUSED, work.now
            row.report = [{"code": p.code, "page": p.page} for p in kept]
            for file in work.session.scalars(select(IntakeFileRow).where(IntakeFileRow.intake_id == intake.id)):
                work.session.delete(file)
    refusal = Refusal.join(to_refusal(problem) for problem in kept)
    return refusal or Refusal("ingest.package-unreadable", package="", why="")


def _take(
    ports: TakeIn, actor: Actor, package: Package, entries: tuple[Entry, ...], sip: Sip, intake: Intake, told: Progress
) -> Receipt:
    wanted = tuple(entry for entry in entries if entry.name in sip.paths())
    received, problems = receive_files(ports, actor, intake, package, wanted, told)
    problems += [*package.problems(), *_against_digests(sip, received)]
    if problems:
        raise refuse(ports, actor, intake, problems)
    digest = _package_digest(ports, received)
    if (repeated := _repeated(ports, actor, intake, digest)) is not None:
        return repeated
    duplicates = _duplicates(ports, actor, received)
    items: list[DraftItem] = []
    staging = Staging(ports.holdings, intake.case_id, 1)
    for number, item in enumerate(sip.items):
        told.tell("normalise", item.facts.title, number, len(sip.items))
        normalised = normalise_item(ports, staging, item, received)
        problems += normalised.problems
        if normalised.item is not None:
            items.append(normalised.item)
    if problems:
        raise refuse(ports, actor, intake, problems)
    told.tell("accession", sip.facts.title, len(sip.items), len(sip.items))
    _accession(ports, actor, intake, sip, tuple(items), digest)
    return replace(_seal(ports, actor, intake, sip, told), notes=duplicates)


def _accession(
    ports: TakeIn, actor: Actor, intake: Intake, sip: Sip, items: tuple[DraftItem, ...], digest: str
) -> None:
    """Custody in one transaction: description, retention rule, state of the take-in, ledger."""
    draft = CaseDraft(intake.case_id, sip.unit, sip.facts, sip.marking, items, intake.id, digest)
    rule = default_rule(ports.settings.retention.years)
    derivation = derive(rule, sip.facts.closed_on)
    with ports.works.work(actor) as work:
        describe_case(work, ports.holdings, draft, rule.code, disposal_year(derivation))
        assign_rule(work, intake.case_id, rule, sip.facts.closed_on)
        work.session.get_one(IntakeRow, intake.id).state = TakeInState.ACCEPTED


def _seal(ports: TakeIn, actor: Actor, intake: Intake, sip: Sip, told: Progress) -> Receipt:
    told.tell("seal", sip.facts.title, 0, 1)
    sealed = seal_case(ports.holdings, actor, intake.case_id)
    with ports.works.work(actor) as work:
        row = work.session.get_one(IntakeRow, intake.id)
        if sealed.sealed_at is not None:
            row.state, row.ended_at = TakeInState.SEALED, work.now
            for file in work.session.scalars(select(IntakeFileRow).where(IntakeFileRow.intake_id == intake.id)):
                work.session.delete(file)
    told.tell("seal", sip.facts.title, 1, 1)
    return _receipt(sealed, sip, repeated=False)


def structure(limits: IngestPart, package: Package, entries: tuple[Entry, ...]) -> list[Problem]:
    """What is wrong with names, number and size of the files."""
    found = [*package.problems(), *check_names(entry.name for entry in entries)]
    if len(entries) > limits.max_files:
        found.append(Problem("ingest.package-too-many", facts={"files": len(entries), "most": limits.max_files}))
    total = sum(entry.size for entry in entries)
    if total > limits.max_package_bytes:
        found.append(Problem("ingest.package-too-large", facts={"size": total, "most": limits.max_package_bytes}))
    return found


def against_list(sip: Sip, entries: tuple[Entry, ...]) -> list[Problem]:
    """Nothing missing, nothing extra."""
    sizes = {entry.name: entry.size for entry in entries}
    listed = sip.paths()
    found = [Problem("ingest.file-missing", printable(path)) for path in sorted(listed - set(sizes))]
    extra = set(sizes) - listed - DESCRIPTIONS
    found += [Problem("ingest.file-unlisted", printable(path)) for path in sorted(extra)]
    for file in (file for item in sip.items for file in item.files):
        if file.size is not None and sizes.get(file.path, file.size) != file.size:
            facts = {"stated": file.size, "actual": sizes[file.path]}
            found.append(Problem("ingest.size-differs", printable(file.path), facts=facts))
    return found


def _against_digests(sip: Sip, received: dict[str, Received]) -> list[Problem]:
    return [
        Problem("ingest.digest-differs", printable(file.path))
        for item in sip.items
        for file in item.files
        if file.sha256 and received[file.path].staged.sha256 != file.sha256
    ]


def _duplicates(ports: TakeIn, actor: Actor, received: dict[str, Received]) -> tuple[str, ...]:
    """Files that the archive holds already, told only within what this person may read."""
    keys = ports.holdings.keys
    digests = {name: keys.keyed_digest("files", bytes.fromhex(each.staged.sha256)) for name, each in received.items()}
    with ports.works.work(actor) as work:
        found = find_duplicates(work, digests)
    return tuple(f"{printable(name)} = {code}" for name, code in sorted(found.items()))


def _package_digest(ports: TakeIn, received: dict[str, Received]) -> str:
    """Keyed digest of names and contents: tells the same package again, to this installation alone."""
    value = sorted([name, each.staged.sha256] for name, each in received.items())
    return ports.holdings.keys.keyed_digest("packages", canonical(value))


def _resume_or_begin(ports: TakeIn, actor: Actor, package: Package, entries: tuple[Entry, ...], sip: Sip) -> Intake:
    listing = canonical([package.name, [[entry.name, entry.size] for entry in entries]])
    source = ports.holdings.keys.keyed_digest("sources", listing)
    with ports.works.work(actor) as work:
        wanted = select(IntakeRow).where(
            IntakeRow.source_digest == source, IntakeRow.person_id == actor.id, IntakeRow.state.in_(_OPEN)
        )
        row = work.session.scalars(wanted).first()
        if row is None:
            row = IntakeRow(
                id=new_id("intake"),
                case_id=new_id("case"),
                source_digest=source,
                state=TakeInState.RECEIVING,
                person_id=actor.id,
                unit=sip.unit,
                started_at=work.now,
            )
            work.session.add(row)
            work.journal.record("package.receiving", row.id, {"files": len(entries)}, unit=sip.unit)
        return Intake(IntakeId(row.id), CaseId(row.case_id))


def _state_of(ports: TakeIn, actor: Actor, intake: Intake) -> str:
    with ports.works.work(actor) as work:
        return work.session.get_one(IntakeRow, intake.id).state


def _repeated(ports: TakeIn, actor: Actor, intake: Intake, digest: str) -> Receipt | None:
    """The receipt of a case with the same files, if this person may know of it; else the refusal says no more."""
    with ports.works.work(actor) as work:
        known = find_by_package(work, ports.holdings, digest)
    if known is None:
        return None
    refused = refuse(
        ports, actor, intake, [Problem("archive.package-repeated", facts={"reference": known.reference_code})]
    )
    if not known.visible:
        raise refused
    return Receipt(known.case_id, known.reference_code, known.title, known.state, 0, 0, known.sealed_at, repeated=True)


def _receipt(sealed: SealReceipt, sip: Sip, *, repeated: bool) -> Receipt:
    return Receipt(
        sealed.case_id,
        sealed.reference_code,
        sip.facts.title,
        str(sealed.state),
        len(sip.items),
        len(sip.paths()),
        sealed.sealed_at,
        sealed.waits_for,
        sealed.trial,
        repeated,
    )


def to_refusal(problem: Problem) -> Refusal:
    """A problem as the reason that people read."""
    return Refusal(problem.code, **{**problem.facts, "file": problem.file, "page": problem.page or "—"})
