"""Office files in, PDF/A out: what they show is there, what they hide is told, what acts is out, no date of today."""

import time
from pathlib import Path

import pytest

from archive.kernel.refusals import Refusal
from archive.renditions.children import soffice
from archive.renditions.children.olefiles import Compound
from archive.renditions.children.runtime import Unfit
from archive.renditions.children.worddoc import read_word
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Inspection, PdfARendition, Rung
from archive.renditions.workshop import inspect, make_pdfa
from tests.archive.renditions import samples
from tests.services.verapdf import verapdf
from tests.support import office_samples as office

pytestmark = pytest.mark.service("libreoffice")

BEACON = (
    '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
    'Target="http://127.0.0.1:9/beacon.png" TargetMode="External"/>'
)
LETTER = office.docx(
    office.run("行政处罚决定书 Office fine"),
    office.run("看得见") + office.run("隐藏的", "<w:vanish/>"),
    office.field("DATE \\@ yyyy", "2019年5月6日") + office.field("PAGE", "1"),
    parts={"word/vbaProject.bin": b"x" * 100},
    relations=BEACON,
)


def converted(data: bytes, name: str = "") -> tuple[Inspection, PdfARendition]:
    source = BytesSource(data)
    facts = inspect(source, name)
    return facts, make_pdfa(source, facts)


def told(made: PdfARendition) -> dict[str, str]:
    return {finding.code: finding.detail for finding in made.provenance.findings}


def words(made: PdfARendition) -> str:
    return "".join("".join(page.text for page in made.pages).split())


@pytest.mark.slow
@pytest.mark.service("verapdf")
def test_all_real_office_forms_become_valid_pdfa(tmp_path: Path) -> None:
    paths = []
    for form in sorted(samples.real("forms", "doc").glob("*.doc")):
        _, made = converted(form.read_bytes(), form.name)
        assert made.provenance.rung is Rung.PRINTED and made.conformance == "2u", form.name
        paths.append(tmp_path / f"{form.name}.pdf")
        paths[-1].write_bytes(made.pdf)
    verdicts = verapdf(paths, "2u")
    assert len(paths) == 12 and not {path.name: v.broken for path, v in verdicts.items() if not v}


def test_a_letter_shows_what_was_saved_and_nothing_acts() -> None:
    facts, made = converted(LETTER, "a.docx")
    assert facts.active_content == ("external-link", "macro") and facts.findings == ()
    assert "行政处罚决定书Officefine看得见2019年5月6日" in words(made)
    assert "隐藏" not in words(made) and told(made)["text-not-shown"].startswith("3 characters")
    assert inspect(BytesSource(made.pdf)).active_content == ()
    tools = dict(made.provenance.tools)
    assert tools["LibreOffice"].startswith(("7.", "2")) and "pikepdf" in tools


@pytest.mark.slow
def test_an_old_word_file_keeps_the_date_of_its_day() -> None:
    old = office.as_old(office.docx(office.field("DATE", "x") + office.run("。旧文件")), "docx", "doc")
    shown = next(piece for piece in _held(old) if "旧文件" in piece).partition("。")[0]
    other = shown.replace(shown[:2], "77" if shown[:2] != "77" else "66", 1)
    facts, made = converted(old.replace(shown.encode("utf-16-le"), other.encode("utf-16-le")), "a.doc")
    assert facts.format.name == "Word 97-2003" and f"{other}。旧文件" in words(made)


def _held(data: bytes) -> list[str]:
    compound = Compound(data)
    streams = [compound.read(name) for name in ("WordDocument", "0Table", "1Table")]
    return [each.text for each in read_word(*streams).held]


@pytest.mark.slow
def test_an_old_workbook_prints_whole_and_says_what_is_hidden() -> None:
    for data in (office.xlsx(), office.as_old(office.xlsx(), "xlsx", "xls")):
        _, made = converted(data)
        assert all(text in words(made) for text in ("某罚〔2025〕1号", "5000", "区域之外的字"))
        assert "隐藏" not in words(made) and told(made)["text-not-shown"].startswith("11 characters")


def test_open_document_and_rich_text() -> None:
    body = "<text:p>正文于 <text:date>2018-03-04</text:date></text:p><text:p><text:placeholder/></text:p>"
    facts, made = converted(office.odt(body, {"Basic/Standard/Module1.xml": "<x/>"}))
    assert facts.active_content == ("macro",) and "正文于2018-03-04" in words(made)
    _, made = converted(office.rtf("罚款五千元", r"{\field{\*\fldinst DATE \\@ yyyy}{\fldrslt 1999}}"))
    assert words(made) == "罚款五千元1999"


@pytest.mark.slow
def test_a_hidden_slide_is_told() -> None:
    _, made = converted(office.as_old(office.odp("第一页", "-藏起来的页"), "odp", "ppt"))
    assert words(made) == "第一页" and told(made)["text-not-shown"].startswith("6 characters")


def test_a_sign_without_glyph_is_refused_with_its_place() -> None:
    with pytest.raises(Refusal, match="rendition-unfaithful") as refused:
        converted(office.docx(office.run("甲"), office.run("生僻字\U0002ebf0")))
    facts = refused.value.facts
    assert (facts["reason"], facts["page"], facts["detail"]) == ("glyph-missing", 1, "U+2EBF0")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (office.docx("x", parts={"word/styles.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "doctype"),
        (office.docx("x", parts={"word/styles.xml": "<a>" * 300}), "damaged"),
        (office.docx("x", parts={"word/media/big.bin": bytes(300 * 2**20)}), "stream"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "not-convertible"),
    ],
    ids=["entities", "depth", "bomb", "no-streams"],
)
def test_what_is_no_office_file_is_refused_before_libreoffice(data: bytes, reason: str) -> None:
    start = time.monotonic()
    with pytest.raises(Refusal) as refused:
        converted(data)
    assert refused.value.facts["reason"] == reason
    assert time.monotonic() - start < 20


def test_a_machine_without_libreoffice_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soffice, "_PLACES", (tmp_path,))
    with pytest.raises(Unfit) as unfit:
        soffice.Office({"scratch": str(tmp_path)})
    assert unfit.value.code == "no-office"
