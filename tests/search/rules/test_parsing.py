"""Query parsing: the tree for what is written, refusals for what is too much, never an exception of the parser."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.refusals import Refusal
from search.engines.expressions import compile_tree
from search.rules.parsing import parse
from search.rules.tree import AllOf, AnyOf, Except, OnDates, Phrase, Tree

PUNISH = Phrase(("行政", "政处", "处罚"))
ZHANG = Phrase(("张三",))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("行政处罚", PUNISH),
        ("“行政 处罚”", PUNISH),
        ("张三 行政处罚", AllOf((ZHANG, PUNISH))),
        ("张三 OR 行政处罚", AnyOf((ZHANG, PUNISH))),
        ("张三 NOT 行政处罚", Except(ZHANG, PUNISH)),
        ("(张三 OR 号) AND 行政处罚", AllOf((AnyOf((ZHANG, Phrase(("号",), prefix=True))), PUNISH))),
        ("题名：行政处罚", Phrase(PUNISH.tokens, "title")),
        ("案由:张三 text:张三", AllOf((Phrase(("张三",), "cause"), Phrase(("张三",), "text")))),
        ("豫A123*", Phrase(("豫", "a", "123"), prefix=True)),
        ("（2024）豫01号", Phrase(("2024", "豫", "01", "号"), prefix=True)),
        ("date:2024-03", OnDates(("202403",))),
        ("日期:[2023-12-30 TO 2025]", OnDates(("20231230", "20231231", "2024", "2025"))),
        ("张三 date:2024年3月5日", AllOf((ZHANG, OnDates(("20240305",))))),
        ('"unknown:张三"', Phrase(("unknown", "张三"))),
    ],
)
def test_tree(text: str, tree: Tree) -> None:
    assert parse(text).tree == tree


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "search.query-empty"),
        ("，。 ((", "search.query-empty"),
        ("NOT 张三", "search.query-negative"),
        ("行政 OR NOT 张三", "search.query-negative"),
        ("行政 NOT (张三 NOT 李四)", "search.query-unreadable"),
        ("行*罚", "search.query-unreadable"),
        ("date:yesterday", "search.query-unreadable"),
        ("title:[a TO b]", "search.query-unreadable"),
        ('"行政 处罚"~3', "search.query-unreadable"),
        ("titel:决定书", "search.query-field"),
        ("行政 (Party:甲)", "search.query-field"),
        ("a*", "search.query-too-broad"),
        ("ab* ac* ad* ae* af*", "search.query-too-broad"),
        ("长" * 401, "search.query-too-broad"),
        ("(" * 9 + "张三" + ")" * 9, "search.query-too-broad"),
        (" ".join(f"w{n}" for n in range(40)), "search.query-too-broad"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text)
    assert refused.value.code == code


def test_plain_words_have_nearest_answers_and_exact_ones_do_not() -> None:
    near = parse("酒后驾驶").near
    assert isinstance(near, AllOf)
    assert near.parts[0] == AnyOf((Phrase(("酒后",)), Phrase(("后驾",)), Phrase(("驾驶",))))
    assert [parse(text).near for text in ("“酒后驾驶”", "title:酒后驾驶", "酒后 OR 驾驶", "酒后 NOT 驾驶", "酒后")] == [
        None
    ] * 5


@given(st.text(st.sampled_from("ab行政\"'()[]{}:*~^+-&|! \\ANDORTO日期：“”"), max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_string_is_a_tree_or_a_refusal_and_no_sign_of_it_reaches_the_engine(text: str) -> None:
    try:
        tree = parse(text).tree
    except Refusal:
        return
    expression = compile_tree(tree).text
    assert expression.count('"') % 2 == 0
    for quoted in expression.split('"')[1::2]:
        assert all(word.isalnum() for word in quoted.split(" "))
