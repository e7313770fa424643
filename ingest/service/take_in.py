"""Take-in 接收归档: conducts one package from the door to the seal; can be interrupted anywhere and run again.

A refused package changes nothing: staging and keys are gone, only the report stays. The same package again gives the
receipt of the case that exists; nothing is sealed twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from archive.drafts import CaseDraft, DraftItem
from archive.facts import ItemFacts
from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from archive.service.describing import describe_case, find_by_package, find_duplicates
from archive.service.reading import ItemLine, get_case
from archive.service.receipts import package_digest
from archive.service.sealing import SealReceipt, seal_case
from archive.service.staging import Staging
from archive.terms import Role, SealState
from ingest.ports import TakeIn
from ingest.progress import Progress, Silent
from ingest.rules.names import printable
from ingest.service.checking import Opened, open_checked
from ingest.service.intakes import (
    OPEN,
    Intake,
    end_intake,
    find_intake,
    refuse,
    resume_or_begin,
    source_digest,
    state_of,
    to_problems,
)
from ingest.service.normalise import normalise_item
from ingest.service.receive import Received, receive_files
from ingest.tables import IntakeRow
from ingest.terms import FileLine, Note, Problem, Receipt, Sip, TakeInState
from retention.rules.periods import default_rule, derive, disposal_year
from retention.service import assign_rule

_PACKAGE_FAULTS = ("ingest.package-", "ingest.entry-", "archive.property-")
"""Refusals that speak of the package itself; any other (a scanner that is away) can be tried again."""


_OF_THE_MAKING = {"rewritten-not-valid", "touched-up"}
"""Findings about how a rendition came to be: kept with the item, nothing for the sender."""


class Rejected(Exception):
    """A package that will not be taken 退回, with everything that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(len(problems))
        self.problems = problems


def take_in(ports: TakeIn, actor: Actor, path: Path, progress: Progress | None = None) -> Receipt:
    """Takes one package into custody and seals it 接收归档 (article 24).

    Returns the receipt; it says what a case still waits for (a locked tier, a time stamp). Raises one Refusal with
    every reason found, each with file, page and what to do; then nothing of the package is kept but the report.
    """
    today = legal_date(ports.works.clock.now())
    with open_checked(ports.settings.ingest, path, today, secrets_allowed=ports.secrets_allowed) as opened:
        if opened.sip is None:
            raise refuse(ports, actor, None, opened.problems)
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
                return _seal(ports, actor, intake, sip, told)
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
    problems += _against_digests(sip, received)
    if problems:
        raise Rejected(problems)
    digest = _package_digest(ports, received)
    if (repeated := _repeated(ports, actor, intake, digest)) is not None:
        return repeated
    notes = _duplicates(ports, actor, received)
    items = _normalise(ports, sip, intake, received, told)
    told.tell("accession", sip.facts.title, len(items), len(items))
    _accession(ports, actor, intake, sip, items, digest)
    formats = {file.name: file.media_type for item in items for file in item.files}
    lines = tuple(
        FileLine(printable(name), got.staged.size, got.staged.sha256, formats.get(name, ""), got.malware)
        for name, got in sorted(received.items())
    )
    return replace(_seal(ports, actor, intake, sip, told), notes=(*notes, *_item_notes(items)), received=lines)


def _normalise(
    ports: TakeIn, sip: Sip, intake: Intake, received: dict[str, Received], told: Progress
) -> tuple[DraftItem, ...]:
    staging = Staging(ports.holdings, intake.case_id, 1)
    items: list[DraftItem] = []
    problems: list[Problem] = []
    for number, item in enumerate(sip.items):
        told.tell("normalise", item.facts.title, number, len(sip.items))
        normalised = normalise_item(ports, staging, item, received)
        problems += normalised.problems
        if normalised.item is not None:
            items.append(normalised.item)
    if problems:
        raise Rejected(problems)
    return tuple(items)


def _accession(
    ports: TakeIn, actor: Actor, intake: Intake, sip: Sip, items: tuple[DraftItem, ...], digest: str
) -> None:
    """Custody in one transaction: description, retention rule, state of the take-in, ledger."""
    draft = CaseDraft(intake.case_id, sip.unit, sip.facts, sip.marking, items, intake.id, digest)
    rule = default_rule(ports.settings.retention.years)
    derivation = derive(rule, sip.facts.closed_on)

    def accept(work: Work) -> None:
        describe_case(work, ports.holdings, draft, rule.code, disposal_year(derivation))
        assign_rule(work, intake.case_id, rule, sip.facts.closed_on)
        work.session.get_one(IntakeRow, intake.id).state = TakeInState.ACCEPTED

    ports.works.perform(actor, accept)


def _seal(ports: TakeIn, actor: Actor, intake: Intake, sip: Sip, told: Progress) -> Receipt:
    told.tell("seal", sip.facts.title, 0, 1)
    sealed = seal_case(ports.holdings, actor, intake.case_id)
    if sealed.sealed_at is not None:
        ports.works.perform(
            actor, lambda work: end_intake(work, work.session.get_one(IntakeRow, intake.id), TakeInState.SEALED)
        )
    told.tell("seal", sip.facts.title, 1, 1)
    return _receipt(sealed, sip)


def _against_digests(sip: Sip, received: dict[str, Received]) -> list[Problem]:
    return [
        Problem("ingest.digest-differs", printable(file.path))
        for item in sip.items
        for file in item.files
        if file.sha256 and received[file.path].staged.sha256 != file.sha256
    ]


def _duplicates(ports: TakeIn, actor: Actor, received: dict[str, Received]) -> tuple[Note, ...]:
    """Files that the archive holds already, told only within what this person may read."""
    keys = ports.holdings.keys
    digests = {name: keys.keyed_digest("files", bytes.fromhex(each.staged.sha256)) for name, each in received.items()}
    with ports.works.work(actor) as work:
        found = find_duplicates(work, digests)
    return tuple(Note("duplicate", printable(name), detail=code) for name, code in sorted(found.items()))


def _item_notes(items: tuple[DraftItem, ...]) -> tuple[Note, ...]:
    """What was found about files and does not stop their filing."""
    return tuple(note for item in items for note in _notes_of(item.facts))


def _notes_of(facts: ItemFacts) -> list[Note]:
    name = printable(facts.original_name)
    found = [Note("rendition", name, detail=facts.rendition_note)] if facts.rendition_note else []
    kept = (each for each in facts.findings if each.code not in _OF_THE_MAKING)
    return [*found, *(Note(each.code, name, each.page or 0, each.detail) for each in kept)]


def _package_digest(ports: TakeIn, received: dict[str, Received]) -> str:
    """Keyed digest of names and contents: tells the same package again, to this installation alone."""
    return package_digest(ports.holdings, ((name, each.staged.sha256) for name, each in received.items()))


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
            view = get_case(work, ports.holdings, CaseId(row.case_id))
        except Refusal:
            return None
    line = view.line
    if line.state is not SealState.SEALED:
        return None
    title = line.facts.title if line.facts is not None else ""
    items = [item for volume in view.volumes for item in volume.items]
    received = tuple(_lines_again(items))
    return Receipt(
        line.case_id,
        line.reference_code,
        title,
        str(line.state),
        line.items,
        len(received),
        line.sealed_at,
        trial=any(seal.trial for seal in view.seals),
        repeated=True,
        notes=tuple(note for item in items if item.facts is not None for note in _notes_of(item.facts)),
        received=received,
    )


def _lines_again(items: Iterable[ItemLine]) -> Iterator[FileLine]:
    """The received files of a sealed case, as far as this person may know of them."""
    for item in items:
        for file in item.files:
            if file.role is Role.ORIGINAL:
                malware = item.facts.malware if item.facts is not None else ""
                yield FileLine(printable(file.name), file.size, file.sha256, file.media_type, malware)


def _receipt(sealed: SealReceipt, sip: Sip) -> Receipt:
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
    )
