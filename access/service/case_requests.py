"""Requests of one case 本案复制申请, for the page of the case."""

from __future__ import annotations

from sqlalchemy import select

from access.ports import Counter
from access.service.requests import RequestView, get_request
from access.tables import CopyRequestRow
from archive.kernel.ids import CaseId, RequestId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work


def requests_of_case(work: Work, counter: Counter, case_id: CaseId, most: int = 50) -> tuple[RequestView, ...]:
    """The newest requests for copies of a case that this person may see; the guard is asked for each."""
    wanted = select(CopyRequestRow.id).where(CopyRequestRow.case_id == case_id)
    found = []
    for request_id in work.session.scalars(wanted.order_by(CopyRequestRow.created_at.desc()).limit(most)):
        try:
            found.append(get_request(work, counter, RequestId(request_id)))
        except Refusal:
            continue
    return tuple(found)
