"""What every engine must do: literal phrases, exact fields and dates, one ranking however the pages are split."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.ids import ItemId
from archive.kernel.refusals import Refusal
from search.engines.fts5 import Fts5Engine
from search.rules.parsing import parse
from search.rules.ranking import Scorer, World
from search.terms import IndexKey, IndexName, PageDocument, Place, Ranked
from tests.search.holdings import PLAIN, Keys, page

KEY = IndexKey(page("item_x", "").unit, PLAIN)
ONE = Place(IndexName("one"), KEY)
WORDS = ["行政处罚", "行政", "处罚", "张三", "李四", "决定书", "豫A12345", "号", "，", "。", "听证", "罚款"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Fts5Engine]:
    made = Fts5Engine(tmp_path, Keys())
    yield made
    made.close()


def found(engine: Fts5Engine, query: str, *places: Place, limit: int = 50) -> list[str]:
    handles = [engine.open(place) for place in places or (ONE,)]
    return [hit.item_id for hit in engine.search(handles, parse(query).tree, limit).hits]


def corpus(seed: int, size: int) -> list[PageDocument]:
    draw = random.Random(seed)
    texts = ["".join(draw.choices(WORDS, k=draw.randrange(1, 40))) for _ in range(size)]
    return [page(f"item_{n // 2:03}", text, page=n % 2 + 1) for n, text in enumerate(texts)]


def test_words_phrases_and_operators(engine: Fts5Engine) -> None:
    engine.write(
        ONE, [page("item_a", "行政處罰決定書，張三"), page("item_b", "行政。处罚 李四"), page("item_c", "处罚号码")]
    )
    assert found(engine, "行政处罚") == ["item_a"]
    assert set(found(engine, "处罚")) == {"item_a", "item_b", "item_c"}
    assert set(found(engine, "处罚 NOT 李四")) == {"item_a", "item_c"}
    assert set(found(engine, "(张三 OR 李四) 处罚")) == {"item_a", "item_b"}
    assert found(engine, "号") == found(engine, "罚号") == ["item_c"]
    assert found(engine, "不在") == []


def test_fields_and_dates(engine: Fts5Engine) -> None:
    facts = {"date": "2024-03-05", "cause": "酒后驾驶", "type": "决定书"}
    engine.write(ONE, [page("item_a", "正文", title="处罚决定", fields=facts), page("item_b", "酒后驾驶 2024")])
    assert found(engine, "处罚决定") == found(engine, "title:决定") == found(engine, "cause:驾驶") == ["item_a"]
    assert found(engine, "type:正文") == found(engine, "text:处罚决定") == found(engine, "date:2024-04") == []
    assert found(engine, "date:[2024-03-05 TO 2024-03-05]") == found(engine, "date:2024 正文") == ["item_a"]
    assert found(engine, "date:[1900-01-02 TO 2199-12-30]") == ["item_a"]
    assert found(engine, "2024") == ["item_b"]


@given(st.integers(0, 10_000), st.integers(1, 9))
@settings(max_examples=15, deadline=None)
def test_any_split_ranks_as_one_index(tmp_path_factory: pytest.TempPathFactory, seed: int, parts: int) -> None:
    engine = Fts5Engine(tmp_path_factory.mktemp("split"), Keys())
    pages = corpus(seed, 60)
    engine.write(ONE, pages)
    split = [Place(IndexName(f"part{n}"), KEY) for n in range(parts)]
    for number, place in enumerate(split):
        engine.write(place, [one for one in pages if int(one.item_id[5:]) % parts == number])
    whole, handles = [engine.open(ONE)], [engine.open(place) for place in split]
    for word in ["处罚", "号", "(行政处罚 OR 听证 罚款) NOT 李四", "行政 处罚 张三", "决定书 OR (张三 李四)"]:
        query = parse(word)
        for tree in (query.tree, query.near or query.tree):
            assert engine.search(whole, tree, 25) == engine.search(handles, tree, 25)
    engine.close()


def test_scores_are_bm25_of_the_counts(engine: Fts5Engine) -> None:
    engine.write(ONE, [page("item_a", "听证听证罚"), page("item_b", "听证"), page("item_c", "罚款罚款罚款")])
    hits = engine.search([engine.open(ONE)], parse("听证").tree, 9).hits
    scorer = Scorer(World(3, 5 + 2 + 6, (2,)))
    assert {hit.item_id: hit.score for hit in hits} == {
        "item_a": scorer.score((2,), 5),
        "item_b": scorer.score((1,), 2),
    }


@pytest.mark.parametrize("query", ["处罚", "date:2024 OR 处罚"])
def test_paging_shows_every_page_once(engine: Fts5Engine, query: str) -> None:
    engine.write(ONE, corpus(5, 80))
    handles, tree = [engine.open(ONE)], parse(query).tree
    whole = engine.search(handles, tree, 100)
    assert whole.total == len(whole.hits) > 20
    seen: list[Ranked] = []
    after = None
    while (step := engine.search(handles, tree, 7, after)).hits:
        assert step.total == whole.total
        seen += step.hits
        after = step.hits[-1]
    assert tuple(seen) == whole.hits


@given(st.integers(0, 10_000), st.data())
@settings(max_examples=15, deadline=None)
def test_every_literal_piece_is_found(tmp_path_factory: pytest.TempPathFactory, seed: int, data: st.DataObject) -> None:
    engine = Fts5Engine(tmp_path_factory.mktemp("literal"), Keys())
    pages = corpus(seed, 30)
    engine.write(ONE, pages)
    for _ in range(5):
        text = data.draw(st.sampled_from(pages)).text
        start = data.draw(st.integers(0, len(text) - 1))
        piece = text[start : start + data.draw(st.integers(2, 9))].strip("，。")
        if piece.isascii() or not piece or any("0" <= sign <= "z" for sign in piece):
            continue
        wanted = {(one.item_id, one.page) for one in pages if piece in one.text}
        hits = engine.search([engine.open(ONE)], parse(f'"{piece}"').tree, 100).hits
        got = {(hit.item_id, hit.page) for hit in hits}
        assert wanted <= got
        assert wanted == got or any(sign in "，。" for sign in piece)
    engine.close()


def test_writing_again_replaces_and_removing_removes(engine: Fts5Engine) -> None:
    engine.write(ONE, [page("item_a", "听证"), page("item_a", "听证", page=2), page("item_b", "听证")])
    engine.write(ONE, [page("item_a", "罚款")])
    assert found(engine, "听证") == ["item_b"]
    assert engine.count(ONE) == 2
    assert engine.remove(ONE, [ItemId("item_a"), ItemId("item_none")]) == 1
    assert found(engine, "罚款") == []
    assert engine.count(ONE) == 1


def test_a_removed_page_no_longer_weighs_on_scores(engine: Fts5Engine, tmp_path: Path) -> None:
    stays = [page("item_a", "听证罚款"), page("item_b", "听证")]
    engine.write(ONE, [*stays, page("item_c", "听证" * 30)])
    engine.remove(ONE, [ItemId("item_c")])
    other = Place(IndexName("other"), KEY)
    engine.write(other, stays)
    tree = parse("听证").tree
    assert engine.search([engine.open(ONE)], tree, 9) == engine.search([engine.open(other)], tree, 9)


def test_locked_missing_and_damaged_are_refused(engine: Fts5Engine, tmp_path: Path) -> None:
    keys = Keys()
    engine = Fts5Engine(tmp_path, keys)
    engine.write(ONE, [page("item_a", "听证")])
    engine.open(ONE)
    keys.locked.add(KEY)
    with pytest.raises(Refusal, match="tier-locked"):
        engine.open(ONE)
    keys.locked.clear()
    with pytest.raises(Refusal, match="index-missing"):
        engine.open(Place(IndexName("none"), KEY))
    with pytest.raises(Refusal, match="index-damaged"):
        engine.close()
        engine.open(Place(ONE.name, IndexKey(KEY.unit, "INTERNAL/NONE/PRIVACY")))
    assert found(engine, "听证") == ["item_a"]
    engine.close()


def test_a_file_dropped_and_made_anew_elsewhere_is_opened_anew(engine: Fts5Engine, tmp_path: Path) -> None:
    engine.write(ONE, [page("item_a", "听证")])
    assert found(engine, "听证") == ["item_a"]
    other = Fts5Engine(tmp_path, Keys())
    other.drop(ONE.name)
    other.write(ONE, [page("item_b", "听证")])
    assert found(engine, "听证") == ["item_b"]
    assert engine.names() == {ONE.name}
    other.close()
