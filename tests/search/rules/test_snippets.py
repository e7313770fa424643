"""Snippets: the best piece, hits marked, boxes cut to the words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from search.rules.parsing import parse
from search.rules.snippets import WIDTH, cut, find_ranges, locate
from search.rules.tree import ranking
from search.terms import Box, PageText

SIGNS = st.text(st.sampled_from("行政处罚张三 ，a1"), max_size=400)


def ranges(text: str, query: str) -> list[tuple[int, int, int]]:
    return find_ranges(text, ranking(parse(query).tree))


def test_variants_are_highlighted_as_they_are_written() -> None:
    text = "对豫Ａ·１２３的行政處\n罰"
    assert [text[low:high] for low, high, _ in ranges(text, "豫A123 处罚")] == ["豫Ａ·１２３", "處\n罰"]


def test_the_piece_with_most_different_words_wins() -> None:
    text = "处罚" + "。" * 300 + "张三受处罚" + "。" * 300 + "处罚处罚处罚"
    shown = cut(text, ranges(text, "张三 处罚"))
    assert [part.text for part in shown if part.hit] == ["张三", "处罚"]
    assert shown[0].text == shown[-1].text == "…"


@given(SIGNS)
@settings(max_examples=100, deadline=None)
def test_a_snippet_is_one_piece_of_the_text(text: str) -> None:
    shown = cut(text, ranges(text, "处罚 OR 张三 OR a1"))
    inner = "".join(part.text for part in shown if part.hit or part.text != "…")
    assert inner in text
    assert len(inner) <= WIDTH
    assert all(part.text for part in shown)


def test_a_box_takes_the_share_of_its_line() -> None:
    sealed = PageText("一二三行政处罚八九", (Box(0, 9, 0.0, 0.1, 0.9, 0.2),))
    (box,) = locate(sealed, ranges(sealed.text, "行政处罚"))
    assert (box.start, box.end, round(box.x0, 6), round(box.x1, 6), box.y0) == (3, 7, 0.3, 0.7, 0.1)
