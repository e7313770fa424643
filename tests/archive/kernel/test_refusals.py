"""Refusals: every reason is kept, every code has its texts, an unknown one is shown as itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.kernel.articles import basis_said
from archive.kernel.refusals import Catalogue, Refusal

PACKAGES = ("archive", "access", "retention", "search", "ingest")
ROOT = Path(__file__).parents[3]
RAISED = re.compile(r'(?:Refusal|Problem)\(\s*"([a-z]+\.[a-z0-9-]+)"')


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(PACKAGES)


def raised() -> set[str]:
    """Every code that stands literally in the packages."""
    return {
        code
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for code in RAISED.findall(path.read_text("utf-8"))
    }


def test_every_code_that_is_raised_has_its_texts(catalogue: Catalogue) -> None:
    found = raised()
    assert len(found) > 50
    assert sorted(found - set(catalogue.texts)) == []


def test_every_text_says_what_happened_and_what_to_do_in_both_languages(catalogue: Catalogue) -> None:
    for code, text in catalogue.texts.items():
        assert all(each.strip() for each in (text.zh, text.en, text.do_zh, text.do_en)), code
        assert 400 <= text.http < 600 and re.search("[一-鿿]", text.zh) and not re.search("[一-鿿]", text.do_en), code
        for each in (text.zh, text.en, text.do_zh, text.do_en):
            each.format_map(dict.fromkeys(re.findall(r"{(\w+)}", each), "x"))


def test_facts_fill_the_text_and_a_missing_one_does_not_hide_it(catalogue: Catalogue) -> None:
    told = catalogue.tell(Refusal("archive.tier-locked", tier="trade"))
    assert (
        "trade" in told.what and told.code in told.line() and "—" in catalogue.tell(Refusal("archive.tier-locked")).what
    )
    assert catalogue.tell(Refusal("archive.tier-locked", tier="trade"), "en").what != told.what
    own = catalogue.tell(Refusal("archive.tier-locked", basis="某法第一条", tier="x"))
    assert own.basis == "某法第一条"


def test_an_unknown_code_is_told_as_itself(catalogue: Catalogue) -> None:
    told = catalogue.tell(Refusal("archive.never-written", fact=1))
    assert told.what == "archive.never-written (fact=1)" and told.http == 409


@pytest.mark.parametrize("code", ["", "archive", "Archive.x", "archive.", "archive.two--dashes", "archive.x y"])
def test_what_is_no_code_cannot_be_raised(code: str) -> None:
    with pytest.raises(ValueError, match="refusal code"):
        Refusal(code)


@given(st.lists(st.lists(st.sampled_from(["a.a", "a.b", "a.c"]), min_size=1, max_size=3), max_size=4))
def test_joined_refusals_keep_every_reason_in_order(groups: list[list[str]]) -> None:
    each = [
        Refusal(group[0], also=[Refusal(code) for code in group[1:]], of=number) for number, group in enumerate(groups)
    ]
    joined = Refusal.join(each)
    if joined is None:
        assert not groups
        return
    assert sorted(reason.code for reason in joined.all()) == sorted(code for group in groups for code in group)
    assert joined.code == groups[0][0] and joined.facts == {"of": 0}


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("办法第二十四条第二款", "Rules art. 24(2)"),
        ("保守国家秘密法第二十六条；办法第二十六条第二款", "State Secrets Law art. 26; Rules art. 26(2)"),
        ("办法第二十五条、第二十六条", "Rules art. 25, art. 26"),
        ("办法第十条; docs/guarantees.md", "Rules art. 10; docs/guarantees.md"),
        ("行政诉讼法第一百零三条", "Administrative Litigation Law art. 103"),
        ("治安管理处罚法第一百零三条", "治安管理处罚法 art. 103"),
        ("RFC 3161", "RFC 3161"),
    ],
)
def test_a_basis_is_cited_in_the_language_of_the_reader(basis: str, said: str) -> None:
    assert basis_said(basis, "en") == said and basis_said(basis, "zh") == basis


def test_no_basis_of_the_catalogue_stays_chinese_in_english_or_counts_articles_in_two_ways() -> None:
    texts = Catalogue.load(PACKAGES).texts
    for code, text in texts.items():
        assert not re.search("[一-鿿，；、]", basis_said(text.basis, "en")), code
        assert not re.search(r"第\d", text.basis), code
