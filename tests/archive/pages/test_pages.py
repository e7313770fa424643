"""Generated pages 生成页: what is printed, that it is PDF/A, the same bytes twice, and no sign lost."""

from __future__ import annotations

import io
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import pdfa

from archive.kernel.refusals import Catalogue, Refusal
from archive.pages.fonts import load_faces
from archive.pages.gate import GateFault, declared_level, pass_gate
from archive.pages.render import contents_list, copy_statement, cover, note_form, render, seal_certificate
from archive.pages.shown import plain
from archive.pages.terms import CopyStatementFacts, PageFacts
from tests.archive.pages.builders import (
    LONG_NAME,
    STAMP,
    certificate_facts,
    contents_facts,
    copy_statement_facts,
    cover_facts,
    note_facts,
    take_in_facts,
)
from tests.services import verapdf

KINDS: dict[str, PageFacts] = {
    "cover": cover_facts(secrecy_mark="机密★10年"),
    "bare-cover": cover_facts(officers=(), party="", opened_on=None, item_count=None),
    "contents": contents_facts(40),
    "empty-contents": contents_facts(0),
    "note": note_facts(),
    "empty-note": note_facts(entries=()),
    "certificate": certificate_facts(),
    "empty-certificate": certificate_facts(contents=(), files=(), notes=(), keys=(), checkpoint=None),
    "annex": certificate_facts(annex_tier="personal"),
    "statement": copy_statement_facts(),
    "bare-statement": copy_statement_facts(parts=(), withheld=(), verify_address=""),
    "refusal-report": take_in_facts(),
    "receipt": take_in_facts(accepted=True, properties=(), findings=(), files=()),
}


def page_texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]
    finally:
        document.close()


def squeezed(pdf: bytes) -> str:
    return "".join("".join(page_texts(pdf)).split())


def test_every_kind_is_archival_twice_the_same_and_accepted_by_the_judge(tmp_path: Path) -> None:
    written = []
    for name, facts in KINDS.items():
        made = render(facts, timestamp=STAMP, trial=True)
        assert made == render(facts, timestamp=STAMP, trial=True), name
        assert made != render(facts, timestamp=STAMP + timedelta(seconds=1), trial=True), name
        with pikepdf.open(io.BytesIO(made)) as pdf:
            assert declared_level(pdf) == "U", name
            findings = pdfa.validate_written(io.BytesIO(made), "2b").findings
            assert [finding.rule for finding in findings] == ["ISO_19005_2:6.6.4-3"], findings  # U, not B
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(made)
        written.append(path)
    if reason := verapdf.available():
        pytest.skip(f"veraPDF: {reason}")
    for path, verdict in verapdf.verapdf(written, "2u").items():
        assert verdict.valid, (path.name, verdict.broken)


@pytest.mark.parametrize("name", KINDS)
def test_trial_is_said_on_each_page_and_only_in_a_trial(name: str) -> None:
    marked = page_texts(render(KINDS[name], timestamp=STAMP, trial=True))
    assert all("TRIAL 试用" in page for page in marked)
    assert not any("TRIAL" in page for page in page_texts(render(KINDS[name], timestamp=STAMP, trial=False)))


def test_long_names_wrap_inside_the_page_and_are_not_cut() -> None:
    made = contents_list(contents_facts(6), timestamp=STAMP, trial=False)
    assert LONG_NAME in squeezed(made)
    document = pypdfium2.PdfDocument(made)
    page = document[0]
    letters = page.get_textpage()
    rightmost = max(letters.get_charbox(n)[2] for n in range(letters.count_chars()))
    assert rightmost < page.get_width() - 40
    document.close()


def test_the_head_of_the_contents_list_stands_on_each_page_and_no_row_is_lost() -> None:
    facts = contents_facts(300)
    pages = page_texts(contents_list(facts, timestamp=STAMP, trial=False))
    assert len(pages) > 10
    assert all("题名" in page and f"共 {len(pages)} 页" in page for page in pages)
    whole = "".join(pages)
    assert all(row.pages in whole for row in facts.rows)


def test_markup_in_the_facts_is_printed_and_never_run() -> None:
    hostile = '#panic("x") $a$ *b* @ref <label> \\ `raw` // end'
    made = cover(cover_facts(case_title=hostile), timestamp=STAMP, trial=False)
    assert "".join(hostile.split()) in squeezed(made)


def test_instants_are_shown_in_beijing_time() -> None:
    made = seal_certificate(certificate_facts(), timestamp=STAMP, trial=False)
    assert "2026年11月25日00:30:05（北京时间）" in squeezed(made)


def test_an_instant_without_zone_is_a_fault() -> None:
    with pytest.raises(ValueError, match="time zone"):
        plain(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        cover(cover_facts(), timestamp=datetime(2026, 1, 1), trial=False)  # noqa: DTZ001


@pytest.mark.parametrize("sign", ["\U00030edd", "\ue000", "\ud800", "\u202e", "\x07", "\U0001f600"])
def test_a_sign_without_glyph_is_refused_by_name(sign: str) -> None:
    with pytest.raises(Refusal) as caught:
        note_form(note_facts(case_title=f"王{sign}某案"), timestamp=STAMP, trial=False)
    assert caught.value.code == "archive.glyph-missing"
    assert caught.value.facts["code_point"] == f"U+{ord(sign):04X}"
    told = Catalogue.load(["archive"]).tell(caught.value)
    assert f"U+{ord(sign):04X}" in told.what
    told.what.encode("utf-8")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(
        alphabet=st.one_of(
            st.sampled_from(sorted(map(chr, load_faces().available - set(range(0x20))))),
            st.sampled_from(string.ascii_letters + "#$*_@<>\\`\"'"),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_drawable_title_can_be_printed(title: str) -> None:
    assert cover(cover_facts(case_title=title), timestamp=STAMP, trial=False).startswith(b"%PDF-1.7")


def test_the_annex_says_its_tier_and_nothing_of_the_cover() -> None:
    annex = squeezed(seal_certificate(certificate_facts(annex_tier="个人信息"), timestamp=STAMP, trial=False))
    assert "密钥层“个人信息”" in annex
    assert "怎样验证" not in annex
    assert cover_facts().party not in annex


def test_the_certificate_gives_every_digest_whole() -> None:
    facts = certificate_facts()
    whole = squeezed(seal_certificate(facts, timestamp=STAMP, trial=False))
    assert all(file.sha256 in whole and file.sha512 in whole for file in facts.files)


def test_the_symbol_of_the_statement_holds_the_address() -> None:
    facts = copy_statement_facts()
    bare = replace(facts, verify_address="")
    assert isinstance(facts, CopyStatementFacts)
    assert facts.verify_address in squeezed(copy_statement(facts, timestamp=STAMP, trial=False))
    assert len(copy_statement(facts, timestamp=STAMP, trial=False)) > len(
        copy_statement(bare, timestamp=STAMP, trial=False)
    )


def test_the_gate_stops_what_is_not_archival() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.AA = pikepdf.Dictionary()
        pdf.pages[0].obj[pikepdf.Name.Contents] = pdf.make_stream(b"0 0 0 1 k 0 0 9 9 re f")
        with pytest.raises(GateFault):
            pass_gate(pdf, datetime(2026, 1, 1, tzinfo=UTC))
