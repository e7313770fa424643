"""Receipts 回执: what a take-in came to, from its own seal or from a case that exists, for who may know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive.drafts import DraftItem
from archive.facts import ItemFacts
from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId
from archive.service.reading import ItemLine, get_case
from archive.service.sealing import SealReceipt
from archive.terms import Role
from ingest.ports import TakeIn
from ingest.rules.names import printable
from ingest.terms import FileLine, Note, Receipt, Sip

_OF_THE_MAKING = {"rewritten-not-valid", "touched-up"}
"""Findings about how a rendition came to be: kept with the item, nothing for the sender."""


def receipt_of(sealed: SealReceipt, sip: Sip) -> Receipt:
    """The receipt of a case that was filed just now."""
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


def receipt_of_case(ports: TakeIn, actor: Actor, case_id: CaseId) -> Receipt:
    """The receipt of a case that exists; refuses as for one that does not exist who may not know of it."""
    with ports.works.work(actor) as work:
        view = get_case(work, ports.holdings, case_id)
    line = view.line
    items = [item for volume in view.volumes for item in volume.items]
    received = tuple(_lines_of(items))
    return Receipt(
        line.case_id,
        line.reference_code,
        line.facts.title if line.facts is not None else "",
        str(line.state),
        line.items,
        len(received),
        line.sealed_at,
        trial=any(seal.trial for seal in view.seals),
        repeated=True,
        notes=tuple(note for item in items if item.facts is not None for note in _notes_of(item.facts)),
        received=received,
    )


def item_notes(items: tuple[DraftItem, ...]) -> tuple[Note, ...]:
    """What was found about files and does not stop their filing."""
    return tuple(note for item in items for note in _notes_of(item.facts))


def _notes_of(facts: ItemFacts) -> list[Note]:
    name = printable(facts.original_name)
    found = [Note("rendition", name, detail=facts.rendition_note)] if facts.rendition_note else []
    kept = (each for each in facts.findings if each.code not in _OF_THE_MAKING)
    return [*found, *(Note(each.code, name, each.page or 0, each.detail) for each in kept)]


def _lines_of(items: Iterable[ItemLine]) -> Iterator[FileLine]:
    """The received files of a sealed case, as far as this person may know of them."""
    for item in items:
        for file in item.files:
            if file.role is Role.ORIGINAL:
                malware = item.facts.malware if item.facts is not None else ""
                yield FileLine(printable(file.name), file.size, file.sha256, file.media_type, malware)
