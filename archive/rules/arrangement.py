"""Arrangement 立卷: from a case's items to volumes, sequences and page numbers. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.drafts import DraftItem
from archive.kernel.ids import ItemId
from archive.terms import Part


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item's place 件的位置: its sequence in the volume and the first page it takes (0 for what has no pages)."""

    id: ItemId
    sequence: int
    first_page: int


@dataclass(frozen=True, slots=True)
class PlannedVolume:
    """A volume to be made 拟立卷: its part, whether it holds state secrets, its items in order."""

    part: Part
    secret: bool
    items: tuple[PlannedItem, ...]


def plan_volumes(items: Sequence[DraftItem]) -> tuple[PlannedVolume, ...]:
    """Volumes in the order main part, internal part, each first without and then with state secrets; within a part as
    the sender bound them.

    Secret items stand in volumes of their own with numbers of their own, so that the catalogue that others see has no
    gap that betrays them.
    """
    volumes = []
    for secret in (False, True):
        for part in (Part.MAIN, Part.INTERNAL):
            chosen = [item for item in items if item.part is part and (item.marking.level > 0) is secret]
            for number in sorted({item.volume for item in chosen}):
                bound = [item for item in chosen if item.volume == number]
                volumes.append(PlannedVolume(part, secret, _place(bound)))
    return tuple(volumes)


def _place(items: Sequence[DraftItem]) -> tuple[PlannedItem, ...]:
    page, placed = 1, []
    for sequence, item in enumerate(items, start=1):
        placed.append(PlannedItem(item.id, sequence, page if item.page_count else 0))
        page += item.page_count
    return tuple(placed)
