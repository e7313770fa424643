"""Take-in 接收归档: conducts one package from the door to the seal; can be interrupted anywhere and run again.

A refused package changes nothing: staging and keys are gone, only the report stays. The same package again gives the
receipt of the case that exists; nothing is sealed twice.
"""

from __future__ import annotations

from pathlib import Path

from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, UnitCode
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from archive.service.describing import find_by_package
from archive.terms import SealState
from ingest.ports import TakeIn
from ingest.progress import Progress, Silent
from ingest.service.checking import Opened, open_checked
from ingest.service.filing import Rejected, against_digests, file_case, finish_seal, package_digest
from ingest.service.intakes import (
    OPEN,
    Intake,
    find_intake,
    refuse,
    resume_or_begin,
    source_digest,
    state_of,
    to_problems,
)
from ingest.service.receipts import receipt_of, receipt_of_case
from ingest.service.receive import receive_files
from ingest.terms import Problem, Receipt, Sip, TakeInState

_PACKAGE_FAULTS = ("ingest.package-", "ingest.entry-", "archive.property-")
"""Refusals that speak of the package itself; any other (a scanner that is away) can be tried again."""


def take_in(
    ports: TakeIn, actor: Actor, path: Path, progress: Progress | None = None, *, only: UnitCode | None = None
) -> Receipt:
    """Takes one package into custody and seals it 接收归档 (article 24).

    Returns the receipt; it says what a case still waits for (a locked tier, a time stamp). Raises one Refusal with
    every reason found, each with file, page and what to do; then nothing of the package is kept but the report.
    ``only``: packages of any other unit are refused, whatever the actor may do.
    """
    today = legal_date(ports.works.clock.now())
    with open_checked(ports.settings.ingest, path, today, secrets_allowed=ports.secrets_allowed) as opened:
        if opened.sip is None:
            raise refuse(ports, actor, None, opened.problems)
        if only is not None and opened.sip.unit != only:
            raise refuse(ports, actor, None, [Problem("ingest.drop-unit", facts={"unit": only})], opened.sip.unit)
        with ports.works.work(actor) as work:
            work.require(Action.INGEST, Target("case", unit=opened.sip.unit))
        return _conduct(ports, actor, opened, opened.sip, path, progress or Silent())


def _conduct(ports: TakeIn, actor: Actor, opened: Opened, sip: Sip, path: Path, told: Progress) -> Receipt:
    source = source_digest(ports, path, opened.entries, opened.description)
    while True:
        if (done := _sealed_before(ports, actor, source)) is not None:
            return done
        intake = resume_or_begin(ports, actor, source, sip.unit, len(opened.entries))
        with ports.holdings.store.growing(object_id(intake.case_id)):
            # whoever held it may have brought it further meanwhile: what stands now counts
            state = state_of(ports, actor, intake)
            if state == TakeInState.ACCEPTED:
                told.tell("seal", sip.facts.title, 0, 1)
                return receipt_of(finish_seal(ports, actor, intake), sip)
            if state in OPEN:
                return _take_or_put_back(ports, actor, opened, sip, intake, told)


def _take_or_put_back(ports: TakeIn, actor: Actor, opened: Opened, sip: Sip, intake: Intake, told: Progress) -> Receipt:
    try:
        return _take(ports, actor, opened, sip, intake, told)
    except Rejected as rejected:
        raise refuse(ports, actor, intake, rejected.problems) from None
    except Refusal as refusal:
        if not refusal.code.startswith(_PACKAGE_FAULTS):
            raise
        raise refuse(ports, actor, intake, to_problems(refusal)) from refusal


def _take(ports: TakeIn, actor: Actor, opened: Opened, sip: Sip, intake: Intake, told: Progress) -> Receipt:
    wanted = tuple(entry for entry in opened.entries if entry.name in sip.paths())
    received, problems = receive_files(ports, actor, intake, opened.package, wanted, told)
    problems += against_digests(sip, received)
    if problems:
        raise Rejected(problems)
    if (repeated := _repeated(ports, actor, intake, package_digest(ports, received))) is not None:
        return repeated
    return file_case(ports, actor, intake, sip, received, told)


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


def _sealed_before(ports: TakeIn, actor: Actor, source: str) -> Receipt | None:
    """The receipt of what this person took in from the very same, untouched source; its files are not read again."""
    with ports.works.work(actor) as work:
        row = find_intake(work, source, (TakeInState.SEALED,))
    if row is None:
        return None
    try:
        receipt = receipt_of_case(ports, actor, CaseId(row.case_id))
    except Refusal:
        return None
    return receipt if receipt.state == SealState.SEALED else None
