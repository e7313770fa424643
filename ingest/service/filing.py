"""Filing 归档: received files and their description become a sealed case; packages and drafts go this one way.

Can be interrupted anywhere and run again: until the accession nothing counts but the received files, from there on the
case is in custody and its seal is finished by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archive.drafts import CaseDraft, DraftItem
from archive.kernel.actor import Actor
from archive.kernel.work import Work
from archive.service.describing import describe_case, find_duplicates
from archive.service.receipts import package_digest as digest_of
from archive.service.sealing import SealReceipt, seal_case
from archive.service.staging import Staging
from ingest.ports import TakeIn
from ingest.progress import Progress
from ingest.rules.names import printable
from ingest.service.intakes import Intake, accept_intake, end_intake
from ingest.service.judging import blocking, judge_drafts, kept
from ingest.service.normalise import normalise_item
from ingest.service.receipts import item_notes, receipt_of
from ingest.service.receive import Received
from ingest.tables import IntakeRow
from ingest.terms import FileLine, Note, Problem, Receipt, Sip, TakeInState
from retention.rules.periods import default_rule, derive, disposal_year
from retention.service import assign_rule


class Rejected(Exception):
    """A submission that will not be taken 退回, with everything that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(len(problems))
        self.problems = problems


def file_case(
    ports: TakeIn, actor: Actor, intake: Intake, sip: Sip, received: Mapping[str, Received], told: Progress
) -> Receipt:
    """Converts, judges, takes into custody and seals what was received 归档封存 (article 24); gives the receipt.

    Raises Rejected with all that is wrong with the files, or for which the rules send a case back; then nothing is
    in custody, and what was made of them lies in staging until the caller drops it. The caller has judged the
    description, and holds the object.
    """
    notes = _duplicates(ports, actor, received)
    items = _normalise(ports, sip, intake, received, told)
    told.tell("accession", sip.facts.title, len(items), len(items))
    with ports.works.work(actor) as work:
        report = judge_drafts(work, ports.settings, sip, items)
    if broken := blocking(ports.settings, sip, report):
        raise Rejected(broken)
    sip = replace(sip, facts=sip.facts.model_copy(update={"judgement": kept(report)}))
    _accession(ports, actor, intake, sip, items, package_digest(ports, received))
    formats = {file.name: file.media_type for item in items for file in item.files}
    lines = tuple(
        FileLine(printable(name), got.staged.size, got.staged.sha256, formats.get(name, ""), got.malware)
        for name, got in sorted(received.items())
    )
    told.tell("seal", sip.facts.title, 0, 1)
    sealed = finish_seal(ports, actor, intake)
    told.tell("seal", sip.facts.title, 1, 1)
    return replace(receipt_of(sealed, sip), notes=(*notes, *item_notes(items)), received=lines, rules=report)


def finish_seal(ports: TakeIn, actor: Actor, intake: Intake) -> SealReceipt:
    """Seals the case of an accepted intake and ends the intake with it; what it waits for stands in the receipt."""
    sealed = seal_case(ports.holdings, actor, intake.case_id)
    if sealed.sealed_at is not None:
        ports.works.perform(
            actor, lambda work: end_intake(work, work.session.get_one(IntakeRow, intake.id), TakeInState.SEALED)
        )
    return sealed


def against_digests(sip: Sip, received: Mapping[str, Received]) -> list[Problem]:
    """Files whose bytes are not those that the description states."""
    return [
        Problem("ingest.digest-differs", printable(file.path))
        for item in sip.items
        for file in item.files
        if file.sha256 and file.path in received and received[file.path].staged.sha256 != file.sha256
    ]


def package_digest(ports: TakeIn, received: Mapping[str, Received]) -> str:
    """Keyed digest of names and contents: tells the same package again, to this installation alone."""
    return digest_of(ports.holdings, ((name, each.staged.sha256) for name, each in received.items()))


def _normalise(
    ports: TakeIn, sip: Sip, intake: Intake, received: Mapping[str, Received], told: Progress
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
        accept_intake(work, intake)

    ports.works.perform(actor, accept)


def _duplicates(ports: TakeIn, actor: Actor, received: Mapping[str, Received]) -> tuple[Note, ...]:
    """Files that the archive holds already, told only within what this person may read."""
    keys = ports.holdings.keys
    digests = {name: keys.keyed_digest("files", bytes.fromhex(each.staged.sha256)) for name, each in received.items()}
    with ports.works.work(actor) as work:
        found = find_duplicates(work, digests)
    return tuple(Note("duplicate", printable(name), detail=code) for name, code in sorted(found.items()))
