"""Pages are called the same only where nothing that is drawn differs; patterns are judged as strictly as forms."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from archive.renditions.children import active, gate
from archive.renditions.children.sameness import same_pages
from archive.renditions.sources import BytesSource
from archive.renditions.terms import PdfARendition, Rung
from archive.renditions.workshop import inspect, make_pdfa
from tests.archive.renditions import samples
from tests.services.verapdf import verapdf

WORDS = "当事人 deposition 第12条"


def proved(before: bytes, after: bytes) -> list[bool]:
    with pikepdf.open(io.BytesIO(before)) as one, pikepdf.open(io.BytesIO(after)) as other:
        return list(same_pages(one, other))


def _scan() -> bytes:
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(200, 100))
    picture = pdf.make_stream(bytes(range(256)) * 12, Width=32, Height=32, BitsPerComponent=8)
    picture[Name.Type], picture[Name.Subtype], picture[Name.ColorSpace] = Name.XObject, Name.Image, Name.DeviceRGB
    page.Resources = Dictionary(XObject=Dictionary(I0=picture), ExtGState=Dictionary(G0=Dictionary(ca=1)))
    page.Contents = Array([pdf.make_stream(b"q /G0 gs 200 0 0 100 0 0 cm"), pdf.make_stream(b"/I0 Do Q")])
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def _prepared(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        active.strip(pdf)
        return gate.write(pdf, repair=True)


def test_what_the_gate_writes_is_the_same_page_for_page() -> None:
    for data in (samples.pdf_with_text(WORDS, "第二页", WORDS), _scan()):
        found = proved(data, _prepared(data))
        assert found and all(found)


def test_a_content_in_one_piece_and_other_packing_are_the_same() -> None:
    def whole(pdf: Pdf) -> None:
        page = pdf.pages[0]
        page.Contents = pdf.make_stream(page.Contents[0].read_bytes() + b"\n" + page.Contents[1].read_bytes())

    unpacked = samples.changed(_scan(), whole, compress_streams=False)
    assert proved(samples.changed(_scan(), lambda pdf: None), unpacked) == [True]


def _put(pdf: Pdf, key: str, value: object) -> None:
    pdf.pages[0].obj[key] = value


def _byte_of_picture(pdf: Pdf) -> None:
    picture = pdf.pages[0].Resources.XObject.I0
    picture.write(picture.read_bytes()[:-1] + b"\0")


CHANGES: dict[str, Callable[[Pdf], None]] = {
    "content": lambda pdf: _put(pdf, "/Contents", pdf.make_stream(b"q /G0 gs 199 0 0 100 0 0 cm\n/I0 Do Q")),
    "a byte of a picture": _byte_of_picture,
    "width of a picture": lambda pdf: pdf.pages[0].Resources.XObject.I0.__setitem__(Name.Width, 64),
    "colour space": lambda pdf: pdf.pages[0].Resources.XObject.I0.__setitem__(Name.ColorSpace, Name.DeviceGray),
    "a mask more": lambda pdf: pdf.pages[0].Resources.XObject.I0.__setitem__(Name.Mask, Array([0, 9, 0, 9, 0, 9])),
    "transparency": lambda pdf: pdf.pages[0].Resources.ExtGState.G0.__setitem__(Name.ca, 0),
    "frame": lambda pdf: _put(pdf, "/MediaBox", Array([0, 0, 200, 101])),
    "crop": lambda pdf: _put(pdf, "/CropBox", Array([0, 0, 100, 100])),
    "turned": lambda pdf: _put(pdf, "/Rotate", 90),
    "unit": lambda pdf: _put(pdf, "/UserUnit", 2),
    "a resource less": lambda pdf: pdf.pages[0].Resources.ExtGState.__delitem__("/G0"),
    "an annotation": lambda pdf: _put(pdf, "/Annots", Array([Dictionary(Subtype=Name.Square, Rect=[0, 0, 9, 9])])),
    "layers": lambda pdf: pdf.Root.__setitem__(Name.OCProperties, Dictionary(D=Dictionary(BaseState=Name.OFF))),
    "a page more": lambda pdf: pdf.pages.append(pdf.pages[0]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_drawn_otherwise_is_not_the_same(name: str) -> None:
    changed = samples.changed(_scan(), CHANGES[name])
    assert not any(proved(_scan(), changed)) and not any(proved(changed, _scan()))


def test_nothing_is_proved_of_a_file_that_needed_repair() -> None:
    data = samples.pdf_with_text(WORDS)
    broken = data[: data.rindex(b"startxref")]
    assert not any(proved(broken, _prepared(broken)))


def test_what_leads_back_to_itself_is_not_proved() -> None:
    def circle(pdf: Pdf) -> None:
        form = pdf.make_stream(b"/F0 Do", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
        form[Name.Resources] = Dictionary(XObject=Dictionary(F0=form))
        pdf.pages[0].Resources.XObject[Name("/F0")] = form

    data = samples.changed(_scan(), circle)
    assert proved(data, data) == [False]


def _patterned(cell: bytes = b"0.5 g 0 0 4 4 re f", paint: int = 1, resources: Dictionary | None = None) -> bytes:
    def put(pdf: Pdf) -> None:
        pattern = pdf.make_stream(cell, Type=Name.Pattern, PatternType=1, PaintType=paint, TilingType=1)
        pattern[Name.BBox], pattern[Name.XStep], pattern[Name.YStep] = Array([0, 0, 8, 8]), 8, 8
        pattern[Name.Resources] = resources or Dictionary()
        page = pdf.pages[0]
        page.Resources[Name.Pattern] = Dictionary(P0=pattern)
        words = b"/Pattern cs /P0 scn" if paint == 1 else b"/C0 cs 0.5 /P0 scn"
        if paint == 2:
            page.Resources[Name.ColorSpace] = Dictionary(C0=Array([Name.Pattern, Name.DeviceGray]))
        page.contents_add(b"q " + words + b" 20 20 90 90 re f Q", prepend=True)

    return samples.changed(samples.pdf_with_text(WORDS), put)


def _made(data: bytes) -> PdfARendition:
    source = BytesSource(data)
    return make_pdfa(source, inspect(source))


@pytest.mark.service("verapdf")
def test_a_tiling_pattern_stays_what_it_is_and_is_valid(tmp_path: Path) -> None:
    made = _made(_patterned())
    assert made.provenance.rung is Rung.TOUCHED_UP
    assert b"/PatternType" in made.pdf or b"PatternType" in _unpacked(made.pdf)
    (path := tmp_path / "tiles.pdf").write_bytes(made.pdf)
    assert verapdf([path], "2u")[path]


def _unpacked(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return b" ".join(str(key).encode() for key in pdf.pages[0].Resources.Pattern.P0)


@pytest.mark.parametrize(
    "data",
    [
        _patterned(b"BT /F0 9 Tf (x) Tj ET", resources=Dictionary(Font=Dictionary(F0=Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))),
        _patterned(b"/G0 gs 0 0 4 4 re f", resources=Dictionary(ExtGState=Dictionary(G0=Dictionary(TR=Name.Identity)))),
        _patterned(b"not an operator"),
        _patterned(b"0 0 4 4 re f", paint=2),
    ],
    ids=["a typeface not embedded", "a transfer function", "no operators", "without colour"],
)  # fmt: skip
def test_a_pattern_that_breaks_a_rule_does_not_pass_by_its_shadow(data: bytes) -> None:
    assert _made(data).provenance.rung is Rung.PAGE_IMAGES
