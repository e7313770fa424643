"""Late documents 补充材料: papers or recordings found later join a sealed case as a new version."""

from __future__ import annotations

from pathlib import Path

from archive.drafts import DraftItem
from archive.facts import ItemFacts
from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from archive.rules.markings import to_json
from archive.service.annotating import annotate_case, next_version
from archive.service.reading import get_case_target
from archive.service.sealing import SealReceipt
from archive.service.staging import Staging
from archive.service.unfinished import let_go, unfinished_cases
from archive.terms import Marking, Part
from ingest.packages.package import BLOCK
from ingest.ports import TakeIn
from ingest.rules.plausible import check_item, check_note, texts_of
from ingest.service.glyphs import missing_glyphs
from ingest.service.intakes import to_refusal
from ingest.service.normalise import normalise_item
from ingest.service.receive import Received, scan_words
from ingest.terms import Problem, SipFile, SipItem


def add_late_document(
    ports: TakeIn,
    actor: Actor,
    case_id: CaseId,
    path: Path,
    *,
    title: str,
    note: str,
    doc_type: str = "",
    part: Part = Part.MAIN,
    marking: Marking | None = None,
) -> SealReceipt:
    """One file becomes a new item and version of a sealed case, with a dated entry in the note form.

    Refuses, and leaves nothing, when the file cannot be opened, is infected, or the case is not sealed; and what a
    package would be refused for: a sign that cannot be printed in title, note or a name, a mark of secrecy, a marking
    that does not hold. The journal calls a state secret at the door of an ``ordinary`` installation an incident.
    """
    chosen = marking or Marking()
    facts = ItemFacts(title=title, doc_type=doc_type, marking=to_json(chosen))
    item = SipItem(part, chosen, facts, (SipFile(path.name),))
    with ports.works.work(actor) as work:
        next_version(work, case_id)
    try:
        if refusal := Refusal.join(to_refusal(problem) for problem in _check(ports, actor, item, note)):
            raise refusal
        return _add(ports, actor, case_id, path, item, note)
    except Refusal as refusal:
        _record_incident(ports, actor, case_id, refusal)
        raise


def _check(ports: TakeIn, actor: Actor, item: SipItem, note: str) -> list[Problem]:
    """What is wrong with the description, before a byte of the file is read."""
    today = legal_date(ports.works.clock.now())
    name = item.files[0].path
    found = list(check_item(item, today, secrets_allowed=ports.secrets_allowed))
    found += check_note(note, secrets_allowed=ports.secrets_allowed)
    found += missing_glyphs([(name, [*texts_of(item.facts), name]), ("", [note, actor.name])])
    return found


def _record_incident(ports: TakeIn, actor: Actor, case_id: CaseId, refusal: Refusal) -> None:
    codes = sorted({reason.code for reason in refusal.all() if reason.code.startswith("ingest.secret-")})
    if codes:
        with ports.works.work(actor) as work:
            unit = get_case_target(work, case_id).unit
            work.journal.record("late.refused", case_id, {"codes": codes, "incident": True}, unit=unit)


def _add(ports: TakeIn, actor: Actor, case_id: CaseId, path: Path, item: SipItem, note: str) -> SealReceipt:
    with ports.holdings.store.growing(object_id(case_id)):
        with ports.works.work(actor) as work:
            version = next_version(work, case_id)
        let_go(ports.holdings, actor, case_id)
        try:
            taken = _take(ports, Staging(ports.holdings, case_id, version), path, item)
            return annotate_case(ports.holdings, actor, case_id, [taken], note)
        except BaseException:
            with ports.works.work(actor) as work:
                is_accepted = case_id in unfinished_cases(work)
            if not is_accepted:
                let_go(ports.holdings, actor, case_id)
            raise


def _take(ports: TakeIn, staging: Staging, path: Path, item: SipItem) -> DraftItem:
    with path.open("rb") as stream:
        staged = staging.add(iter(lambda: stream.read(BLOCK), b""))
    problems: list[Problem] = []
    words = scan_words(ports.scanner, staging, staged, path.name, problems)
    normalised = normalise_item(ports, staging, item, {path.name: Received(path.name, staged, words)})
    problems += normalised.problems
    if normalised.item is None or problems:
        raise Refusal.join(to_refusal(problem) for problem in problems) or Refusal("ingest.items-missing")
    return normalised.item
