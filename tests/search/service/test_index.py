"""index, remove, rebuild: pages lie in the index of their marking alone; a rebuild can be cut off."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from archive.kernel.ids import CaseId, ItemId
from archive.kernel.outbox import OutboxRow
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import Visibility
from archive.kernel.work import Work
from search.service.find import find
from search.service.index import index_case, index_items, remove_items, sweep
from search.service.rebuild import rebuild
from search.tables import IndexedItemRow, IndexRow
from search.terms import PageDocument
from tests.search.holdings import OPERATOR, PRIVATE, READER, SECRET, Archive, Holdings, marked, page

ALL = Visibility(
    all_units=True, max_level=3, circles=frozenset({CaseId("case_a")}), compartments=frozenset({"PRIVACY"})
)


def put(archive: Archive, *documents: PageDocument) -> None:
    archive.holdings.put(*documents)
    with archive.works.work(OPERATOR) as work:
        index_items(work, archive.ports, documents)


def seen(archive: Archive, text: str, visible: Visibility | None = None) -> set[tuple[str, int]]:
    archive.guard.ranges = {READER.id: visible or ALL}
    with archive.works.work(READER) as work:
        return {(hit.item_id, hit.page) for hit in find(work, archive.ports, text, 100).hits}


def rows(archive: Archive) -> list[tuple[str, int, str | None, int, str]]:
    with archive.works.work(OPERATOR) as work:
        found = work.session.scalars(select(IndexRow).order_by(IndexRow.generation, IndexRow.level))
        return [(row.unit, row.level, row.case_id, row.pages, row.state) for row in found]


def test_a_case_is_indexed_from_its_source_and_may_be_indexed_again(archive: Archive) -> None:
    archive.holdings.put(page("item_a", "听证"), page("item_a", "处罚", page=2))
    archive.holdings.put(page("item_b", "处罚", case_id=CaseId("case_b")))
    for _ in range(2):
        with archive.works.work(OPERATOR) as work:
            assert index_case(work, archive.ports, archive.holdings, CaseId("case_a")) == 2
    assert seen(archive, "处罚") == {("item_a", 2)}
    assert rows(archive) == [("3702", 0, None, 2, "live")]


def test_file_names_and_catalogue_tell_no_content(archive: Archive) -> None:
    put(archive, marked(page("item_a", "处罚", title="王某被处罚"), PRIVATE))
    (name,) = archive.engine.names()
    assert len(name) == 26
    assert "PRIVACY" not in name
    with archive.database.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "处罚" not in dump
    assert name in dump


def test_pages_of_one_item_go_to_the_indexes_of_their_markings(archive: Archive) -> None:
    secret = marked(page("item_a", "处罚", page=3), SECRET)
    put(archive, page("item_a", "处罚"), marked(page("item_a", "处罚", page=2), PRIVATE), secret)
    assert [row[:4] for row in rows(archive)] == [("3702", 0, None, 1), ("3702", 0, None, 1), ("3702", 1, "case_a", 1)]
    assert seen(archive, "处罚", Visibility(all_units=True)) == {("item_a", 1)}
    assert seen(archive, "处罚") == {("item_a", 1), ("item_a", 2), ("item_a", 3)}


def test_a_raised_marking_leaves_nothing_behind(archive: Archive) -> None:
    put(archive, page("item_a", "处罚"), page("item_a", "处罚", page=2), page("item_b", "处罚"))
    put(archive, page("item_a", "处罚"), marked(page("item_a", "处罚", page=2), PRIVATE))
    assert seen(archive, "处罚", Visibility(all_units=True)) == {("item_a", 1), ("item_b", 1)}
    put(archive, *(marked(page("item_a", "处罚", page=number), PRIVATE) for number in (1, 2)))
    assert seen(archive, "处罚", Visibility(all_units=True)) == {("item_b", 1)}
    assert seen(archive, "处罚") == {("item_a", 1), ("item_a", 2), ("item_b", 1)}
    put(archive, marked(page("item_b", "处罚"), SECRET))
    assert seen(archive, "处罚", Visibility(all_units=True)) == set()


def test_removed_items_are_gone_and_an_empty_own_index_is_swept_without_its_key(archive: Archive) -> None:
    secret = marked(page("item_s", "处罚"), SECRET)
    put(archive, page("item_a", "处罚"), page("item_b", "处罚"), secret)
    assert len(archive.engine.names()) == 2
    archive.keys.locked.add(secret.key)  # its key is destroyed
    with archive.works.work(OPERATOR) as work:
        remove_items(work, archive.ports, [ItemId("item_s"), ItemId("item_a"), ItemId("item_unknown")])
    assert seen(archive, "处罚") == {("item_b", 1)}
    with archive.works.work(OPERATOR) as work:
        assert work.session.scalars(select(OutboxRow.topic)).all() == ["search.sweep"]
        assert sweep(work, archive.ports) == 1
        assert work.session.scalars(select(IndexedItemRow.item_id)).all() == ["item_b"]
    assert len(archive.engine.names()) == 1


def test_an_own_index_that_is_used_again_before_the_sweep_holds_nothing_of_old(archive: Archive) -> None:
    old = marked(page("item_old", "处罚"), SECRET)
    put(archive, old)
    with archive.works.work(OPERATOR) as work:
        remove_items(work, archive.ports, [old.item_id])
    put(archive, marked(page("item_new", "处罚"), SECRET))
    with archive.works.work(OPERATOR) as work:
        assert sweep(work, archive.ports) == 0
    assert [row[3:] for row in rows(archive)] == [(1, "live")]
    assert seen(archive, "处罚") == {("item_new", 1)}


def test_a_locked_tier_stops_indexing_and_nothing_is_half_known(archive: Archive) -> None:
    private = marked(page("item_p", "处罚"), PRIVATE)
    archive.keys.locked.add(private.key)
    with pytest.raises(Refusal, match="tier-locked"):
        put(archive, page("item_a", "处罚"), private)
    archive.keys.locked.clear()
    put(archive, page("item_a", "处罚"), private)
    assert seen(archive, "处罚") == {("item_a", 1), ("item_p", 1)}


@dataclass
class CutOff(Holdings):
    """A source that breaks after some batches, once."""

    batches: int = 2

    def pages_after(self, work: Work, item_id: str, most_items: int) -> Iterable[PageDocument]:
        self.batches -= 1
        if self.batches == -1:
            raise OSError("power is gone")
        return super().pages_after(work, item_id, most_items)


def test_a_rebuild_goes_on_where_it_was_cut_off_and_switches_once(archive: Archive) -> None:
    put(archive, *(page(f"item_{n}", "处罚") for n in range(7)))
    before = archive.engine.names()
    source = CutOff(archive.holdings.pages)
    with pytest.raises(OSError, match="power"):
        rebuild(archive.works, OPERATOR, archive.ports, source, batch=2)
    assert [row[3:] for row in rows(archive)] == [(7, "live"), (4, "building")]
    put(archive, page("item_0", "听证"), page("item_late", "处罚"))  # sealed while the rebuild waits
    with archive.works.work(OPERATOR) as work:
        remove_items(work, archive.ports, [ItemId("item_1")])
    del archive.holdings.pages[ItemId("item_1"), 1]
    whole = {(f"item_{n}", 1) for n in (2, 3, 4, 5, 6, "late")}
    assert seen(archive, "处罚") == whole
    told: list[int] = []
    rebuilt = rebuild(archive.works, OPERATOR, archive.ports, source, batch=2, told=told.append)
    assert (rebuilt.generation, told[0]) == (2, 6)
    assert seen(archive, "处罚") == whole
    assert seen(archive, "听证") == {("item_0", 1)}
    assert [row[3:] for row in rows(archive)] == [(7, "live")]
    assert len(archive.engine.names()) == 1
    assert not archive.engine.names() & before
    put(archive, page("item_after", "处罚"))
    assert [row[3:] for row in rows(archive)] == [(8, "live")]
    assert rebuild(archive.works, OPERATOR, archive.ports, archive.holdings).generation == 3
    assert seen(archive, "处罚") == {*whole, ("item_after", 1)}


def test_a_lost_folder_is_rebuilt(archive: Archive) -> None:
    put(archive, page("item_a", "处罚"), marked(page("item_p", "处罚"), PRIVATE))
    for name in archive.engine.names():
        archive.engine.drop(name)
    (archive.folder / "stranger.idx").write_bytes(b"left over")
    rebuild(archive.works, OPERATOR, archive.ports, archive.holdings)
    assert seen(archive, "处罚") == {("item_a", 1), ("item_p", 1)}
    assert len(archive.engine.names()) == 2


def test_only_who_operates_the_archive_rebuilds(archive: Archive) -> None:
    with pytest.raises(Refusal, match="action-forbidden"):
        rebuild(archive.works, READER, archive.ports, archive.holdings)
