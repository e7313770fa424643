"""Machine reading of pages 机器识读: which pages need it, a job for each item, page after page, resumable.

Sealing never waits for it: what was read lies beside the seal and can be made again. A page is kept as soon as it was
read, so a killed worker loses one page; the same picture is read once. One reader works on a machine.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select

from archive.kernel import jobs
from archive.kernel.actor import machine_actor
from archive.kernel.guard import Purpose
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.renditions.ocr import DPI, PageReader
from archive.renditions.workshop import render_page
from archive.service.columns import Columns
from archive.service.layers import Layer, LayerLine, PageLayer, keep_layer, read_already, same_picture
from archive.service.page_texts import sealed_pages
from archive.service.reading import open_file
from archive.service.serving import page_image_file
from archive.service.staging import SealedSource
from archive.tables import CaseRow, ItemRow, ItemWorkRow
from archive.terms import SealState, Tier

KIND = "reading"
READ = "reading.made"
"""Topic of the message that an item's pages have new words: the index takes them in."""
JOB = "item.read-pages"
_ACTOR = machine_actor("page-reader", "pages without reliable text")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ReadingState:
    """How far the reading of pages is 识读进度: items and pages, over the whole installation."""

    items_waiting: int
    pages_waiting: int
    pages_read: int
    pages_refused: int


def survey(work: Work, holdings: Holdings, most: int = 100) -> int:
    """Looks at sealed items that nobody looked at yet and queues a job for each with pages to read; how many looked at.

    Items of a locked tier wait until it is unlocked.
    """
    tiers = [str(tier) for tier in Tier if holdings.keys.is_unlocked(tier)]
    seen = select(ItemWorkRow.item_id).where(ItemWorkRow.kind == KIND)
    wanted = (
        select(ItemRow)
        .join(CaseRow, CaseRow.id == ItemRow.case_id)
        .where(CaseRow.state == SealState.SEALED, ItemRow.page_count > 0, ItemRow.rendition == "pdfa")
        .where(ItemRow.tier.in_(tiers), ItemRow.id.not_in(seen))
        .order_by(ItemRow.id)
        .limit(most)
    )
    rows = work.session.scalars(wanted).all()
    for row in rows:
        pages = pages_to_read(work, holdings, row)
        work.session.add(
            ItemWorkRow(
                item_id=row.id,
                kind=KIND,
                case_id=row.case_id,
                state="waiting" if pages else "needless",
                total=len(pages),
                updated_at=work.now,
            )
        )
        if pages:
            jobs.enqueue(work.session, JOB, {"item_id": row.id}, work.now)
    return len(rows)


def pages_to_read(work: Work, holdings: Holdings, row: ItemRow) -> tuple[int, ...]:
    """The pages of an item whose sealed text cannot be trusted, and of a picture all."""
    sealed = sealed_pages(work, holdings, ItemId(row.id), Purpose.MAINTENANCE)
    if not sealed:
        return tuple(range(1, row.page_count + 1))
    return tuple(page.number for page in sealed if not page.reliable)


def reading_state(work: Work) -> ReadingState:
    """How far the reading is."""
    rows = work.session.scalars(select(ItemWorkRow).where(ItemWorkRow.kind == KIND)).all()
    waiting = [row for row in rows if row.state == "waiting"]
    return ReadingState(
        len(waiting),
        sum(row.total - row.done - row.refused for row in waiting),
        sum(row.done for row in rows),
        sum(row.refused for row in rows),
    )


def queue_waiting(holdings: Holdings) -> int:
    """``survey`` as the reader itself, in a transaction of its own."""
    with holdings.works.work(_ACTOR) as work:
        return survey(work, holdings)


def read_next(holdings: Holdings, reader: PageReader, owner: str, tell: Progress | None = None) -> bool:
    """Reads all pages of the next item that waits; False when none does.

    Each page is kept in a transaction of its own with the lease renewed; a lost lease stops the work. A page that
    cannot be read counts as refused and stays without words; a locked tier gives the job back.
    """
    works = holdings.works
    with works.work(_ACTOR) as work:
        job = jobs.lease(work.session, [JOB], owner, work.now)
        if job is None:
            return False
        job_id, item_id = job.id, ItemId(job.payload["item_id"])
    error = ""
    try:
        finished = _read_item(holdings, reader, job_id, owner, item_id, tell)
    except Refusal as refusal:
        error, finished = refusal.code, False
    with works.work(_ACTOR) as work:
        if finished:
            _finish(work, job_id, owner, item_id, reader.engine)
        elif error:
            waits = error == "archive.tier-locked"
            jobs.fail(work.session, job_id, owner, work.now, error, retry=waits)
            if not waits:
                work.session.get_one(ItemWorkRow, (item_id, KIND)).state = "failed"
    return True


def _read_item(
    holdings: Holdings, reader: PageReader, job_id: str, owner: str, item_id: ItemId, tell: Progress | None
) -> bool:
    """Whether the item is read to its end; False when the lease was lost or the case is gone."""
    with holdings.works.work(_ACTOR) as work:
        row = work.session.get(ItemRow, item_id)
        if row is None or work.session.get_one(CaseRow, row.case_id).state != SealState.SEALED:
            jobs.finish(work.session, job_id, owner, work.now, {"gone": True})
            return False
        pages = pages_to_read(work, holdings, row)
        left = sorted(set(pages) - read_already(work, item_id))
        source = open_file(work, holdings, page_image_file(work, item_id), Purpose.MAINTENANCE)
    with closing(source):
        refused = 0
        for page in left:
            lines, picture = _read_page(holdings, reader, source, page)
            with holdings.works.work(_ACTOR) as work:
                item = work.session.get(ItemRow, item_id)
                if item is None or work.session.get_one(CaseRow, item.case_id).state != SealState.SEALED:
                    return False
                refused += lines is None
                if lines is not None:
                    columns = Columns(holdings, CaseId(item.case_id), sealed=True)
                    keep_layer(work, columns, item, PageLayer(page, Layer.MACHINE, reader.engine, lines), picture)
                done = _progress(work, item_id, refused)
                if not jobs.renew(work.session, job_id, owner, work.now, done, len(pages), f"page {page}"):
                    return False
            if tell is not None:
                tell(item_id, done, len(pages))
    return True


def _read_page(
    holdings: Holdings, reader: PageReader, source: SealedSource, page: int
) -> tuple[tuple[LayerLine, ...] | None, str]:
    """The lines of a page, None when it cannot be read, and the keyed digest of its picture."""
    try:
        picture = render_page(source, page, DPI)
        digest = holdings.keys.keyed_digest("page-picture", picture)
        if reader.engine:
            with holdings.works.work(_ACTOR) as work:
                known = same_picture(work, holdings, digest, reader.engine)
            if known is not None:
                return known, digest
        found = reader.read(picture)
    except Refusal as refusal:
        if refusal.code == "archive.tier-locked":
            raise
        return None, ""
    lines = (LayerLine(line.text, line.confidence, line.x0, line.y0, line.x1, line.y1) for line in found)
    return tuple(lines), digest


def _progress(work: Work, item_id: ItemId, refused: int) -> int:
    row = work.session.get_one(ItemWorkRow, (item_id, KIND))
    work.session.flush()
    row.done, row.refused, row.updated_at = len(read_already(work, item_id)), refused, work.now
    return row.done + refused


def _finish(work: Work, job_id: str, owner: str, item_id: ItemId, engine: str) -> None:
    row = work.session.get_one(ItemWorkRow, (item_id, KIND))
    result = {"pages": row.done, "refused": row.refused}
    if not jobs.finish(work.session, job_id, owner, work.now, result):
        return
    row.state, row.updated_at = "done", work.now
    item = work.session.get_one(ItemRow, item_id)
    facts = {"item": item_id, "reader": engine, **result}
    work.journal.record("pages.read", item.case_id, facts, tier=item.tier, unit=item.unit)
    work.outbox.send(READ, case_id=item.case_id)
