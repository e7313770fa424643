"""Terms 术语 of search: queries, hits, pages to be indexed, index keys. Frozen values; no IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from archive.kernel.ids import CaseId, ItemId, UnitCode
from archive.terms import Level

IndexName = NewType("IndexName", str)

FIELDS = ("title", "type", "number", "cause", "party", "date")
"""Fields that a query may name beside the text 可查字段: title, type of document, number, cause, party, ISO date."""


@dataclass(frozen=True, slots=True)
class IndexKey:
    """What one physical index holds 索引分区: one unit's pages of one marking_set, or one case's own pages of it.

    ``case_id`` is set where a circle or an assignment decides who reads, as for every state secret.
    """

    unit: UnitCode
    marking_set: str
    case_id: CaseId | None = None

    @property
    def level(self) -> Level:
        """The state-secret level in the marking_set."""
        return Level[self.marking_set.split("/")[1]]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of compartments in the marking_set."""
        named = self.marking_set.split("/")[2]
        return frozenset() if named == "-" else frozenset(named.split("+"))


@dataclass(frozen=True, slots=True)
class Place:
    """One index file 索引文件: its opaque name (it tells nothing of what is inside) and the key it belongs to."""

    name: IndexName
    key: IndexKey


@dataclass(frozen=True, slots=True)
class PageDocument:
    """One page of one item, ready to be indexed 待索引页. ``marking_set`` is that of the page, in canonical form."""

    case_id: CaseId
    item_id: ItemId
    page: int
    unit: UnitCode
    marking_set: str
    text: str
    title: str = ""  # given with the item's first page only, so that a title counts once
    own_index: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> IndexKey:
        """The index that holds this page."""
        shared = IndexKey(self.unit, self.marking_set)
        if self.own_index or shared.level is not Level.NONE:
            return IndexKey(self.unit, self.marking_set, self.case_id)
        return shared


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page that answers a query, before any text of it is read 命中页. A higher score is a better answer."""

    case_id: CaseId
    item_id: ItemId
    page: int
    score: float

    @property
    def order(self) -> tuple[float, str, str, int]:
        """What hits are sorted by: score falling, then ids and page, so that the order is the same everywhere."""
        return (-self.score, self.case_id, self.item_id, self.page)


@dataclass(frozen=True, slots=True)
class Found:
    """An engine's answer 引擎结果: the best pages in order and how many pages answer in all opened indexes."""

    hits: tuple[Ranked, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Box:
    """Where signs ``start`` to ``end`` of a page stand on its image 文字位置, as shares of its width and height."""

    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page 页文本 with the places of its lines, words or signs; ``layer`` says where it comes from:
    ``sealed``, read by a ``machine``, or set right by a ``person``.
    """

    text: str
    boxes: tuple[Box, ...] = ()
    layer: str = "sealed"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a snippet 摘要片段; ``hit`` says that it answers the query."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer 命中: which page, how good, the piece of text around it, where the words stand on the page image.

    ``layer`` is ``machine`` where the words were read by machine 机读: they may be wrong, the picture is the record.
    """

    case_id: CaseId
    item_id: ItemId
    page: int
    score: float
    snippet: tuple[Part, ...]
    boxes: tuple[Box, ...]
    layer: str = "sealed"


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a reader 检索结果, made of the reader's own world alone.

    ``relaxed``: no page held the words as written, these are the nearest. ``locked``: how many indexes the reader may
    open whose key tier is locked now. ``cursor`` asks for what follows; None at the end.
    """

    hits: tuple[Hit, ...]
    total: int
    cursor: str | None
    relaxed: bool
    locked: int
