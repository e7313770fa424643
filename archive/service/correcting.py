"""Correcting what was read 校正识读: a person sets the words of a page right, as a layer above; the seal stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.kernel.clock import to_rfc3339
from archive.kernel.guard import Action, Purpose
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.layers import Layer, LayerLine, PageLayer, keep_layer, layer_of, lines_of, lines_over
from archive.service.machine_reading import READ
from archive.service.page_texts import SealedPage, sealed_pages
from archive.service.seeing import item_target
from archive.tables import ItemRow
from archive.terms import SealState

LONGEST = 60_000
"""Most characters of a corrected page."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class PageReading:
    """Every layer of the words of one page 一页的各层文字: as it was sealed, as the machine read it, as persons set it
    right (the newest, holding those before). ``sealed`` is None where nothing was sealed as text.
    """

    page: int
    pages: int
    sealed: SealedPage | None
    machine: PageLayer | None
    person: PageLayer | None

    @property
    def correctable(self) -> bool:
        """Whether a person may set it right: a reliable sealed text is the record itself."""
        return self.sealed is None or not self.sealed.reliable

    @property
    def lines(self) -> tuple[LayerLine, ...]:
        """The lines that stand: of the uppermost layer, of the sealed text where there is no other."""
        above = self.person or self.machine
        if above is not None:
            return above.lines
        return _sealed_lines(self.sealed) if self.sealed is not None else ()

    @property
    def stamp(self) -> str:
        """Which layer stands: what a correction names, so that it is not laid over one that nobody saw."""
        above = self.person or self.machine
        if above is None:
            return str(Layer.SEALED)
        return f"{above.layer} {to_rfc3339(above.made_at) if above.made_at else ''} {len(above.earlier)}"

    def machine_line(self, line: LayerLine) -> LayerLine | None:
        """What the machine read where ``line`` stands; None where it read nothing or the place is not known."""
        if self.machine is None or not line.placed:
            return None
        return next((one for one in self.machine.lines if (one.x0, one.y0) == (line.x0, line.y0)), None)


def page_reading(work: Work, holdings: Holdings, item_id: ItemId, page: int) -> PageReading:
    """The layers of a page 各层文字, for whoever may read it. Refuses a page that is not there and a locked tier."""
    row = _item(work, item_id)
    work.require(Action.READ, item_target(row))
    return _reading(work, holdings, row, page)


def correct_page(
    work: Work, holdings: Holdings, item_id: ItemId, page: int, text: str, reason: str, seen: str | None = None
) -> None:
    """Keeps ``text`` as the words of a page, above what the machine read 校正; search finds the corrected words.

    Refuses a page whose sealed text is reliable (the record says what it says), an empty or overlong text, a missing
    reason, a page that is not there, a layer other than ``seen`` (``PageReading.stamp``), and readers who may not
    annotate. The act, without the words, goes into the ledger with a keyed digest of the text.
    """
    row, reading = _open(work, holdings, item_id, page, reason, seen)
    machine = reading.machine.lines if reading.machine is not None else ()
    _keep(work, holdings, row, reading, lines_of(text, machine), reason)


def correct_lines(
    work: Work,
    holdings: Holdings,
    item_id: ItemId,
    page: int,
    lines: Sequence[str],
    more: str,
    reason: str,
    seen: str,
) -> None:
    """The same line by line 逐行校正: ``lines`` stand for ``PageReading.lines`` one by one and keep their places on the
    page, ``more`` are lines that the machine did not see. Refuses as ``correct_page`` does.
    """
    row, reading = _open(work, holdings, item_id, page, reason, seen)
    if len(lines) != len(reading.lines):
        raise Refusal("archive.reading-changed")
    added = tuple(LayerLine(line.strip()) for line in more.splitlines() if line.strip())
    _keep(work, holdings, row, reading, (*lines_over(lines, reading.lines), *added), reason)


def _open(
    work: Work, holdings: Holdings, item_id: ItemId, page: int, reason: str, seen: str | None
) -> tuple[ItemRow, PageReading]:
    row = _item(work, item_id)
    work.require(Action.ANNOTATE, item_target(row))
    work.require(Action.READ, item_target(row))
    case = get_case_row(work, CaseId(row.case_id))
    if case.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=case.reference_code)
    reading = _reading(work, holdings, row, page)
    if not reading.correctable:
        raise Refusal("archive.page-reliable", page=page)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Refusal("archive.correction-unexplained", most=LONGEST_REASON)
    if seen is not None and seen != reading.stamp:
        raise Refusal("archive.reading-changed")
    return row, reading


def _keep(
    work: Work, holdings: Holdings, row: ItemRow, reading: PageReading, lines: tuple[LayerLine, ...], reason: str
) -> None:
    made = PageLayer(reading.page, Layer.PERSON, work.actor.name, lines, reason.strip())
    if not made.text or len(made.text) > LONGEST:
        raise Refusal("archive.correction-unfit", most=LONGEST)
    keep_layer(work, Columns(holdings, CaseId(row.case_id), sealed=True), row, made)
    digest = holdings.keys.keyed_digest("correction", made.text.encode())
    facts = {"item": row.id, "page": reading.page, "digest": digest}
    work.journal.record("page.corrected", row.case_id, facts, tier=row.tier, unit=row.unit)
    work.outbox.send(READ, case_id=row.case_id)


def _item(work: Work, item_id: ItemId) -> ItemRow:
    row = work.session.get(ItemRow, item_id)
    if row is None:
        raise Refusal("archive.case-unknown")
    return row


def _reading(work: Work, holdings: Holdings, row: ItemRow, page: int) -> PageReading:
    if not 1 <= page <= row.page_count:
        raise Refusal("archive.page-unknown", page=page, pages=row.page_count)
    case = get_case_row(work, CaseId(row.case_id))
    columns = Columns(holdings, CaseId(row.case_id), sealed=case.state == SealState.SEALED)
    item_id = ItemId(row.id)
    sealed = next((one for one in sealed_pages(work, holdings, item_id, Purpose.DUTY) if one.number == page), None)
    machine = layer_of(work, columns, item_id, page, Layer.MACHINE)
    person = layer_of(work, columns, item_id, page, Layer.PERSON)
    return PageReading(page, row.page_count, sealed, machine, person)


def _sealed_lines(page: SealedPage) -> tuple[LayerLine, ...]:
    """The lines of a sealed text that cannot be trusted: nobody is sure of them."""
    placed = [LayerLine(page.text[one.start : one.end], 0.0, one.x0, one.y0, one.x1, one.y1) for one in page.lines]
    return tuple(placed) or tuple(LayerLine(line, 0.0) for line in page.text.splitlines() if line.strip())
