"""Reading layers 识读层: what was read on a page beside its sealed text, by the machine or set right by a person.

A person's layer stands above the machine's, and both above a sealed text that cannot be trusted; a reliable sealed
text is never replaced. Layers lie in the database under the key class of their item; the sealed object stays. What a
person set right before stays below what is set right now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from archive.kernel.clock import parse_instant, to_rfc3339
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.columns import Columns
from archive.tables import ItemRow, ReadingRow
from archive.terms import Tier


class Layer(StrEnum):
    """Where the words of a page come from 文字来源."""

    SEALED = "sealed"
    MACHINE = "machine"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class LayerLine:
    """One line of a layer 层中一行: box as shares of width and height; all zero where the place is not known."""

    text: str
    confidence: float = 1.0
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0

    @property
    def placed(self) -> bool:
        """Whether the line has a place on the page."""
        return self.x1 > self.x0


@dataclass(frozen=True, slots=True)
class PageLayer:
    """The words of one page as one layer tells them 一页的识读. A person's layer says why it was made and keeps those
    that stood before it, the newest first.
    """

    page: int
    layer: Layer
    reader: str
    lines: tuple[LayerLine, ...]
    reason: str = ""
    made_at: datetime | None = None
    earlier: tuple[PageLayer, ...] = ()

    @property
    def text(self) -> str:
        """The lines as text."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """How sure the reader was, weighted by length; 1.0 of an empty page and of a person."""
        signs = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / signs if signs else 1.0


def layers_of(work: Work, columns: Columns, item_id: ItemId) -> dict[int, PageLayer]:
    """The uppermost layer of each page of an item that has one. Refuses while the item's tier is locked."""
    rows = work.session.scalars(select(ReadingRow).where(ReadingRow.item_id == item_id)).all()
    found: dict[int, PageLayer] = {}
    for row in sorted(rows, key=lambda row: row.layer == Layer.PERSON):
        found[row.page] = _layer(columns, row)
    return found


def layer_of(work: Work, columns: Columns, item_id: ItemId, page: int, layer: Layer) -> PageLayer | None:
    """One layer of one page; None when there is none."""
    row = work.session.get(ReadingRow, (item_id, page, layer))
    return None if row is None else _layer(columns, row)


def keep_layer(work: Work, columns: Columns, item: ItemRow, made: PageLayer, picture: str = "") -> None:
    """Keeps a layer in place of an earlier one of its kind; a person's on top of those that persons made before."""
    row = work.session.get(ReadingRow, (item.id, made.page, made.layer))
    if row is None:
        row = ReadingRow(item_id=item.id, page=made.page, layer=str(made.layer), case_id=item.case_id)
        work.session.add(row)
    elif made.layer is Layer.PERSON:
        below = _layer(columns, row)
        made = replace(made, earlier=(replace(below, earlier=()), *below.earlier))
    row.tier, row.reader, row.picture, row.made_at = item.tier, made.reader, picture, work.now
    text = json.dumps(_plain(made), ensure_ascii=False, separators=(",", ":"))
    row.words_enc = columns.write_text(_binding(row), Tier(item.tier), text)


def same_picture(work: Work, holdings: Holdings, picture: str, reader: str) -> tuple[LayerLine, ...] | None:
    """What the same reader read on the same picture elsewhere; None where that is unknown or locked."""
    wanted = select(ReadingRow).where(ReadingRow.picture == picture, ReadingRow.reader == reader).limit(8)
    for row in work.session.scalars(wanted):
        if holdings.keys.is_unlocked(Tier(row.tier)):
            return _layer(Columns(holdings, CaseId(row.case_id), sealed=True), row).lines
    return None


def read_already(work: Work, item_id: ItemId) -> frozenset[int]:
    """The pages of an item that have a layer of any kind."""
    return frozenset(work.session.scalars(select(ReadingRow.page).where(ReadingRow.item_id == item_id)))


def lines_of(text: str, like: Iterable[LayerLine]) -> tuple[LayerLine, ...]:
    """The lines of a corrected text; each takes the place of the line it stands for where their number is the same."""
    written = [line.strip() for line in text.splitlines() if line.strip()]
    places: Sequence[LayerLine] = tuple(like)
    if len(places) != len(written):
        return tuple(LayerLine(line) for line in written)
    return tuple(_placed(line, place) for line, place in zip(written, places, strict=True))


def lines_over(written: Iterable[str], like: Iterable[LayerLine]) -> tuple[LayerLine, ...]:
    """Corrected lines, each written over the line it stands for: an empty one is left out, of one that was parted the
    first piece keeps the place.
    """
    found: list[LayerLine] = []
    for text, place in zip(written, like, strict=True):
        pieces = [piece.strip() for piece in text.splitlines() if piece.strip()]
        found += [_placed(piece, place) if not number else LayerLine(piece) for number, piece in enumerate(pieces)]
    return tuple(found)


def _placed(text: str, place: LayerLine) -> LayerLine:
    return LayerLine(text, 1.0, place.x0, place.y0, place.x1, place.y1)


def _plain(made: PageLayer) -> Any:
    """A machine's layer as its lines; a person's with its reason and what stood before."""
    lines = [[line.text, line.confidence, line.x0, line.y0, line.x1, line.y1] for line in made.lines]
    if made.layer is not Layer.PERSON:
        return lines
    below = [
        {"reader": one.reader, "at": to_rfc3339(one.made_at) if one.made_at else "", **_plain(one)}
        for one in made.earlier
    ]
    return {"lines": lines, "reason": made.reason, **({"earlier": below} if below else {})}


def _layer(columns: Columns, row: ReadingRow) -> PageLayer:
    words = json.loads(columns.read_text(_binding(row), Tier(row.tier), row.words_enc))
    return _read(words, row.page, Layer(row.layer), row.reader, row.made_at)


def _read(words: Any, page: int, layer: Layer, reader: str, made_at: datetime | None) -> PageLayer:
    said: dict[str, Any] = words if isinstance(words, dict) else {"lines": words}
    earlier = tuple(
        _read(one, page, layer, one["reader"], parse_instant(one["at"]) if one["at"] else None)
        for one in said.get("earlier", ())
    )
    lines = tuple(LayerLine(*line) for line in said["lines"])
    return PageLayer(page, layer, reader, lines, said.get("reason", ""), made_at, earlier)


def _binding(row: ReadingRow) -> str:
    """What a ciphertext is bound to: page and layer too, so that no two of an item can be swapped."""
    return f"{row.item_id}/{row.page}/{row.layer}"
