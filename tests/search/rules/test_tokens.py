"""Tokens: variants made one, places led back, literal pieces always found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.rules.snippets import find_ranges
from search.rules.tokens import fold, placed, tokens
from search.rules.traditional import SIMPLIFIED, TRADITIONAL
from search.rules.tree import phrase

TEXTS = st.text(st.sampled_from("行政處罚决定书张三ＡabC１23 \n，。·①㎡éﬁ々カ한𠀀"), max_size=40)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("行政处罚", ["行政", "政处", "处罚", "罚"]),
        ("行政處罰", ["行政", "政处", "处罚", "罚"]),
        ("行 政\n处\u3000罚", ["行政", "政处", "处罚", "罚"]),
        ("张三，李四", ["张三", "三", "李四", "四"]),
        ("豫Ａ·１２３４５号", ["豫", "a", "12345", "号"]),
        ("Café cafe\u0301", ["cafe", "cafe"]),
        ("", []),
        ("，。—", []),
    ],
)
def test_tokens(text: str, wanted: list[str]) -> None:
    assert tokens(text) == wanted


def test_the_table_of_signs_is_one_to_one_and_never_maps_to_itself() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED) == len(set(TRADITIONAL))
    assert not [a for a, b in zip(TRADITIONAL, SIMPLIFIED, strict=True) if a == b]
    assert fold("證據") == "证据"


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_placed_tokens_are_the_tokens_and_lie_in_the_text(text: str) -> None:
    found = placed(text)
    assert [one.token for one in found] == tokens(text)
    assert all(0 <= one.start < one.first_end <= one.end <= len(text) for one in found)
    assert all(one.token in "".join(fold(text[one.start : one.end]).split()) for one in found)


HAN = st.text(st.sampled_from("行政处罚决定，"), min_size=2, max_size=30)


@given(HAN, st.data())
@settings(max_examples=200, deadline=None)
def test_every_literal_piece_of_han_is_found_and_nothing_else(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : data.draw(st.integers(start + 1, len(text)))].strip("，")
    asked = phrase(piece)
    if asked is None:
        return
    found = find_ranges(text, [asked])
    literal = [at for at in range(len(text)) if text.startswith(piece, at)]
    if "，" not in piece:
        assert [(low, high) for low, high, _ in found] == [(at, at + len(piece)) for at in literal]
    else:
        assert set(literal) <= {low for low, _, _ in found}
