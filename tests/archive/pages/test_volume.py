"""A bound volume 整卷合订: one archival file of many, numbered as the contents list, nothing of a part lost."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf, pdfa

from archive.pages.pdf_stream import Grafter, PdfStream
from archive.pages.render import contents_list, note_form, render
from archive.pages.terms import Sheet, SheetsFacts
from archive.pages.volume import VolumePart, bind_volume, output_profile, roman
from archive.pages.volume_strip import HEIGHT, LARGEST_SIDE, WIDTH, typeset_strip
from tests.archive.pages.builders import STAMP, contents_facts, note_facts
from tests.archive.pages.test_assemble import turned
from tests.archive.pages.test_pages import page_texts
from tests.services import verapdf

FIRST, SECOND = "内部查阅件，非出具的复制件", "2026-11-25 00:30:05（北京时间）　查阅人 档案员甲"


@pytest.fixture(scope="module")
def strip() -> bytes:
    return typeset_strip(FIRST, SECOND, timestamp=STAMP, trial=True)


@contextmanager
def _in_memory(pdf: bytes) -> Iterator[BinaryIO]:
    yield io.BytesIO(pdf)


def part(name: str, pdf: bytes, first: int = 0, count: int = 0, label: str = "") -> VolumePart:
    return VolumePart(name, partial(_in_memory, pdf), first, count, label)


def bound(strip: bytes, parts: Sequence[VolumePart]) -> bytes:
    return b"".join(bind_volume(parts, strip, "案卷〈甲〉 & 乙", STAMP))


def drawn(content: bytes, *, box: tuple[float, ...] = (0, 0, 200, 300), page: Dictionary | None = None) -> bytes:
    """A PDF/A-2b of one page with that content."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 300))
        one = pdf.pages[0].obj
        one.MediaBox = Array([*box])
        one.Contents = pdf.make_stream(content)
        for name, value in (page or Dictionary()).items():
            one[name] = value
        return archived(pdf)


def archived(pdf: Pdf) -> bytes:
    pdfa.prepare(pdf, "2b")
    written = io.BytesIO()
    pdf.save(written, **pdfa.resolve_save_kwargs("2b"))
    return written.getvalue()


def picture(pdf: bytes, number: int = 0) -> pypdfium2.PdfBitmap:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[number].render(scale=1).to_pil().convert("RGB")
    finally:
        document.close()


def test_a_volume_is_archival_numbered_and_marked_on_every_page(strip: bytes, tmp_path: Path) -> None:
    note = note_form(note_facts(), timestamp=STAMP, trial=False)
    contents = contents_list(contents_facts(30), timestamp=STAMP, trial=False)
    sheet = Sheet(number="5", reason="涉密或未授权，不予提供", reason_en="Withheld", ground="个人隐私", pages="9-12")
    sheets = render(SheetsFacts(bureau_name="局", reference_code="卷", sheets=(sheet,)), timestamp=STAMP, trial=True)
    turns = enumerate((0, 90, 180, 270), start=5)
    made = bound(
        strip,
        [
            part("卷内文件目录", contents),
            *(part(f"{number} 备考表", turned(note, turn), number, 1) for number, turn in turns),
            part("5 （不予显示）", sheets, label="9-12"),
            part("6 备考表", note, 13, 1),
        ],
    )
    document = pypdfium2.PdfDocument(made)
    labels = [document.get_page_label(number) for number in range(len(document))]
    assert labels == ["i", "ii", "iii", "5", "6", "7", "8", "9-12", "13"]
    marks = [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
    assert marks[0] == ("卷内文件目录", 0) and marks[1] == ("5 备考表", 3) and marks[-1] == ("6 备考表", 8)
    document.close()
    for label, text in zip(labels, page_texts(made), strict=True):
        assert FIRST in text and SECOND in text and "TRIAL 试用" in text
        assert f"第{label}页" in "".join(text.split())
    with pikepdf.open(io.BytesIO(made)) as pdf, pdf.open_metadata() as metadata:
        assert (metadata["dc:title"], metadata["pdfaid:part"]) == ("案卷〈甲〉 & 乙", "2")
    if reason := verapdf.available():
        pytest.skip(f"veraPDF: {reason}")
    path = tmp_path / "volume.pdf"
    path.write_bytes(made)
    verdict = verapdf.verapdf([path], "2b")[path]
    assert verdict.valid, verdict.broken


def test_the_same_parts_give_the_same_bytes_and_pages_hang_in_a_tree(strip: bytes) -> None:
    parts = [part(f"{number}", drawn(b"0 0 10 10 re f"), number, 1) for number in range(1, 131)]
    made = bound(strip, parts)
    assert made == bound(strip, parts)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert len(pdf.pages) == 130 and not pdf.check_pdf_syntax()
        assert [int(node.Count) for node in pdf.Root.Pages.Kids] == [64, 64, 2]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_strip_covers_nothing_and_nothing_hidden_comes_to_light(strip: bytes, turn: int) -> None:
    """Red lies outside of the crop box, all around, drawn and as notes; green fills the whole of what is shown."""
    content = b"1 0 0 rg -500 -500 2000 2000 re f 0 1 0 rg 50 60 100 200 re f"
    page = Dictionary(CropBox=Array([50, 60, 150, 260]), Rotate=turn)
    places = ([50, 0, 150, 60], [50, 260, 150, 300], [0, 60, 50, 260], [150, 60, 200, 260])
    with pikepdf.open(io.BytesIO(drawn(content, page=page))) as pdf:
        red = pdf.make_stream(b"1 0 0 rg 0 0 9 9 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, F=4, AP=Dictionary(N=red))
        notes = [pdf.make_indirect(Dictionary({**note, "/Rect": Array(place)})) for place in places]
        pdf.pages[0].obj.Annots = Array(notes)
        written = io.BytesIO()
        pdf.save(written)
    made = picture(bound(strip, [part("1", written.getvalue(), 1, 1)]))
    width, height = (200, 100) if turn in (90, 270) else (100, 200)
    room = HEIGHT * width / WIDTH
    assert (made.width, made.height) == (width, pytest.approx(height + room, abs=1))
    assert made.crop((0, 0, width, height)).getcolors() == [(width * height, (0, 255, 0))]
    below = made.crop((0, height + 1, width, made.height)).getcolors(100_000)
    assert not [color for _, color in below if color[0] > 200 and color[1] < 100]
    assert [color for _, color in below if max(color) < 200], "the strip is drawn"


def test_content_that_leaves_its_state_open_moves_no_strip(strip: bytes) -> None:
    wild = drawn(b"Q Q q 3 0 0 3 90 90 cm 1 0 0 rg 0 0 5 5 re f")
    tame = drawn(b"q Q")
    strips = [picture(bound(strip, [part("1", each, 1, 1)])).crop((0, 300, 200, 309)) for each in (wild, tame)]
    assert strips[0].tobytes() == strips[1].tobytes()


def test_the_largest_page_stays_within_the_standard(strip: bytes) -> None:
    side = LARGEST_SIDE
    made = bound(strip, [part("1", drawn(b"", box=(0, 0, side, side - 100)), 1, 1)])
    with pikepdf.open(io.BytesIO(made)) as pdf:
        x0, y0, x1, y1 = (float(each) for each in pdf.pages[0].mediabox)
    assert max(x1 - x0, y1 - y0) <= side


def test_what_a_part_carries_besides_its_pages_stays_behind(strip: bytes) -> None:
    with Pdf.new() as pdf:
        for _ in range(2):
            pdf.add_blank_page(page_size=(200, 300))
        first, second = (page.obj for page in pdf.pages)
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), F=4, P=first)
        link.Dest = Array([second, Name.Fit])
        first.Annots = Array([pdf.make_indirect(link)])
        first.PieceInfo = Dictionary(Some=Dictionary(Private=1))
        first.StructParents = 3
        pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([])))
        pdf.Root.MarkInfo = Dictionary(Marked=True)
        made = bound(strip, [part("1", archived(pdf), 1, 2)])
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert {"/Names", "/MarkInfo", "/AcroForm", "/StructTreeRoot"} & set(pdf.Root.keys()) == set()
        page = pdf.pages[0].obj
        assert {"/PieceInfo", "/StructParents"} & set(page.keys()) == set()
        assert page.Annots[0].Dest[0].objgen == pdf.pages[1].obj.objgen
        assert page.Annots[0].P.objgen == page.objgen


def test_a_layer_that_was_hidden_stays_hidden(strip: bytes) -> None:
    parts = []
    for number in (1, 2):
        with Pdf.new() as pdf:
            pdf.add_blank_page(page_size=(200, 300))
            layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("层")))
            pdf.pages[0].obj.Resources = Dictionary(Properties=Dictionary(L=layer))
            pdf.pages[0].obj.Contents = pdf.make_stream(b"/OC /L BDC 0 0 200 300 re f EMC")
            usual = Dictionary(Name=pikepdf.String("d"), OFF=Array([layer] if number == 1 else []))
            pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=usual)
            parts.append(part(str(number), archived(pdf), number, 1))
    made = bound(strip, parts)
    assert picture(made, 0).getpixel((100, 150)) == (255, 255, 255)
    assert picture(made, 1).getpixel((100, 150)) == (0, 0, 0)


def inked(profile: bytes, **packed: Object) -> bytes:
    """A page and a form on it in four inks, whose profile is ``profile``."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 300))
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(b"/F Do")
        form = pdf.make_stream(b"0 0 0 1 k 0 0 9 9 re f")
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 9, 9])
        form.Resources = Dictionary()
        form.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceCMYK)
        page.Resources = Dictionary(XObject=Dictionary(F=form))
        kept = pdf.make_stream(profile, N=4, **packed)
        intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFA1, DestOutputProfile=kept)
        pdf.Root.OutputIntents = Array([intent])
        written = io.BytesIO()
        pdf.save(written, compress_streams=False)
        return written.getvalue()


def test_device_colours_keep_the_profile_of_their_part(strip: bytes) -> None:
    made = bound(strip, [part("1", inked(b"a profile of four inks"), 1, 1)])
    with pikepdf.open(io.BytesIO(made)) as pdf:
        resources = pdf.pages[0].obj.Resources
        for space in (
            resources.ColorSpace.DefaultCMYK,
            resources.XObject.F.Resources.ColorSpace.DefaultCMYK,
            resources.XObject.F.Group.CS,
        ):
            assert space[1].read_bytes() == b"a profile of four inks"
        assert bytes(pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()) == output_profile()


@pytest.mark.parametrize("packed", [zlib.compress(bytes(64 << 20), 9), b"no stream of zlib"])
def test_a_profile_is_never_unpacked_whole_by_the_service(strip: bytes, packed: bytes) -> None:
    pdf = inked(packed, Filter=Name.FlateDecode)
    tracemalloc.start()
    made = bound(strip, [part("1", pdf, 1, 1)])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 << 20
    with pikepdf.open(io.BytesIO(made)) as whole:
        assert whole.pages[0].obj.Resources.ColorSpace.DefaultCMYK[1].read_raw_bytes() == packed


def test_a_part_with_another_number_of_pages_is_a_fault(strip: bytes) -> None:
    with pytest.raises(ValueError, match=r"^part 1 has 1 pages, not 2$"):  # no word of its title
        bound(strip, [part("身份证明", drawn(b""), 1, 2)])
    with pytest.raises(ValueError, match="without pages"):
        bound(strip, [])


def test_a_text_that_looks_like_a_reference_is_no_reference() -> None:
    with Pdf.new() as pdf:
        other = pdf.make_indirect(Dictionary(A=1))
        words = Dictionary(T=pikepdf.String("7 0 R) (8 0 R \\"), B=pikepdf.String(b"\xff\xfe 9 0 R"), R=other)
        out = PdfStream()
        out.head()
        graft = Grafter(out, pdf)
        written = graft.written(pdf.make_indirect(words))
        list(graft.drain())
        list(out.end(1))  # nothing but that one object was named
    read = pikepdf.Object.parse(written.replace(b"/R 1 0 R", b"/R null"))
    assert bytes(read.T) == bytes(words.T) and bytes(read.B) == bytes(words.B)
    assert written.count(b"/R 1 0 R") == 1


def test_an_object_that_is_named_and_never_written_is_a_fault() -> None:
    out = PdfStream()
    out.head()
    out.reserve()
    with pytest.raises(ValueError, match="never written"):
        list(out.end(1))


def test_roman_numerals() -> None:
    assert [roman(number) for number in (1, 4, 9, 14, 40, 99, 149)] == ["i", "iv", "ix", "xiv", "xl", "xcix", "cxlix"]
