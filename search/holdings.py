"""Search asks the holdings 馆藏来源: targets of pages, sealed text of pages, pages to be indexed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.kernel.guard import Purpose, Target
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.page_texts import (
    ItemPages,
    item_pages,
    items_after,
    pages_of_case,
    read_pages,
    target_of_item,
)
from search.terms import Box, PageDocument, PageText


@dataclass(frozen=True, slots=True)
class HoldingsForSearch:
    """The holdings as search sees them 检索的馆藏端口 (Catalogue, PageTexts and PageSource in one)."""

    holdings: Holdings

    def page_target(self, work: Work, item_id: ItemId, page: int) -> Target | None:
        """The page as a target; a page has the marking of its item."""
        return target_of_item(work, item_id)

    def page_text(self, work: Work, item_id: ItemId, page: int) -> PageText | None:
        """Text and boxes of a page, deciphered now."""
        for found in read_pages(work, self.holdings, item_id, Purpose.DUTY):
            if found.number == page:
                boxes = tuple(Box(b.start, b.end, b.x0, b.y0, b.x1, b.y1) for b in found.lines)
                return PageText(found.text, boxes, str(found.layer))
        return None

    def case_pages(self, work: Work, case_id: CaseId) -> Iterable[PageDocument]:
        """All pages of a sealed case."""
        for item in pages_of_case(work, self.holdings, case_id):
            yield from _documents(item)

    def pages_after(self, work: Work, item_id: str, most_items: int) -> Iterable[PageDocument]:
        """Pages of the next items; refuses while a tier among them is locked, so that no item is left out unseen."""
        for row in items_after(work, item_id, most_items):
            yield from _documents(item_pages(work, self.holdings, row))


def _documents(item: ItemPages) -> Iterator[PageDocument]:
    for place, page in enumerate(item.pages):
        yield PageDocument(
            item.case_id,
            item.item_id,
            page.number,
            item.unit,
            item.marking_set,
            page.text,
            title=item.title if place == 0 else "",
            own_index=item.level > 0,
            fields=item.fields,
        )
