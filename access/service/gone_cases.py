"""Gone cases 已销毁案卷: what access keeps of a case ends with it: released copies, and requests that still wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from access.ports import Counter
from access.service.matter import close_request
from access.tables import CopyRequestRow, ReleaseRow
from access.terms import UNFINISHED
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.kernel.outbox import Handler, Later
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.destroying import GONE

REASON = "本案已依法销毁，申请随之终止，未领取的复制件一并销毁。"


def gone_case_handler(counter: Counter) -> Handler:
    """The outbox handler of ``case.gone``: may run twice.

    Uncollected copies are withdrawn first, so that nobody collects them any more; then key and bytes of every copy of
    the case are destroyed. While a place of keys is away it is asked for again.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        case_id = CaseId(payload["case_id"])
        with counter.works.work(machine_actor("counter", GONE)) as work:
            copies = _close(work, case_id)
        for release_id in copies:
            try:
                counter.copies.destroy(release_id)
            except Refusal as refusal:
                raise Later(refusal.code) from refusal

    return handle


def _close(work: Work, case_id: CaseId) -> tuple[str, ...]:
    """Withdraws copies and closes requests; the ids of every copy that was ever made of the case."""
    releases = work.session.scalars(select(ReleaseRow).where(ReleaseRow.case_id == case_id)).all()
    for row in releases:
        if row.collected_at is None and row.withdrawn_at is None:
            row.withdrawn_at = work.now
            work.journal.record("release.withdrawn", case_id, {"release": row.id})
    waiting = select(CopyRequestRow).where(CopyRequestRow.case_id == case_id, CopyRequestRow.state.in_(UNFINISHED))
    for request in work.session.scalars(waiting).all():
        close_request(work, request, REASON)
    return tuple(row.id for row in releases)
