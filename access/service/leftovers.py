"""Leftovers 残留: copies in the store of released copies that no release names, or that nobody can collect any more."""

from __future__ import annotations

from sqlalchemy import select

from access.ports import Counter
from access.service.matter import close_request
from access.service.releasing import DELIVERY, DELIVERY_WINDOW
from access.tables import CopyRequestRow, ReleaseRow, RequestStepRow
from access.terms import RequestState
from archive.kernel.work import Work

LAPSED = "开始领取后 24 小时内没有完成，复制件已销毁；仍需要的，请重新申请。"


def drop_stray_copies(work: Work, counter: Counter) -> tuple[str, ...]:
    """Shreds copies whose release was never recorded (the deed died between the copy and its transaction), and those
    that were collected or withdrawn, or whose delivery was begun and not finished in time.

    Gives their ids. Runs inside one transaction, so no release can be made meanwhile on an engine with one writer;
    elsewhere only at start, before the doors open.
    """
    _end_lapsed(work)
    waiting = select(ReleaseRow.id).where(ReleaseRow.collected_at.is_(None), ReleaseRow.withdrawn_at.is_(None))
    known = frozenset(work.session.scalars(waiting))
    stray = tuple(sorted(name for name in counter.copies.names() if name not in known))
    for name in stray:
        counter.copies.remove(name)
    return stray


def _end_lapsed(work: Work) -> None:
    """Withdraws copies whose delivery was begun too long ago and closes their requests."""
    lapsed = (
        select(ReleaseRow)
        .join(RequestStepRow, RequestStepRow.request_id == ReleaseRow.request_id)
        .where(RequestStepRow.step == DELIVERY, RequestStepRow.at < work.now - DELIVERY_WINDOW)
        .where(ReleaseRow.collected_at.is_(None), ReleaseRow.withdrawn_at.is_(None))
    )
    for row in work.session.scalars(lapsed).all():
        row.withdrawn_at = work.now
        request = work.session.get_one(CopyRequestRow, row.request_id)
        if request.state == RequestState.RELEASED:
            close_request(work, request, LAPSED)
    work.session.flush()
