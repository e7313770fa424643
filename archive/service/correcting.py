"""Correcting what was read 校正识读: a person sets the words of a page right, as a layer above; the seal stays."""

from __future__ import annotations

from archive.kernel.guard import Action, Purpose
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.layers import Layer, PageLayer, keep_layer, layer_of, lines_of
from archive.service.machine_reading import READ
from archive.service.page_texts import read_pages
from archive.service.seeing import item_target
from archive.tables import ItemRow
from archive.terms import SealState

LONGEST = 60_000
"""Most characters of a corrected page."""


def correct_page(work: Work, holdings: Holdings, item_id: ItemId, page: int, text: str) -> None:
    """Keeps ``text`` as the words of a page, above what the machine read 校正; search finds the corrected words.

    Refuses a page whose sealed text is reliable (the record says what it says), an empty or overlong text, a page that
    is not there, and readers who may not annotate. The act and a keyed digest of the text go into the ledger.
    """
    row = work.session.get(ItemRow, item_id)
    if row is None:
        raise Refusal("archive.case-unknown")
    work.require(Action.ANNOTATE, item_target(row))
    case = get_case_row(work, CaseId(row.case_id))
    if case.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=case.reference_code)
    if not 1 <= page <= row.page_count:
        raise Refusal("archive.page-unknown", page=page, pages=row.page_count)
    if not text.strip() or len(text) > LONGEST:
        raise Refusal("archive.correction-unfit", most=LONGEST)
    found = next((one for one in read_pages(work, holdings, item_id, Purpose.DUTY) if one.number == page), None)
    if found is not None and found.reliable:
        raise Refusal("archive.page-reliable", page=page)
    columns = Columns(holdings, CaseId(row.case_id), sealed=True)
    below = layer_of(work, columns, item_id, page, Layer.MACHINE)
    lines = lines_of(text, below.lines if below is not None else ())
    keep_layer(work, columns, row, PageLayer(page, Layer.PERSON, work.actor.name, lines))
    facts = {"item": item_id, "page": page, "digest": holdings.keys.keyed_digest("correction", text.encode())}
    work.journal.record("page.corrected", row.case_id, facts, tier=row.tier, unit=row.unit)
    work.outbox.send(READ, case_id=row.case_id)
