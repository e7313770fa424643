"""Unfinished 未完: what a crash, a locked tier or an absent authority left between custody and seal."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings, object_id
from archive.tables import CaseRow, FileRow, IntentRow, NoteRow
from archive.terms import SealState

_ENDED = (SealState.SEALED, SealState.DESTROYED)


def unfinished_cases(work: Work) -> tuple[CaseId, ...]:
    """Every case in custody that waits for a seal 待封存案卷: its first, a later version's, or the last step of one."""
    newest = select(func.max(NoteRow.version)).where(NoteRow.case_id == CaseRow.id).scalar_subquery()
    wanted = (
        select(CaseRow.id).where(CaseRow.state.not_in(_ENDED)),
        select(CaseRow.id).where(CaseRow.state == SealState.SEALED, newest > CaseRow.version),
        select(IntentRow.case_id),
    )
    return tuple(sorted({CaseId(case_id) for each in wanted for case_id in work.session.scalars(each)}))


def state_of(work: Work, case_id: CaseId) -> SealState | None:
    """The state of a case; None when there is no such case."""
    found = work.session.scalar(select(CaseRow.state).where(CaseRow.id == case_id))
    return None if found is None else SealState(found)


def let_go(holdings: Holdings, actor: Actor, case_id: CaseId) -> int:
    """Drops what lies in staging beyond a case's rows, with its keys 清理暂存; gives the number of keys.

    Only while the object is held (``Store.growing``) and nothing of it waits for a seal; can be done again.
    """
    with holdings.works.work(actor) as work:
        known = frozenset(work.session.scalars(select(FileRow.id).where(FileRow.case_id == case_id)))
    stray = holdings.keys.file_ids(object_id(case_id)) - known
    drop_keys(holdings, sorted(stray))
    holdings.keys.close_intake(object_id(case_id))
    holdings.store.clear_staging(object_id(case_id))
    return len(stray)


def drop_keys(holdings: Holdings, file_ids: Iterable[str]) -> None:
    """Removes keys of staged files that no row names; an interrupted seal may have put some under their tiers."""
    names = list(file_ids)
    if not names:
        return
    try:
        holdings.keys.discard_files(names)
    except Refusal as refusal:
        if refusal.code != "archive.key-assigned":
            raise
        holdings.keys.discard_unpublished(names)
