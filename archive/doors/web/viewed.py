"""Viewed 阅览内容: which item and page of a case is shown, by what, and where one turns to from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.doors.web.asking import house
from archive.doors.web.headers import served_type
from archive.doors.web.parts import HitBox
from archive.kernel.guard import Purpose
from archive.kernel.ids import ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.page_texts import SealedPage, read_pages
from archive.service.reading import ItemLine
from archive.terms import Role, StoredFile


@dataclass(frozen=True, slots=True)
class Viewed:
    """What the middle of the case page shows of one item 阅览内容.

    ``kind``: pages, video, audio, image, kept (original only), withheld, locked or nothing. ``copy``: what is played
    is the viewing copy; the original is the record.
    """

    kind: str
    item: ItemLine | None = None
    file: StoredFile | None = None
    media_type: str = ""
    page: int = 1
    count: int = 1
    text: SealedPage | None = None
    boxes: tuple[HitBox, ...] = ()
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A place one page further or back 翻页."""

    item_id: ItemId
    page: int


def choose_item(items: Sequence[ItemLine], wanted: ItemId | None) -> ItemLine | None:
    """The item asked for, refused as unknown when the reader may not know of it; else the first that can be read."""
    if wanted is not None:
        found = next((item for item in items if item.item_id == wanted), None)
        if found is None:
            raise Refusal("archive.case-unknown")
        return found
    return next((item for item in items if drawn_file(item) is not None), items[0] if items else None)


def drawn_file(item: ItemLine) -> StoredFile | None:
    """The file whose pages are drawn for an item: its PDF/A, else an original that is a PDF."""
    pdfa = item.file(Role.PDFA)
    if pdfa is not None:
        return pdfa
    original = item.file(Role.ORIGINAL)
    return original if original is not None and original.media_type == "application/pdf" else None


def view_item(work: Work, kept: Holdings, item: ItemLine | None, number: int, query: str) -> Viewed:
    """What is shown of an item: its page with the text that was sealed or read and the hits, or how it is played."""
    if item is None:
        return Viewed("nothing")
    if item.withheld:
        return Viewed("withheld", item)
    if item.locked or not item.files:
        return Viewed("locked" if item.locked else "withheld", item)
    drawn, original = drawn_file(item), item.file(Role.ORIGINAL)
    if drawn is not None:
        count = max(1, item.page_count)
        number = min(max(1, number), count)
        sealed = read_pages(work, kept, item.item_id, Purpose.DUTY)
        text = next((page for page in sealed if page.number == number), None)
        boxes = house().boxes(query, text) if query and text is not None else ()
        return Viewed("pages", item, drawn, "", number, count, text, boxes)
    played = item.file(Role.VIEWING) or original
    if played is None:
        return Viewed("kept", item)
    media_type, inline = served_type(played.media_type)
    kind = media_type.split("/")[0] if inline else "kept"
    kind = kind if kind in ("video", "audio", "image") else "kept"
    return Viewed(kind, item, played, media_type, copy=played is not original)


def turn(items: Sequence[ItemLine], viewed: Viewed, step: int) -> Turn | None:
    """One page on or back, over the end of an item into the next one that has something to read."""
    if viewed.item is None:
        return None
    page = viewed.page + step
    if viewed.kind == "pages" and 1 <= page <= viewed.count:
        return Turn(viewed.item.item_id, page)
    place = next(index for index, item in enumerate(items) if item.item_id == viewed.item.item_id)
    others = items[place + 1 :] if step > 0 else list(reversed(items[:place]))
    found = next((item for item in others if item.files), None)
    if found is None:
        return None
    return Turn(found.item_id, 1 if step > 0 else max(1, found.page_count))
