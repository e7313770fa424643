"""find: only the reader's range answers, each hit is asked about, nothing is shown that is not recorded."""

import pytest

from archive.kernel.ids import CaseId, ItemId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import Visibility
from search.service.find import find
from search.service.index import index_items
from search.terms import PageDocument, Results
from tests.search.holdings import OPERATOR, PRIVATE, READER, SECRET, Archive, marked, page


def seal(archive: Archive, *documents: PageDocument) -> None:
    archive.holdings.put(*documents)
    with archive.works.work(OPERATOR) as work:
        index_items(work, archive.ports, documents)


def ask(archive: Archive, text: str, limit: int = 20, cursor: str | None = None) -> Results:
    with archive.works.work(READER) as work:
        return find(work, archive.ports, text, limit, cursor)


def items(results: Results) -> list[str]:
    return [hit.item_id for hit in results.hits]


def see(archive: Archive, **more: object) -> None:
    values: dict[str, object] = {"units": frozenset({UnitCode("3702")}), **more}
    archive.guard.ranges = {READER.id: Visibility(**values)}  # type: ignore[arg-type]


def test_an_empty_archive_answers(archive: Archive) -> None:
    assert ask(archive, "处罚") == Results((), 0, None, False, 0)


def test_hits_carry_snippet_and_boxes(archive: Archive) -> None:
    seal(archive, page("item_a", "本局对张三作出行政處罰决定"))
    (hit,) = ask(archive, "行政处罚").hits
    assert [(part.text, part.hit) for part in hit.snippet] == [
        ("本局对张三作出", False),
        ("行政處罰", True),
        ("决定", False),
    ]
    assert [(box.start, box.end) for box in hit.boxes] == [(7, 10), (10, 11)]


def test_each_marking_is_found_by_those_alone_who_may(archive: Archive) -> None:
    case = CaseId("case_s")
    seal(
        archive,
        page("item_plain", "处罚"),
        marked(page("item_private", "处罚"), PRIVATE),
        marked(page("item_secret", "处罚", case_id=case), SECRET),
        page("item_other", "处罚", unit=UnitCode("3703")),
        page("item_own", "处罚", unit=UnitCode("3703"), case_id=CaseId("case_o"), own_index=True),
    )
    assert len(archive.engine.names()) == 5
    assert items(ask(archive, "处罚")) == ["item_plain"]
    see(archive, compartments=frozenset({"PRIVACY"}))
    assert set(items(ask(archive, "处罚"))) == {"item_plain", "item_private"}
    see(archive, max_level=3)
    assert items(ask(archive, "处罚")) == ["item_plain"]
    see(archive, max_level=1, circles=frozenset({case}))
    assert set(items(ask(archive, "处罚"))) == {"item_plain", "item_secret"}
    see(archive, cases=frozenset({CaseId("case_o")}))
    assert set(items(ask(archive, "处罚"))) == {"item_plain", "item_own"}
    see(archive, all_units=True)
    assert set(items(ask(archive, "处罚"))) == {"item_plain", "item_other", "item_own"}
    see(archive, units=frozenset())
    assert ask(archive, "处罚").total == 0


def test_a_hit_that_the_guard_denies_is_not_there(archive: Archive) -> None:
    seal(archive, *(page(f"item_{n}", "处罚") for n in range(6)))
    for number in (0, 1, 4):  # marked higher or destroyed, and the index does not know yet
        archive.holdings.put(marked(page(f"item_{number}", "处罚"), PRIVATE))
    del archive.holdings.pages[ItemId("item_5"), 1]
    first = ask(archive, "处罚", limit=1)
    assert items(first) == ["item_2"]
    second = ask(archive, "处罚", limit=1, cursor=first.cursor)
    assert items(second) == ["item_3"]
    assert items(ask(archive, "处罚")) == ["item_2", "item_3"]
    assert ask(archive, "处罚").total == 2


def test_who_may_find_and_not_read_gets_no_snippet(archive: Archive) -> None:
    seal(archive, page("item_a", "处罚"))
    archive.guard.unreadable.add(ItemId("item_a"))
    (hit,) = ask(archive, "处罚").hits
    assert (hit.snippet, hit.boxes) == ((), ())


def test_pages_follow_without_gap_or_repeat(archive: Archive) -> None:
    seal(archive, *(page(f"item_{n:02}", "处罚" * (n % 5 + 1) + "听证" * (n % 3)) for n in range(23)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        step = ask(archive, "处罚", 4, cursor)
        assert step.total == 23
        seen += items(step)
        if step.cursor is None:
            break
        cursor = step.cursor
    assert seen == items(ask(archive, "处罚", 100))
    assert len(seen) == 23
    with pytest.raises(Refusal, match="cursor-invalid"):
        ask(archive, "听证", 4, cursor)


def test_the_nearest_are_shown_when_nothing_holds_the_words(archive: Archive) -> None:
    seal(archive, page("item_a", "酒后驾驶机动车的处罚"), page("item_b", "听证告知"), page("item_c", "驾驶证"))
    results = ask(archive, "酒后驾驶如何处罚", limit=1)
    assert results.relaxed
    assert items(results) == ["item_a"]
    assert results.total == 2
    follows = ask(archive, "酒后驾驶如何处罚", 1, results.cursor)
    assert (items(follows), follows.relaxed) == (["item_c"], True)
    assert not ask(archive, "酒后驾驶").relaxed
    assert ask(archive, "“酒后驾驶如何处罚”").total == 0


def test_a_locked_tier_is_said_and_the_rest_answers(archive: Archive) -> None:
    private = marked(page("item_private", "处罚"), PRIVATE)
    seal(archive, page("item_plain", "处罚"), private)
    archive.keys.locked.add(private.key)
    assert ask(archive, "处罚").locked == 0
    see(archive, compartments=frozenset({"PRIVACY"}))
    results = ask(archive, "处罚")
    assert (items(results), results.total, results.locked) == (["item_plain"], 1, 1)


def test_a_missing_index_is_refused_and_not_passed_over(archive: Archive) -> None:
    seal(archive, page("item_a", "处罚"))
    (name,) = archive.engine.names()
    archive.engine.drop(name)
    with pytest.raises(Refusal, match="index-missing"):
        ask(archive, "处罚")


def test_a_query_is_recorded_under_the_readers_highest_marking(archive: Archive) -> None:
    seal(archive, page("item_a", "处罚"))
    for compartments, tier in ((frozenset[str](), "general"), (frozenset({"PRIVACY", "TRADE_SECRET"}), "combined")):
        see(archive, compartments=compartments)
        ask(archive, "处罚")
        kind, facts, recorded, unit = archive.notes.entries[-1]
        assert (kind, recorded, unit) == ("search.query", tier, "3702")
        assert facts == {"query": "处罚", "total": 1, "shown": [["item_a", 1]]}


def test_nothing_is_shown_when_it_cannot_be_recorded(archive: Archive) -> None:
    seal(archive, page("item_a", "处罚"))
    archive.notes.broken = True
    with pytest.raises(OSError, match="ledger"):
        ask(archive, "处罚")
