"""index 建立索引: pages into the indexes of their markings, and out of them again.

The index is a cache: a deed here may run twice. Pages leave an index that may no longer hold them before they enter
another, so a raised marking never leaves a page behind where it could be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import delete, func, select

from archive.kernel.ids import CaseId, ItemId
from archive.kernel.work import Work
from archive.rules.markings import to_bits
from search.ports import PageSource, SearchPorts
from search.rules.naming import index_name
from search.tables import BUILDING, LIVE, RETIRED, IndexedItemRow, IndexRow, RebuildRow
from search.terms import IndexKey, IndexName, PageDocument, Place

SWEEP = "search.sweep"
"""Topic of the outbox message that asks for ``sweep``."""

FIRST_GENERATION = 1


def index_case(work: Work, ports: SearchPorts, source: PageSource, case_id: CaseId) -> int:
    """Indexes all items of a sealed case (what the outbox asks for); how many pages that were.

    Refuses with ``archive.tier-locked`` while a tier of the case is locked; it is to be asked again after unlocking.
    """
    return index_items(work, ports, source.case_pages(work, case_id))


def index_items(work: Work, ports: SearchPorts, documents: Iterable[PageDocument]) -> int:
    """Indexes whole items: ``documents`` are all pages of each; earlier pages of the same items are gone afterwards.

    While a rebuild runs, the new generation gets them as well.
    """
    pages = list(documents)
    for generation, state in _generations(work):
        put_items(work, ports, pages, generation, state)
    return len(pages)


def put_items(work: Work, ports: SearchPorts, pages: Sequence[PageDocument], generation: int, state: str) -> None:
    """Puts all pages of whole items into one generation."""
    wanted: dict[IndexKey, list[PageDocument]] = {}
    for page in pages:
        wanted.setdefault(page.key, []).append(page)
    places = {key: Place(index_name(ports.naming_secret, key, generation), key) for key in wanted}
    items = {page.item_id for page in pages}
    held = _held(work, items, generation)
    for row in held:
        here = {page.item_id for page in wanted.get(row.place.key, ())}
        _take_out(work, ports, row, _items_in(work, row, items) - here)
    for key, documents in wanted.items():
        known = work.session.get(IndexRow, places[key].name)
        if known is not None and known.state == RETIRED:  # not swept yet: what it held before must not come back
            ports.engine.drop(places[key].name)
        ports.engine.write(places[key], documents)
        _note(work, ports, places[key], documents, generation, state)


def remove_items(work: Work, ports: SearchPorts, items: Iterable[ItemId]) -> None:
    """Takes items out of every index of every generation, down to the bytes.

    An own index that is left empty is not opened again, and ``sweep``, which the outbox asks for, deletes its file.
    """
    gone = set(items)
    named = select(IndexedItemRow.index_name).where(IndexedItemRow.item_id.in_(gone)).distinct()
    for row in work.session.scalars(select(IndexRow).where(IndexRow.name.in_(named))).all():
        _take_out(work, ports, row, _items_in(work, row, gone))


def sweep(work: Work, ports: SearchPorts, *, strangers: bool = False) -> int:
    """Deletes the files of retired indexes; how many. ``strangers``: also files that the catalogue does not know, which
    an interrupted deed may leave; only while nothing is being indexed.
    """
    names = {IndexName(row.name) for row in work.session.scalars(select(IndexRow).where(IndexRow.state == RETIRED))}
    work.session.execute(delete(IndexedItemRow).where(IndexedItemRow.index_name.in_(names)))
    work.session.execute(delete(IndexRow).where(IndexRow.name.in_(names)))
    if strangers:
        names |= ports.engine.names() - {IndexName(name) for name in work.session.scalars(select(IndexRow.name))}
    for name in names:
        ports.engine.drop(name)
    return len(names)


def generation_now(work: Work) -> int:
    """The generation that is searched now."""
    finished = select(func.max(RebuildRow.generation)).where(RebuildRow.finished_at.is_not(None))
    return work.session.scalar(finished) or FIRST_GENERATION


def generation_building(work: Work) -> int | None:
    """The generation that a rebuild is filling; None when there is none."""
    return work.session.scalar(select(func.max(RebuildRow.generation)).where(RebuildRow.finished_at.is_(None)))


def _generations(work: Work) -> list[tuple[int, str]]:
    building = generation_building(work)
    return [(generation_now(work), LIVE)] + ([(building, BUILDING)] if building else [])


def _held(work: Work, items: set[ItemId], generation: int) -> Sequence[IndexRow]:
    named = select(IndexedItemRow.index_name).where(IndexedItemRow.item_id.in_(items)).distinct()
    asked = select(IndexRow).where(IndexRow.name.in_(named), IndexRow.generation == generation)
    return work.session.scalars(asked.order_by(IndexRow.name)).all()


def _items_in(work: Work, row: IndexRow, items: set[ItemId]) -> set[ItemId]:
    asked = select(IndexedItemRow.item_id).where(
        IndexedItemRow.index_name == row.name, IndexedItemRow.item_id.in_(items)
    )
    return {ItemId(item) for item in work.session.scalars(asked)}


def _take_out(work: Work, ports: SearchPorts, row: IndexRow, items: set[ItemId]) -> None:
    if not items:
        return
    work.session.execute(
        delete(IndexedItemRow).where(IndexedItemRow.index_name == row.name, IndexedItemRow.item_id.in_(items))
    )
    if row.case_id is None or _count_items(work, row):
        ports.engine.remove(row.place, items)
        row.pages = ports.engine.count(row.place)
        return
    row.state, row.pages = RETIRED, 0
    work.session.flush()
    work.outbox.send(SWEEP)


def _count_items(work: Work, row: IndexRow) -> int:
    asked = select(func.count()).select_from(IndexedItemRow).where(IndexedItemRow.index_name == row.name)
    return work.session.scalar(asked) or 0


def _note(
    work: Work, ports: SearchPorts, place: Place, documents: Sequence[PageDocument], generation: int, state: str
) -> None:
    row = work.session.get(IndexRow, place.name)
    if row is None:
        handling = place.key.marking_set.split("/")[0]
        row = IndexRow(
            name=place.name,
            generation=generation,
            state=state,
            unit=place.key.unit,
            handling=handling,
            level=int(place.key.level),
            compartments=to_bits(place.key.kinds),
            case_id=place.key.case_id,
        )
        work.session.add(row)
    row.state, row.pages = state, ports.engine.count(place)
    work.session.flush()
    for item_id, _ in groupby(sorted(document.item_id for document in documents)):
        if work.session.get(IndexedItemRow, (item_id, place.name)) is None:
            work.session.add(IndexedItemRow(item_id=item_id, index_name=place.name))
    work.session.flush()
