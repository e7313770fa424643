"""rebuild 重建索引: from the sealed objects into a new generation, in batches, then one switch.

Readers are served by the old generation until the switch. Each batch is a unit of work that notes the last item it put
in, so a rebuild that was cut off goes on from there. New cases that are sealed meanwhile go into both generations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select, update

from archive.kernel.actor import Actor
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.work import Work, Works
from search.ports import PageSource, SearchPorts
from search.service.index import generation_building, generation_now, put_items, sweep
from search.tables import BUILDING, LIVE, RETIRED, IndexRow, RebuildRow

BATCH = 50


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to 重建结果."""

    generation: int
    pages: int


def rebuild(
    works: Works,
    actor: Actor,
    ports: SearchPorts,
    source: PageSource,
    *,
    batch: int = BATCH,
    told: Callable[[int], None] = lambda _: None,
) -> Rebuilt:
    """Rebuilds all indexes, or goes on with a rebuild that was cut off; ``told`` hears the pages after each batch.

    Needs the right to operate the archive. Refuses with ``archive.tier-locked`` while any tier is locked.
    """
    with works.work(actor) as work:
        begin(work)
    while True:
        with works.work(actor) as work:
            pages = put_batch(work, ports, source, batch)
        if pages is None:
            break
        told(pages)
    with works.work(actor) as work:
        rebuilt = finish(work)
    with works.work(actor) as work:
        sweep(work, ports, strangers=True)
    return rebuilt


def begin(work: Work) -> int:
    """Starts a new generation, or names the one that was not finished."""
    work.require(Action.OPERATE, SYSTEM)
    generation = generation_building(work)
    if generation is None:
        last = work.session.scalar(select(func.max(RebuildRow.generation))) or generation_now(work)
        generation = last + 1
        work.session.add(RebuildRow(generation=generation, started_at=work.now))
        work.journal.record("search.rebuild-begun", "", {"generation": generation})
    return generation


def put_batch(work: Work, ports: SearchPorts, source: PageSource, most_items: int) -> int | None:
    """Puts the next items in; how many pages there are now, None when no item is left."""
    row = _building(work)
    documents = list(source.pages_after(work, row.last_item, most_items))
    if not documents:
        return None
    put_items(work, ports, documents, row.generation, BUILDING)
    row.last_item = max(document.item_id for document in documents)
    row.pages += len(documents)
    return row.pages


def finish(work: Work) -> Rebuilt:
    """Switches: in one transaction the new generation is searched and the old one is retired."""
    row = _building(work)
    work.session.execute(update(IndexRow).where(IndexRow.generation != row.generation).values(state=RETIRED))
    work.session.execute(
        update(IndexRow).where(IndexRow.generation == row.generation, IndexRow.state == BUILDING).values(state=LIVE)
    )
    row.finished_at = work.now
    work.journal.record("search.rebuilt", "", {"generation": row.generation, "pages": row.pages})
    return Rebuilt(row.generation, row.pages)


def _building(work: Work) -> RebuildRow:
    return work.session.get_one(RebuildRow, generation_building(work) or 0)
