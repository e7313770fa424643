"""PDF in, PDF/A out: by the right rung, with its text, without what acts; signed ones untouched; bombs refused."""

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest

from archive.kernel.refusals import Refusal
from archive.renditions.children import gate, ladder
from archive.renditions.children.pagebuilder import TextLayer, add_page, jpeg_picture
from archive.renditions.children.pagetext import lost_characters
from archive.renditions.children.runtime import Unfit
from archive.renditions.children.unicodemap import has_unicode, parse_tounicode
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Inspection, Line, PdfARendition, Reliability, Rung
from archive.renditions.workshop import extract_text, inspect, make_pdfa, render_page
from tests.archive.renditions import samples
from tests.bench.volume import scan
from tests.services.verapdf import verapdf


def converted(data: bytes, *, viewing: bool = False) -> tuple[Inspection, PdfARendition]:
    source = BytesSource(data)
    facts = inspect(source)
    return facts, make_pdfa(source, facts, viewing=viewing)


def codes(findings: object) -> set[str]:
    return {finding.code for finding in findings}  # type: ignore[attr-defined]


def refusal_of(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refused:
        converted(data)
    return refused.value


@pytest.mark.slow
@pytest.mark.service("verapdf")
def test_all_real_forms_become_valid_pdfa_2u(tmp_path: Path) -> None:
    forms = sorted(samples.real("forms", "pdf").glob("*.pdf"))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda form: converted(form.read_bytes()), forms))
    paths = []
    for form, (facts, made) in zip(forms, results, strict=True):
        assert (facts.pages, made.conformance, made.provenance.rung) == (1, "2u", Rung.TOUCHED_UP), form.name
        assert made.provenance.text_before == made.provenance.text_after > 100
        path = tmp_path / form.name
        path.write_bytes(made.pdf)
        paths.append(path)
    verdicts = verapdf(paths, "2u")
    assert len(paths) == 27 and not {path.name: v.broken for path, v in verdicts.items() if not v}


@pytest.mark.service("verapdf")
def test_each_rung_is_valid_in_the_independent_judge(tmp_path: Path) -> None:
    text = "立案审批表 行政处罚决定书 2026"
    standard, chinese = samples.pdf_in_standard_font("decision 2026"), samples.pdf_with_text(text)
    rewritten = converted(converted(chinese)[1].pdf)[1]
    made = {
        "touched.pdf": converted(chinese)[1],
        "images.pdf": converted(standard)[1],
        "viewing.pdf": converted(chinese, viewing=True)[1],
    }
    assert [one.provenance.rung for one in made.values()] == [Rung.TOUCHED_UP, Rung.PAGE_IMAGES, Rung.PAGE_IMAGES]
    assert {one.conformance for one in made.values()} == {"2u"}
    assert rewritten.provenance.rung in (Rung.REWRITTEN, Rung.TOUCHED_UP)
    for name, one in made.items():
        (tmp_path / name).write_bytes(one.pdf)
    verdicts = verapdf([tmp_path / name for name in made], "2u")
    assert not {path.name: verdict.broken for path, verdict in verdicts.items() if not verdict}


def test_text_and_its_places_survive_page_images() -> None:
    _, made = converted(samples.pdf_with_text("当事人 deposition 第12条"), viewing=True)
    before, after = made.pages[0], extract_text(BytesSource(made.pdf))[0]
    assert lost_characters(before.text, after.text) == 0 and "当事人" in after.text
    places = {line.text: line for line in before.lines}
    for line in after.lines:
        old = places[line.text]
        assert abs(line.x0 - old.x0) < 1 and abs(line.x1 - old.x1) < 1 and abs(line.y1 - old.y1) < 1


def test_lost_characters_are_counted_whatever_the_order_and_the_blanks() -> None:
    assert lost_characters("甲 乙\n甲", "乙甲甲丙") == 0
    assert lost_characters("甲甲乙", "甲乙") == 1
    assert lost_characters("ＡＢ", "AB") == 0


@pytest.mark.parametrize(
    ("after", "reason", "page"),
    [(("案由一", "金额"), "text-lost", 2), (("案由一",), "not-valid", 0), (("一案由", "金额九百"), "look-lost", 1)],
)
def test_a_conversion_that_loses_anything_is_refused_with_the_page(
    after: tuple[str, ...], reason: str, page: int
) -> None:
    data = samples.pdf_with_text("案由一", "金额九百")
    original = ladder.Original(data, extract_text(BytesSource(data)), (), ())
    with pytest.raises(Unfit) as unfit:
        ladder.compare(original, samples.pdf_with_text(*after), Rung.TOUCHED_UP)
    assert (unfit.value.code, unfit.value.page) == (reason, page)
    ladder.compare(original, data, Rung.TOUCHED_UP)


def test_places_are_as_the_reader_sees_them_when_the_page_is_turned_and_cropped() -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        left, bottom, right, top = (float(side) for side in page.mediabox)
        page.CropBox = pikepdf.Array([left + 10, bottom + 20, right - 30, top - 5])
        page.Rotate = 90

    plain = samples.pdf_with_text("甲乙丙")
    (straight,) = extract_text(BytesSource(plain))
    (turned,) = extract_text(BytesSource(samples.changed(plain, turn)))
    assert turned.rotation == 90
    assert (turned.width, turned.height) == pytest.approx((straight.height - 25, straight.width - 40), abs=0.1)
    old, new = straight.lines[0], turned.lines[0]
    # turned by 90 degrees clockwise: what was left is now on top, what was on top is now on the right
    assert new.y0 == pytest.approx(old.x0 - 10, abs=0.1)
    assert new.x1 == pytest.approx(turned.width - (old.y0 - 5), abs=0.1)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (samples.add_javascript, {"javascript"}),
        (samples.add_link, {"external-link"}),
        (samples.add_launch, {"launch"}),
        (samples.add_attachment, {"embedded-file"}),
        (samples.add_xfa, {"xfa"}),
    ],
)
def test_what_acts_is_told_and_taken_out(change: object, names: set[str]) -> None:
    data = samples.changed(samples.pdf_with_text("正文"), change)  # type: ignore[arg-type]
    facts, made = converted(data)
    assert names <= set(facts.active_content)
    assert inspect(BytesSource(made.pdf)).active_content == ()
    for word in (b"app.alert", b"beacon", b"calc.exe", b"evil.exe", b"xdp:xdp"):
        assert word not in made.pdf
    assert "active-content-removed" in codes(made.provenance.findings)
    assert "正文" in made.pages[0].text


def test_a_plain_pdf_has_no_active_content() -> None:
    assert inspect(BytesSource(samples.pdf_with_text("正文"))).active_content == ()


def test_what_was_filled_in_stays_visible() -> None:
    data = samples.changed(samples.pdf_with_text("姓名"), samples.add_field("Zhang San 1980"))
    _, made = converted(data)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        assert "/AcroForm" not in pdf.Root
    page = render_page(BytesSource(made.pdf), 1, 72)
    assert page != render_page(BytesSource(converted(samples.pdf_with_text("姓名"))[1].pdf), 1, 72)


def test_a_signed_pdf_is_never_rewritten_but_may_be_looked_at() -> None:
    data = samples.changed(samples.pdf_with_text("签名文件"), samples.add_signature)
    facts = inspect(BytesSource(data))
    assert facts.signed and facts.signatures == 1
    with pytest.raises(Refusal, match=r"archive\.pdf-signed"):
        make_pdfa(BytesSource(data), facts)
    # the child refuses too, whatever the caller believes
    with pytest.raises(Refusal, match=r"archive\.pdf-signed"):
        make_pdfa(BytesSource(data), Inspection(format=facts.format))
    viewing = make_pdfa(BytesSource(data), facts, viewing=True)
    assert viewing.provenance.rung is Rung.PAGE_IMAGES
    assert inspect(BytesSource(viewing.pdf)).signatures == 0


def test_text_without_trustworthy_codes_is_told_and_not_called_2u() -> None:
    def unmap(pdf: pikepdf.Pdf) -> None:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Subtype") == "/Type0":
                table = thing.ToUnicode.read_bytes()
                private = b"1 begincodespacerange <0000> <FFFF> endcodespacerange "
                private += b"1 beginbfrange <0000> <FFFF> <E000> endbfrange"
                assert table
                thing.ToUnicode = pdf.make_indirect(pikepdf.Stream(pdf, private))

    _, made = converted(samples.changed(samples.pdf_with_text("无法识别的文字"), unmap))
    assert made.pages[0].reliability is Reliability.UNRELIABLE and made.pages[0].mapped < 0.5
    assert made.conformance == "2b" and "text-unreliable" in codes(made.provenance.findings)


def test_a_font_without_unicode_values_is_not_called_2u() -> None:
    def forget(pdf: pikepdf.Pdf) -> None:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Subtype") == "/Type0":
                del thing.ToUnicode

    data = samples.pdf_with_text("没有映射")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert has_unicode(pdf)
    forgotten = samples.changed(data, forget)
    with pikepdf.open(io.BytesIO(forgotten)) as pdf:
        assert not has_unicode(pdf)
    _, made = converted(forgotten)
    assert made.conformance == "2b" or made.provenance.rung is Rung.PAGE_IMAGES


@pytest.mark.parametrize(
    ("cmap", "mapped"),
    [
        (b"1 beginbfchar <0001> <4E00> endbfchar", {1: "一"}),
        (b"1 beginbfrange <0001> <0003> <4E00> endbfrange", {1: "一", 2: "丁", 3: "丂"}),
        (b"1 beginbfrange <0001> <0002> [<4E00> <D842DFB7>] endbfrange", {1: "一", 2: "𠮷"}),
        (b"2 beginbfrange <0001> <0001> [<4E00>] <0005> <0005> <0041> endbfrange", {1: "一", 5: "A"}),
        (b"1 beginbfrange <0001> <0002> <FFFF> endbfrange", {1: "\uffff"}),
        (b"1 beginbfchar <01> <4E00> endbfchar", {}),
        (b"rubbish", {}),
    ],
)
def test_unicode_tables_are_read(cmap: bytes, mapped: dict[int, str]) -> None:
    assert parse_tounicode(cmap, 2) == mapped


def test_invisible_text_holds_characters_beyond_the_basic_plane() -> None:
    pdf = pikepdf.Pdf.new()
    layer = TextLayer(pdf)
    jpeg = samples.picture("JPEG", "L")
    lines = [Line("𠮷㐂甲", 10, 10, 70, 30), Line("\ud800\ufffe x", 10, 40, 30, 50)]
    add_page(pdf, jpeg_picture(pdf, jpeg, 120, 80, gray=True), (200.0, 100.0), layer, lines)
    layer.finish()
    written, conformance = gate.declare_unicode(gate.write(pdf, repair=True))
    assert conformance == "2u"
    (page,) = extract_text(BytesSource(written))
    assert page.lines[0].text == "𠮷㐂甲" and page.lines[0].x1 == pytest.approx(70, abs=0.5)


def test_a_page_without_text_says_so() -> None:
    _, made = converted(samples.pdf_with_text("有字", ""))
    assert [page.reliability for page in made.pages] == [Reliability.RELIABLE, Reliability.NONE]
    assert [(f.code, f.page) for f in made.provenance.findings if f.code == "text-none"] == [("text-none", 2)]


def test_a_password_is_told_apart_from_damage() -> None:
    data = samples.pdf_with_text("密")
    locked = samples.changed(data, lambda pdf: None, encryption=pikepdf.Encryption(user="u", owner="o"))
    assert refusal_of(locked).code == "archive.file-locked"
    readable = samples.changed(data, lambda pdf: None, encryption=pikepdf.Encryption(user="", owner="o"))
    facts, made = converted(readable)
    assert facts.encrypted and not inspect(BytesSource(made.pdf)).encrypted
    assert refusal_of(b"%PDF-1.7\n" + b"garbage" * 100).code == "archive.file-unreadable"


def test_a_pdf_cut_in_two_is_repaired_or_refused_and_told() -> None:
    data = samples.pdf_with_text("甲" * 20, "乙" * 20)
    try:
        facts, _ = converted(data[: len(data) - 200])
    except Refusal as refused:
        assert refused.code == "archive.file-unreadable"
    else:
        assert codes(facts.findings) & {"pdf-damaged", "pdf-no-end"}


@pytest.mark.parametrize("make", [samples.pdf_bomb, lambda: samples.many_pages(100_000)], ids=["deflate", "pages"])
def test_bombs_are_refused_in_time_and_memory(make: Callable[[], bytes]) -> None:
    data = make()
    assert len(data) < 20_000
    start = time.monotonic()
    assert refusal_of(data).code in ("archive.file-too-heavy", "archive.file-unreadable")
    assert time.monotonic() - start < 45


def test_a_page_is_drawn_at_the_size_asked() -> None:
    made = converted(samples.pdf_with_text("图"))[1]
    png = render_page(BytesSource(made.pdf), 1, 72)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == pytest.approx((made.pages[0].width, made.pages[0].height), abs=1)
    with pytest.raises(Refusal):
        render_page(BytesSource(made.pdf), 2)


def test_of_a_large_pdf_only_what_the_page_needs_is_read() -> None:
    class Counted(BytesSource):
        served = 0

        def read_at(self, offset: int, length: int) -> bytes:
            Counted.served += length
            return super().read_at(offset, length)

        def chunks(self) -> Iterator[bytes]:
            raise AssertionError("all of it is read")

    large = scan(60)
    render_page(Counted(large), 31, 72)
    assert len(large) > 8 << 20 and 0 < Counted.served < 1 << 20


def test_provenance_names_every_tool_with_its_version() -> None:
    provenance = converted(samples.pdf_with_text("来源"))[1].provenance
    assert {name for name, _ in provenance.tools} >= {"pikepdf", "qpdf", "pdfium", "pillow"}
    assert all(version for _, version in provenance.tools)
