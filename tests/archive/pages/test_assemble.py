"""Released copies 复制件合订: every page counted, nothing covered, archival as a whole."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from archive.pages.assemble import STRIP_HEIGHT, CopyDocument, assemble_copy
from archive.pages.gate import GateFault, declared_level
from archive.pages.render import contents_list, copy_statement, note_form
from tests.archive.pages.builders import STAMP, contents_facts, copy_statement_facts, note_facts
from tests.archive.pages.test_pages import page_texts
from tests.services import verapdf

FOOTER = "出具编号 青山复〔2026〕0007号"


def turned(pdf: bytes, degrees: int) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            page.obj[pikepdf.Name.Rotate] = degrees
        written = io.BytesIO()
        opened.save(written)
        return written.getvalue()


@pytest.fixture(scope="module")
def parts() -> tuple[bytes, list[CopyDocument]]:
    statement = copy_statement(copy_statement_facts(), timestamp=STAMP, trial=False)
    contents = contents_list(contents_facts(30), timestamp=STAMP, trial=False)
    note = note_form(note_facts(), timestamp=STAMP, trial=False)
    pages = len(page_texts(contents))
    return statement, [
        CopyDocument("卷内文件目录", contents, pages),
        *(CopyDocument(f"备考表 {degrees}", turned(note, degrees), 1) for degrees in (0, 90, 180, 270)),
    ]


def test_a_copy_is_archival_counted_and_the_same_twice(parts: tuple[bytes, list[CopyDocument]], tmp_path: Path) -> None:
    made = assemble_copy(*parts, FOOTER, timestamp=STAMP, trial=True)
    assert made == assemble_copy(*parts, FOOTER, timestamp=STAMP, trial=True)
    texts = page_texts(made)
    for number, text in enumerate(texts, start=1):
        assert f"第 {number} 页　共 {len(texts)} 页" in text
        assert "复制件" in text and "0007" in text and "TRIAL 试用" in text
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert declared_level(pdf) == "U"
    document = pypdfium2.PdfDocument(made)
    assert [document.get_page_label(n) for n in range(3)] == ["说明-1", "1", "2"]
    document.close()
    if reason := verapdf.available():
        pytest.skip(f"veraPDF: {reason}")
    path = tmp_path / "copy.pdf"
    path.write_bytes(made)
    verdict = verapdf.verapdf([path], "2u")[path]
    assert verdict.valid, verdict.broken


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_the_strip_stands_below_the_page_as_it_is_shown(parts: tuple[bytes, list[CopyDocument]], place: int) -> None:
    statement, documents = parts
    made = assemble_copy(statement, [documents[place]], FOOTER, timestamp=STAMP, trial=False)
    copy, source = pypdfium2.PdfDocument(made), pypdfium2.PdfDocument(documents[place].content)
    assert copy[1].get_size() == (source[0].get_width(), source[0].get_height() + STRIP_HEIGHT)
    shown, original = copy[1].render(scale=1).to_pil(), source[0].render(scale=1).to_pil()
    height = original.height - 4
    assert shown.crop((0, 0, original.width, height)).convert("L").point(lambda v: 255 * (v > 128)).histogram()[0] > 0
    assert shown.crop((0, original.height, shown.width, shown.height)).convert("L").getextrema()[0] < 160
    above = shown.crop((0, 0, original.width, height)).convert("L").histogram()
    expected = original.crop((0, 0, original.width, height)).convert("L").histogram()
    assert abs(above[255] - expected[255]) < 0.01 * sum(expected)
    copy.close()
    source.close()


def test_a_part_with_another_number_of_pages_is_a_fault(parts: tuple[bytes, list[CopyDocument]]) -> None:
    statement, documents = parts
    wrong = CopyDocument(documents[0].title, documents[0].content, documents[0].page_count + 1)
    with pytest.raises(ValueError, match="pages"):
        assemble_copy(statement, [wrong], FOOTER, timestamp=STAMP, trial=False)


def test_a_copy_of_a_copy_keeps_both_strips(parts: tuple[bytes, list[CopyDocument]]) -> None:
    statement, documents = parts
    first = assemble_copy(statement, documents[1:2], "第一次", timestamp=STAMP, trial=False)
    second = page_texts(
        assemble_copy(statement, [CopyDocument("复制件", first, 2)], "第二次", timestamp=STAMP, trial=False)
    )
    assert "第一次" in second[2] and "第二次" in second[2]


def test_a_part_of_level_b_makes_the_copy_level_b(parts: tuple[bytes, list[CopyDocument]]) -> None:
    statement, documents = parts
    content = documents[1].content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        packet = pdf.Root.Metadata.read_bytes()
        pdf.Root.Metadata.write(packet.replace(b"conformance>U<", b"conformance>B<"))
        written = io.BytesIO()
        pdf.save(written)
    made = assemble_copy(
        statement, [CopyDocument("扫描件", written.getvalue(), 1)], FOOTER, timestamp=STAMP, trial=False
    )
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert declared_level(pdf) == "B"


def test_a_paper_with_a_tiling_pattern_can_be_copied(parts: tuple[bytes, list[CopyDocument]]) -> None:
    """Lined forms have one; what comes in as PDF/A must be able to go out as a copy, and no other pattern with it."""
    statement, documents = parts
    lined = CopyDocument("格线纸", _lined(documents[1].content), 1)
    with pikepdf.open(io.BytesIO(assemble_copy(statement, [lined], FOOTER, timestamp=STAMP, trial=False))) as copy:
        assert "/P0" in copy.pages[1].Resources.Pattern
    foul = CopyDocument("坏格线纸", _lined(documents[1].content, b"not an operator"), 1)
    with pytest.raises(GateFault):
        assemble_copy(statement, [foul], FOOTER, timestamp=STAMP, trial=False)


def _lined(content: bytes, drawn: bytes = b"0 0 2 2 re f") -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        tile = pdf.make_stream(drawn)
        tile.PatternType, tile.PaintType, tile.TilingType, tile.XStep, tile.YStep = 1, 1, 1, 8, 8
        tile.BBox, tile.Resources = pikepdf.Array([0, 0, 8, 8]), pikepdf.Dictionary()
        page = pdf.pages[0]
        page.Resources.Pattern = pikepdf.Dictionary(P0=pdf.make_indirect(tile))
        page.contents_add(b"q /Pattern cs /P0 scn 20 20 100 100 re f Q")
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()
