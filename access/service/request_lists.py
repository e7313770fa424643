"""Request lists 申请目录: the requests a person may see, page by page; the database leaves out what is out of reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from access.ports import Counter
from access.rules.places import place_of, read_place
from access.service.matter import HANDLES, may_know
from access.service.requests import RequestView, view_of
from access.tables import CopyRequestRow
from access.terms import RequestState
from archive.kernel.work import Work

PAGE = 50
_BATCH = 100


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some requests and where the next ones begin 申请目录页; ``follows`` is empty at the end."""

    views: tuple[RequestView, ...]
    follows: str


def list_requests(
    work: Work,
    counter: Counter,
    *,
    after: str = "",
    limit: int = PAGE,
    oldest_first: bool = False,
    states: Collection[RequestState] = (),
    keep: Callable[[RequestView], bool] = lambda view: True,
) -> RequestPage:
    """At most ``limit`` requests this person may see, newest first: a party's own, or those that a duty covers.

    ``after`` is what ``follows`` of the page before said; ``states`` and ``keep`` narrow it. No more is read than the
    page needs; the guard is asked for each.
    """
    wanted = select(CopyRequestRow).where(_in_reach(work))
    if states:
        wanted = wanted.where(CopyRequestRow.state.in_(states))
    found: list[RequestView] = []
    for row in _rows(work, wanted, read_place(after), oldest_first):
        if may_know(work, row) and keep(view := view_of(work, counter, row)):
            found.append(view)
        if len(found) > limit:
            break
    shown = tuple(found[:limit])
    return RequestPage(shown, place_of(shown[-1].created_at, shown[-1].id) if len(found) > limit else "")


def _rows(
    work: Work, wanted: Select[CopyRequestRow], place: tuple[datetime, str] | None, oldest_first: bool
) -> Iterator[CopyRequestRow]:
    at, row_id = CopyRequestRow.created_at, CopyRequestRow.id
    ordered = wanted.order_by(at, row_id) if oldest_first else wanted.order_by(at.desc(), row_id.desc())
    while True:
        batch = ordered.limit(_BATCH)
        if place is not None:
            further = at > place[0] if oldest_first else at < place[0]
            beside = row_id > place[1] if oldest_first else row_id < place[1]
            batch = batch.where(or_(further, and_(at == place[0], beside)))
        rows = work.session.scalars(batch).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        place = rows[-1].created_at, rows[-1].id


def _in_reach(work: Work) -> ColumnElement[bool]:
    """What the guard's filter for the steps of requests leaves in; each row is asked about again."""
    reach: list[ColumnElement[bool]] = [CopyRequestRow.requester == work.actor.id]
    for action in HANDLES:
        seen = work.guard.visibility(work.actor, action)
        reach.append(CopyRequestRow.unit.in_(seen.units))
        reach.append(CopyRequestRow.case_id.in_(seen.cases))
        if seen.all_units:
            reach.append(true())
    return or_(*reach)
