"""Texts, hypertexts and letters in, PDF/A out: every sign is there, nothing acts, what is attached is named."""

import hashlib
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.refusals import Refusal
from archive.renditions.children.encodings import decoded
from archive.renditions.children.flow import Flow, set_line
from archive.renditions.children.hypertext import read_hypertext
from archive.renditions.children.letters import Letter
from archive.renditions.comparison import Held, folded, lost_text, page_of_crowded_cell, unshown_text
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Inspection, PdfARendition, Rung
from archive.renditions.workshop import inspect, make_pdfa
from tests.services.verapdf import verapdf

PAGE = (
    '<html><head><meta charset="gb2312"><script>alert(1)</script></head><body onload="x()"><h1>标题</h1><p>第一段'
    "<b>粗</b><br>换行</p><ol><li>甲</li><li>乙<ul><li>乙一</li></ul></li></ol><table><tr><th>案号</th><th>金额</th></tr><tr>"
    '<td>某罚1号<td>5000</table><p style="display:none">藏</p><img src="http://x/y.png" alt="照片"><form><input></form>'
)


def converted(data: bytes, name: str = "") -> tuple[Inspection, PdfARendition]:
    source = BytesSource(data)
    facts = inspect(source, name)
    return facts, make_pdfa(source, facts)


def words(made: PdfARendition) -> str:
    return folded("".join(page.text for page in made.pages))


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "张三 <a@example.org>", "b@example.org", "关于案件的说明"
    message.set_content("您好：\n  见附件。\n")
    message.add_alternative("<p>您好</p><script>1</script>", subtype="html")
    message.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="证据.pdf")
    return message


@pytest.mark.service("verapdf")
def test_each_kind_becomes_valid_pdfa_2u(tmp_path: Path) -> None:
    named = {
        "gb.txt": "行政处罚　记录\r\n  缩进\tTab\n".encode("gb18030") + b"x" * 300,
        "wide.txt": "第一行\n第二行".encode("utf-16"),
        "page.html": PAGE.encode("gb18030"),
        "letter.eml": bytes(letter()),
    }
    for name, data in named.items():
        _, made = converted(data, name)
        assert made.provenance.rung is Rung.TYPESET and made.conformance == "2u"
        assert made.provenance.text_before <= made.provenance.text_after
        assert dict(made.provenance.tools)["typst"]
        (tmp_path / f"{name}.pdf").write_bytes(made.pdf)
    verdicts = verapdf([tmp_path / f"{name}.pdf" for name in named], "2u")
    assert not {path.name: verdict.broken for path, verdict in verdicts.items() if not verdict}


def test_a_hypertext_keeps_its_structure_and_nothing_of_what_acts() -> None:
    facts, made = converted(PAGE.encode("gb18030"))
    assert facts.active_content == ("external-link", "javascript", "submit-form")
    text = words(made)
    assert "标题第一段粗换行1.甲2.乙•乙一案号金额某罚1号5000〔图:照片〕" in text.replace("：", ":")
    assert "alert" not in text and "藏" not in text
    assert {"pictures-not-shown", "text-not-shown"} <= {each.code for each in made.provenance.findings}
    assert inspect(BytesSource(made.pdf)).active_content == ()


def test_a_letter_names_what_is_attached() -> None:
    facts, made = converted(bytes(letter()))
    assert facts.members == ("证据.pdf",)
    text = words(made)
    assert "关于案件的说明" in text and "见附件。" in text and "证据.pdf" in text
    assert hashlib.sha256(b"%PDF-1.7 x").hexdigest() in text


def test_a_letter_whose_forms_differ_shows_both() -> None:
    other = EmailMessage()
    other["From"], other["Subject"] = "a@example.org", "s"
    other.set_content("您好：见附件。\n")
    other.add_alternative("<p>您好</p><p>另请退还扣押物品</p>", subtype="html")
    _, made = converted(bytes(other))
    assert "另请退还扣押物品" in words(made) and "见附件。" in words(made)
    _, same = converted(bytes(letter()))
    assert words(same).count("您好") == 1 and "另一形式" not in words(same)


def test_a_letter_of_several_hypertexts_loses_none() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "s"
    message.make_mixed()
    for text in ("第一段说明", "第二段说明更长"):
        part = EmailMessage()
        part.set_content(f"<p>{text}</p>", subtype="html")
        message.attach(part)
    _, made = converted(bytes(message))
    assert "第一段说明" in words(made) and "第二段说明更长" in words(made)


def test_markup_in_a_text_stays_text() -> None:
    _, made = converted('#read("/etc/passwd") $x$ *粗* @ref <script>'.encode())
    assert '#read("/etc/passwd")$x$*粗*@ref<script>' in words(made)


def test_a_text_on_which_the_typesetter_panics_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        converted(("<!doctype html><html><body>" + "\u0301" * 40_000 + "结尾").encode())
    assert refused.value.code.startswith("archive.") and refused.value.facts["reason"] in ("fault", "memory", "time")


def test_a_sign_without_glyph_is_refused_and_named() -> None:
    with pytest.raises(Refusal) as refused:
        converted("好的\U0001f600".encode())
    assert (refused.value.facts["reason"], refused.value.facts["detail"]) == ("glyph-missing", "U+1F600")


@given(st.text(max_size=300))
@settings(max_examples=60)
def test_any_text_is_read_whatever_it_is(text: str) -> None:
    flow = Flow()
    read_hypertext(text, flow)
    assert [piece for piece in flow.held() if piece.place == "source"] == [Held("source", "")]
    assert set_line(text) is not None
    assert decoded(text.encode("utf-8", "replace")) == text.encode("utf-8", "replace").decode().removeprefix("\ufeff")


@given(st.binary(max_size=400))
@settings(max_examples=60)
def test_any_bytes_are_read_as_a_letter(data: bytes) -> None:
    assert Letter(b"From: a\r\nSubject: =?gb2312?B?" + data).flow is not None
    assert Letter(b"From: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + data).flow is not None


def test_what_is_lost_is_counted_and_placed() -> None:
    held = [Held("a", "甲乙 Ａ"), Held("b", "丙丙"), Held("c", "藏", shown=False)]
    assert lost_text(held, ["乙甲", "a丙丙"]).characters == 0
    assert lost_text(held, ["乙甲", "a丙"]) == lost_text([Held("b", "丙")], ["x"])
    assert unshown_text(held, ["甲"]).place == "c" and unshown_text(held, ["藏"]).characters == 0
    assert page_of_crowded_cell(held, ["x", "###"]) == 2 and page_of_crowded_cell([Held("a", "###")], ["###"]) == 0


@given(st.lists(st.tuples(st.text("甲乙ab", max_size=5), st.booleans()), max_size=8), st.text("甲乙abc", max_size=20))
@settings(max_examples=200)
def test_loss_is_counted_sign_by_sign_and_hidden_text_found_as_it_stands(
    pieces: list[tuple[str, bool]], page: str
) -> None:
    held = [Held("p", text, shown) for text, shown in pieces]
    wanted = Counter("".join(folded(text) for text, shown in pieces if shown))
    assert lost_text(held, [page]).characters == (wanted - Counter(folded(page))).total()
    absent = [folded(text) for text, shown in pieces if not shown and folded(text) not in folded(page)]
    assert unshown_text(held, [page]).characters == sum(map(len, absent))


def test_a_workbook_of_very_many_cells_is_compared_all_the_same() -> None:
    signs = "".join(chr(0x4E00 + number) for number in range(5_000))
    cells = [Held("sheet", signs[number % 4_990 : number % 4_990 + 4], number % 2 == 0) for number in range(100_000)]
    assert lost_text(cells, [signs * 60]).characters == 0
    assert unshown_text(cells, [signs * 40]).characters == 0
    assert (
        unshown_text([Held("sheet", "abab" * 9 + "c", shown=False)] * 100_000, ["ab" * 9_000 + "bc"]).characters
        == 3_700_000
    )
