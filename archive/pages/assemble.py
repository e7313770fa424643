"""A released copy in one file 复制件合订: the statement, the documents, and under each page a strip that counts it.

Nothing of a page is covered: the strip is put below the page, which becomes that much longer. Bookmarks, tags, forms
and attachments of the parts stay behind.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, OutlineItem, Page, Pdf, Rectangle, String

from archive.pages.gate import declared_level, has_unicode, pass_gate
from archive.pages.render import typeset
from archive.pages.shown import Plain

STRIP_HEIGHT = 28
STATEMENT_TITLE = "复制件出具说明"
_LOOSE_PAGE_KEYS = (Name.StructParents, Name.TrimBox, Name.BleedBox, Name.ArtBox, Name.Tabs)


@dataclass(frozen=True, slots=True)
class CopyDocument:
    """One document of a copy 复制件的一件: its title, its PDF/A bytes and how many pages it must have."""

    title: str
    content: bytes
    page_count: int


def assemble_copy(
    statement: bytes,
    parts: Sequence[CopyDocument],
    footer: str,
    *,
    timestamp: datetime,
    trial: bool,
    extra_fonts: tuple[Path, ...] = (),
) -> bytes:
    """The copy 复制件 as one PDF/A: 2u when every part is 2u or 2a, else 2b.

    ``footer`` (release number and what else shall stand under each page) is printed with page n of m. ValueError when
    a part has not the stated number of pages; GateFault when the result does not validate.
    """
    with ExitStack() as opened:
        whole = opened.enter_context(Pdf.new())
        starts: list[tuple[str, int]] = []
        levels: set[str] = set()
        for each in [CopyDocument(STATEMENT_TITLE, statement, 0), *parts]:
            part = opened.enter_context(pikepdf.open(io.BytesIO(each.content)))
            if each.page_count and len(part.pages) != each.page_count:
                raise ValueError(f"{each.title!r} has {len(part.pages)} pages, not {each.page_count}")
            levels.add(declared_level(part))
            starts.append((each.title, len(whole.pages)))
            whole.pages.extend(part.pages)
        _put_strips(whole, footer, timestamp, trial, extra_fonts, opened)
        _describe(whole, footer, starts)
        level = "U" if levels <= {"U", "A"} and has_unicode(whole) else "B"
        return pass_gate(whole, timestamp, level=level)


def _put_strips(
    whole: Pdf, footer: str, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...], opened: ExitStack
) -> None:
    places: list[Rectangle] = []
    widths: list[Plain] = []
    for page in whole.pages:
        place, width = _lengthen(page)
        places.append(place)
        widths.append(width)
    facts: Plain = {"footer": footer, "widths": widths, "height": STRIP_HEIGHT}
    made = typeset("strip.typ", facts, timestamp=timestamp, trial=trial, extra_fonts=extra_fonts)
    strips = opened.enter_context(pikepdf.open(io.BytesIO(made)))
    if len(strips.pages) != len(places):
        raise ValueError("the footer does not fit into one strip")
    for number, (page, place, strip) in enumerate(zip(whole.pages, places, strips.pages, strict=True), start=1):
        _place(page, whole.copy_foreign(strip.as_form_xobject()), place, number)


def _place(page: Page, strip: Object, place: Rectangle, number: int) -> None:
    # Names are counted, not drawn by lot, so that the same copy has the same bytes; pages may share their resources.
    taken = {name for each in page.resources.as_dict().values() if isinstance(each, Dictionary) for name in each}
    name = f"/Strip{number}"
    while name in taken:
        name += "n"
    placed = page.add_resource(strip, Name.XObject, Name(name), replace_existing=False)
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"Q\n" + page.calc_form_xobject_placement(strip, placed, place), prepend=False)
    page.contents_coalesce()


def _lengthen(page: Page) -> tuple[Rectangle, int]:
    """Makes ``page`` longer at the edge that is shown below; gives the new room and its width in points."""
    box = Rectangle(page.cropbox)
    turned = int(page.obj.get(Name.Rotate, 0)) % 360
    x0, y0, x1, y1 = float(box.llx), float(box.lly), float(box.urx), float(box.ury)
    if turned == 90:
        whole, room = (x0, y0, x1 + STRIP_HEIGHT, y1), (x1, y0, x1 + STRIP_HEIGHT, y1)
    elif turned == 180:
        whole, room = (x0, y0, x1, y1 + STRIP_HEIGHT), (x0, y1, x1, y1 + STRIP_HEIGHT)
    elif turned == 270:
        whole, room = (x0 - STRIP_HEIGHT, y0, x1, y1), (x0 - STRIP_HEIGHT, y0, x0, y1)
    else:
        whole, room = (x0, y0 - STRIP_HEIGHT, x1, y1), (x0, y0 - STRIP_HEIGHT, x1, y0)
    page.mediabox = page.cropbox = Array([*whole])
    for name in _LOOSE_PAGE_KEYS:
        if name in page.obj:
            del page.obj[name]
    return Rectangle(*room), round(y1 - y0 if turned in (90, 270) else x1 - x0)


def _describe(whole: Pdf, footer: str, starts: Sequence[tuple[str, int]]) -> None:
    with whole.open_outline() as outline:
        outline.root.extend(OutlineItem(title, first) for title, first in starts)
    after_statement = starts[1][1] if len(starts) > 1 else len(whole.pages)
    labels: list[object] = [0, Dictionary(S=Name.D, P=String("说明-"))]
    if after_statement < len(whole.pages):
        labels += [after_statement, Dictionary(S=Name.D)]
    whole.Root.PageLabels = Dictionary(Nums=Array(labels))
    whole.Root.Lang = String("zh-CN")
    with whole.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["dc:title"] = footer
    whole.docinfo[Name.Title] = footer
