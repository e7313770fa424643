"""What search is joined with 端口: an engine, the secret that names its files, the holdings it asks about a hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from archive.kernel.guard import Target
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.work import Work
from archive.terms import Tier
from search.engines.engine import Engine
from search.terms import PageDocument, PageText


class Catalogue(Protocol):
    """What the guard must know of a page 判定对象来源; the holdings give it."""

    def page_target(self, work: Work, item_id: ItemId, page: int) -> Target | None:
        """The page as a target, with the page's own marking; None when there is no such page (any more)."""
        ...


class PageTexts(Protocol):
    """The sealed text of pages 封存页文本来源."""

    def page_text(self, work: Work, item_id: ItemId, page: int) -> PageText | None:
        """Text and boxes of a page, deciphered now; None when the page has no text."""
        ...


class PageSource(Protocol):
    """Pages to be indexed 待索引页来源. An item's pages come one after another."""

    def case_pages(self, work: Work, case_id: CaseId) -> Iterable[PageDocument]:
        """All pages of a sealed case."""
        ...

    def pages_after(self, work: Work, item_id: str, most_items: int) -> Iterable[PageDocument]:
        """Pages of the next ``most_items`` items behind ``item_id`` in order of item id, over all sealed cases.

        Items without pages do not count: nothing returned means that nothing is left.
        """
        ...


def _always(_tier: Tier) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class SearchPorts:
    """All of them 检索端口, made once from settings. ``naming_secret``: 32 bytes of this installation;
    ``is_open`` tells whether a key tier can be used in this process now.
    """

    engine: Engine[Any]
    naming_secret: bytes
    catalogue: Catalogue
    texts: PageTexts
    is_open: Callable[[Tier], bool] = _always
