"""Late documents 补充材料: papers or recordings found later join a sealed case as a new version."""

from __future__ import annotations

from pathlib import Path

from archive.drafts import DraftItem
from archive.facts import ItemFacts
from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from archive.rules.markings import to_json
from archive.service.annotating import annotate_case, next_version
from archive.service.sealing import SealReceipt
from archive.service.staging import Staging
from archive.service.unfinished import let_go, unfinished_cases
from archive.terms import Marking, Part
from ingest.packages.package import BLOCK
from ingest.ports import TakeIn
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

    Refuses, and leaves nothing, when the file cannot be opened, is infected, or the case is not sealed.
    """
    chosen = marking or Marking()
    facts = ItemFacts(title=title, doc_type=doc_type, marking=to_json(chosen))
    with ports.works.work(actor) as work:
        next_version(work, case_id)
    with ports.holdings.store.growing(object_id(case_id)):
        with ports.works.work(actor) as work:
            version = next_version(work, case_id)
        let_go(ports.holdings, actor, case_id)
        try:
            item = _take(ports, Staging(ports.holdings, case_id, version), path, facts, part, chosen)
            return annotate_case(ports.holdings, actor, case_id, [item], note)
        except BaseException:
            with ports.works.work(actor) as work:
                is_accepted = case_id in unfinished_cases(work)
            if not is_accepted:
                let_go(ports.holdings, actor, case_id)
            raise


def _take(ports: TakeIn, staging: Staging, path: Path, facts: ItemFacts, part: Part, marking: Marking) -> DraftItem:
    with path.open("rb") as stream:
        staged = staging.add(iter(lambda: stream.read(BLOCK), b""))
    problems: list[Problem] = []
    words = scan_words(ports.scanner, staging, staged, path.name, problems)
    item = SipItem(part, marking, facts, (SipFile(path.name),))
    normalised = normalise_item(ports, staging, item, {path.name: Received(path.name, staged, words)})
    problems += normalised.problems
    if normalised.item is None or problems:
        raise Refusal.join(to_refusal(problem) for problem in problems) or Refusal("ingest.items-missing")
    return normalised.item
