"""Page texts 页文本: the sealed text of pages with the places of their lines, for search and for the page viewer.

These deeds open sealed text files for a purpose the caller names. ``MAINTENANCE`` is for index machines; a person's
snippet is cut only after the caller asked the guard for that item.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from archive.facts import CaseFacts, ItemFacts
from archive.kernel.guard import Action, Purpose, Target
from archive.kernel.ids import CaseId, ItemId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.markings import set_of
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.layers import Layer, PageLayer, layers_of
from archive.service.reading import find_file, open_file
from archive.service.seeing import item_target
from archive.tables import CaseRow, ItemRow
from archive.terms import Role, SealState, Tier


@dataclass(frozen=True, slots=True)
class LineBox:
    """Where a line of text stands on its page 行位置: signs ``start`` to ``end``; shares of width and height."""

    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class SealedPage:
    """One page's text 页文本: as it was sealed, or, where that cannot be trusted, as ``layer`` read it."""

    number: int
    text: str
    reliable: bool
    lines: tuple[LineBox, ...]
    layer: Layer = Layer.SEALED
    confidence: float = 1.0
    reader: str = ""


@dataclass(frozen=True, slots=True)
class ItemPages:
    """An item's pages with what an index needs to place them 件的页文本."""

    item_id: ItemId
    case_id: CaseId
    unit: UnitCode
    marking_set: str
    level: int
    title: str
    fields: dict[str, str]
    pages: tuple[SealedPage, ...]


def read_pages(work: Work, holdings: Holdings, item_id: ItemId, purpose: Purpose) -> tuple[SealedPage, ...]:
    """All pages of an item with the best words known of each; empty when it has none. Asks the guard.

    A page whose sealed text is reliable keeps it; another shows its reading layer where there is one, and says so.
    """
    row = work.session.get(ItemRow, item_id)
    if row is None:
        return ()
    work.require(Action.READ, item_target(row), purpose)
    sealed = sealed_pages(work, holdings, item_id, purpose)
    numbers = range(1, row.page_count + 1) if not sealed else ()
    pages = sealed or tuple(SealedPage(number, "", False, ()) for number in numbers)
    if all(page.reliable for page in pages):
        return pages
    case = get_case_row(work, CaseId(row.case_id))
    layers = layers_of(work, Columns(holdings, CaseId(row.case_id), sealed=case.state == SealState.SEALED), item_id)
    if not layers and not sealed:
        return ()
    return tuple(page if page.reliable else _over(page, layers.get(page.number)) for page in pages)


def sealed_pages(work: Work, holdings: Holdings, item_id: ItemId, purpose: Purpose) -> tuple[SealedPage, ...]:
    """All pages of an item's newest sealed text; empty when it has none. Asks the guard through ``open_file``."""
    try:
        file_id = find_file(work, item_id, Role.TEXT)
    except Refusal:
        return ()
    with closing(open_file(work, holdings, file_id, purpose)) as source:
        raw = json.loads(source.whole())
    return tuple(_page(page) for page in (raw["pages"] if isinstance(raw, dict) else raw))


def pages_of_case(work: Work, holdings: Holdings, case_id: CaseId) -> Iterator[ItemPages]:
    """Every item of a sealed case with its pages, for the index. A locked tier is refused: its items wait."""
    wanted = _kept_items().where(ItemRow.case_id == case_id).order_by(ItemRow.id)
    for row in work.session.scalars(wanted).all():
        yield item_pages(work, holdings, row)


def items_after(work: Work, item_id: str, most: int) -> tuple[ItemRow, ...]:
    """The next sealed items behind ``item_id``, in order of id."""
    wanted = _kept_items().where(ItemRow.id > item_id).order_by(ItemRow.id).limit(most)
    return tuple(work.session.scalars(wanted))


def _kept_items() -> Select[ItemRow]:
    """Items of sealed cases: a destroyed one leaves a tombstone without words, an accepted one is not searched yet."""
    return select(ItemRow).join(CaseRow, CaseRow.id == ItemRow.case_id).where(CaseRow.state == SealState.SEALED)


def item_pages(work: Work, holdings: Holdings, row: ItemRow) -> ItemPages:
    """One item with its pages; an item without text gives one page of its title, so that it can be found."""
    case = get_case_row(work, CaseId(row.case_id))
    columns = Columns(holdings, CaseId(row.case_id), sealed=case.state == SealState.SEALED)
    facts = columns.read(ItemFacts, row.id, Tier(row.tier), row.facts_enc)
    pages = read_pages(work, holdings, ItemId(row.id), Purpose.MAINTENANCE)
    case_facts = columns.peek(CaseFacts, case.id, Tier(case.tier), case.facts_enc)
    fields = {"type": facts.doc_type, "number": facts.doc_no, "date": row.doc_date.isoformat() if row.doc_date else ""}
    is_covered = case.level <= row.level and not case.compartments & ~row.compartments
    if case_facts is not None and is_covered:
        fields |= {"cause": case_facts.cause, "party": case_facts.party}
    return ItemPages(
        ItemId(row.id),
        CaseId(row.case_id),
        UnitCode(row.unit),
        set_of(row.handling, row.level, row.compartments),
        row.level,
        facts.title,
        {name: value for name, value in fields.items() if value},
        pages or (SealedPage(1, "", True, ()),),
    )


def target_of_item(work: Work, item_id: ItemId) -> Target | None:
    """The guard's view of an item; None when there is none (any more), its case being destroyed."""
    row = work.session.get(ItemRow, item_id)
    if row is None or get_case_row(work, CaseId(row.case_id)).state == SealState.DESTROYED:
        return None
    return item_target(row)


def _over(page: SealedPage, layer: PageLayer | None) -> SealedPage:
    """The page with the words of its layer."""
    if layer is None:
        return page
    lines, at = [], 0
    for line in layer.lines:
        end = at + len(line.text)
        if line.placed:
            lines.append(LineBox(at, end, line.x0, line.y0, line.x1, line.y1))
        at = end + 1
    return SealedPage(
        page.number, layer.text, False, tuple(lines), layer.layer, round(layer.confidence, 3), layer.reader
    )


def _page(raw: dict[str, Any]) -> SealedPage:
    text, width, height = raw["text"], raw["width"] or 1.0, raw["height"] or 1.0
    lines, at = [], 0
    for line in raw["lines"]:
        start = text.find(line["text"], at)
        if start < 0:
            continue
        at = start + len(line["text"])
        box = (line["x0"] / width, line["y0"] / height, line["x1"] / width, line["y1"] / height)
        lines.append(LineBox(start, at, *box))
    return SealedPage(raw["number"], text, str(raw.get("reliability", "")) in ("reliable", "blank"), tuple(lines))
