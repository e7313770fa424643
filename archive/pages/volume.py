"""A volume in one file 一卷合订: cover and contents list, then every item in its order, as one PDF/A-2b.

Made piece by piece and never held whole. Pages carry the numbers of the contents list as their labels, items are the
bookmarks, and below each page a strip says for whom and when it was made: it is a reading copy, never a certified one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, pdfa

from archive.pages.colours import fix_colours
from archive.pages.pdf_stream import Grafter, PdfStream, references, text_string
from archive.pages.render import MAKER
from archive.pages.volume_strip import Strip, inherited, shown_box

_KIDS = 64
_KEPT = (Name.Group, Name.UserUnit)


@dataclass(frozen=True, slots=True)
class VolumePart:
    """One item of a volume in its place 合订本的一件: its bookmark, its printed pages, its PDF/A.

    Pages are counted from ``first_page``, and there must be ``page_count`` of them; with ``label`` every page is
    labelled so instead (a sheet that stands for pages 30 to 41, a recording without pages). ``first_page`` 0 counts in
    Roman numerals: what lies before the items. ``only``: of what is opened, this page alone, from 0.
    """

    bookmark: str
    open: Callable[[], AbstractContextManager[BinaryIO]]
    first_page: int = 0
    page_count: int = 0
    label: str = ""
    only: int | None = None


@dataclass
class _Book:
    """What is written last 卷末: page tree, bookmarks, labels, layers."""

    out: PdfStream
    tree: int
    strip: Strip = field(default_factory=Strip)
    nodes: list[int] = field(default_factory=list)
    kids: list[int] = field(default_factory=list)
    pages: int = 0
    front: int = 0
    marks: list[tuple[str, int]] = field(default_factory=list)
    labels: list[bytes] = field(default_factory=list)
    layers: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)


def bind_volume(parts: Iterable[VolumePart], strip: bytes, title: str, timestamp: datetime) -> Iterator[bytes]:
    """The bytes of the whole 合订本, in order; the parts are opened one after the other, while it is being written.

    ``strip`` comes from ``typeset_strip``. Each part must be PDF/A-1b, 2b or 2u: what it brings of its own (forms,
    attachments, tags, bookmarks, scripts) stays behind. ValueError when a part has not the stated number of pages.
    """
    out = PdfStream()
    yield out.head()
    book = _Book(out, out.reserve())
    yield from book.strip.put(out, strip)
    for part in parts:
        with part.open() as source, pikepdf.open(source) as pdf:
            yield from _add(book, part, pdf)
    yield from _close(book, title, timestamp)


def _add(book: _Book, part: VolumePart, pdf: Pdf) -> Iterator[bytes]:
    chosen = pdf.pages if part.only is None else [pdf.pages[part.only]]
    pages = [page.obj for page in chosen]
    if part.page_count and len(pages) != part.page_count and not part.label:
        # its title stays out of it: what breaks while an answer is under way is written into the server's log
        raise ValueError(f"part {len(book.marks) + 1} has {len(pages)} pages, not {part.page_count}")
    fix_colours(pdf, output_profile())
    graft = Grafter(book.out, pdf)
    numbers = [book.out.reserve() for _ in pages]
    for page, number in zip(pages, numbers, strict=True):
        graft.place(page, number)
    _note_layers(book, graft, pdf)
    book.marks.append((part.bookmark, numbers[0]))
    book.labels.append(_label(book, part))
    for at, (page, number) in enumerate(zip(pages, numbers, strict=True)):
        if not book.kids:
            book.nodes.append(book.out.reserve())
        yield from _page(book, graft, page, number, part.label or _printed(book, part, at))
        yield from graft.drain()
        book.kids.append(number)
        book.pages += 1
        if len(book.kids) == _KIDS:
            yield _node(book)
    book.front += 0 if part.first_page or part.label else len(pages)


def _page(book: _Book, graft: Grafter, page: Object, number: int, label: str) -> Iterator[bytes]:
    """One page: what it shows, and nothing else that it carries."""
    resources = inherited(page, Name.Resources)
    bare = Dictionary(Type=Name.Page, Resources=Dictionary() if resources is None else copy(resources))
    for name in _KEPT:
        if name in page:
            bare[name] = page[name]
    box = shown_box(page)
    if notes := [each for each in page.get(Name.Annots, Array()) if box.shows(each)]:
        bare.Annots = Array(notes)
    if box.turned:
        bare.Rotate = box.turned
    drawn = book.strip.mark(graft, bare, box, label)
    before = book.out.reserve()
    contents = page.get(Name.Contents, Array())
    bare.Contents = Array([graft.stand_in(before), *(contents if isinstance(contents, Array) else [contents])])
    bare.Parent = graft.stand_in(book.nodes[-1])
    yield book.out.object(number, graft.written(bare))
    yield from book.out.content(before, drawn)


def _printed(book: _Book, part: VolumePart, at: int) -> str:
    return str(part.first_page + at) if part.first_page else roman(book.front + at + 1)


def _label(book: _Book, part: VolumePart) -> bytes:
    if part.label:
        return b"%d << /P %b >>" % (book.pages, text_string(part.label))
    if part.first_page:
        return b"%d << /S /D /St %d >>" % (book.pages, part.first_page)
    return b"%d << /S /r /St %d >>" % (book.pages, book.front + 1)


def _note_layers(book: _Book, graft: Grafter, pdf: Pdf) -> None:
    """Layers that the part hides stay hidden: without this they would be shown."""
    said = pdf.Root.get(Name.OCProperties)
    if said is None:
        return
    usual = said.get(Name.D, Dictionary())
    shown = {each.objgen for each in usual.get(Name.ON, Array())}
    off = {each.objgen for each in usual.get(Name.OFF, Array())}
    for layer in said.get(Name.OCGs, Array()):
        number = graft.number(layer)
        book.layers.append(number)
        if layer.objgen in off or (usual.get(Name.BaseState) == Name.OFF and layer.objgen not in shown):
            book.hidden.append(number)


def _node(book: _Book) -> bytes:
    kids, book.kids = book.kids, []
    words = b"<< /Type /Pages /Parent %d 0 R /Count %d /Kids %b >>"
    return book.out.object(book.nodes[-1], words % (book.tree, len(kids), references(kids)))


def _close(book: _Book, title: str, timestamp: datetime) -> Iterator[bytes]:
    out = book.out
    if book.kids:
        yield _node(book)
    if not book.pages:
        raise ValueError("a volume without pages")
    yield out.object(book.tree, b"<< /Type /Pages /Count %d /Kids %b >>" % (book.pages, references(book.nodes)))
    outline, metadata, profile, root = (out.reserve() for _ in range(4))
    yield from _outline(out, outline, book.marks)
    packet = _packet(title, timestamp)
    yield from out.stream(metadata, b"<< /Type /Metadata /Subtype /XML /Length %d >>" % len(packet), packet)
    icc = output_profile()
    yield from out.stream(profile, b"<< /N 3 /Length %d >>" % len(icc), icc)
    words = [
        b"/Type /Catalog /Pages %d 0 R /Outlines %d 0 R /PageMode /UseOutlines" % (book.tree, outline),
        b"/Metadata %d 0 R /Lang %b" % (metadata, text_string("zh-CN")),
        b"/PageLabels << /Nums [ %b ] >>" % b" ".join(book.labels),
        b"/ViewerPreferences << /DisplayDocTitle true >>",
        b"/OutputIntents [ << /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB)",
        b"/DestOutputProfile %d 0 R >> ]" % profile,
    ]
    if book.layers:
        hidden = b"/D << /Name (Anjuan) /OFF %b >>" % references(book.hidden)
        words.append(b"/OCProperties << /OCGs %b %b >>" % (references(book.layers), hidden))
    yield out.object(root, b"<< %b >>" % b"\n".join(words))
    yield from out.end(root)


def _outline(out: PdfStream, outline: int, marks: Sequence[tuple[str, int]]) -> Iterator[bytes]:
    numbers = [out.reserve() for _ in marks]
    for at, ((title, page), number) in enumerate(zip(marks, numbers, strict=True)):
        words = b"/Title %b /Parent %d 0 R /Dest [ %d 0 R /XYZ null null null ]" % (text_string(title), outline, page)
        before = b" /Prev %d 0 R" % numbers[at - 1] if at else b""
        after = b" /Next %d 0 R" % numbers[at + 1] if at + 1 < len(numbers) else b""
        yield out.object(number, b"<< %b >>" % (words + before + after))
    ends = (numbers[0], numbers[-1], len(numbers))
    yield out.object(outline, b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % ends)


@functools.cache
def output_profile() -> bytes:
    """The sRGB profile in which the whole is shown."""
    with Pdf.new() as blank:
        blank.add_blank_page()
        pdfa.prepare(blank, "2b")
        return bytes(blank.Root.OutputIntents[0].DestOutputProfile.read_bytes())


def roman(number: int) -> str:
    """``number`` in small Roman numerals, as page labels of style r are shown."""
    said = ""
    values = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    for value, sign in values:
        times, number = divmod(number, value)
        said += sign * times
    return said


_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreatorTool>{maker}</xmp:CreatorTool>
<xmp:CreateDate>{at}</xmp:CreateDate>
<xmp:ModifyDate>{at}</xmp:ModifyDate>
<xmp:MetadataDate>{at}</xmp:MetadataDate>
<pdf:Producer>{maker}</pdf:Producer>
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def _packet(title: str, timestamp: datetime) -> bytes:
    at = timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _PACKET.format(title=escape(title), maker=escape(MAKER), at=at).encode("utf-8")
