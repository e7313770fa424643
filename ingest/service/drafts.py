"""Drafts 组卷: cases that are being put together, with their case id and their keys from the beginning.

Every byte is encrypted at first touch into the staging of the case that the draft will be; its description lies
encrypted in the database and may be incomplete. Nothing of a draft is in custody before it is sealed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from archive.kernel.actor import Actor
from archive.kernel.canonical import parse
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, IntakeId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from ingest.ports import TakeIn
from ingest.profile.reading import DEEPEST, DESCRIPTION, LARGEST
from ingest.rules.names import printable
from ingest.service.draft_rows import cipher_of, open_draft_row, own_intake
from ingest.service.intakes import end_intake, new_row, put_back
from ingest.service.leases import JobLine, job_line
from ingest.tables import DraftRow, IntakeRow, UploadRow
from ingest.terms import TakeInState

_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in a list 组卷台账行; ``title`` as far as it is written, ``files`` counts every upload."""

    id: IntakeId
    case_id: CaseId
    unit: UnitCode
    state: TakeInState
    title: str
    files: int
    version: int
    started_at: datetime
    changed_at: datetime
    sealing: JobLine | None


def begin_draft(ports: TakeIn, actor: Actor, unit: UnitCode) -> IntakeId:
    """Begins a draft of a case of ``unit`` 新建组卷. Its case has its id now and no key before its first byte."""

    def begin(work: Work) -> IntakeId:
        work.require(Action.INGEST, Target("intake", unit=unit))
        row = new_row(work, "", unit, TakeInState.ARRANGING)
        work.session.add(row)
        work.session.flush()
        work.session.add(DraftRow(intake_id=row.id, description_enc=b"", changed_at=work.now))
        work.journal.record("draft.begun", row.id, {}, unit=unit)
        return IntakeId(row.id)

    return ports.works.perform(actor, begin)


def list_drafts(ports: TakeIn, work: Work) -> tuple[DraftLine, ...]:
    """The actor's drafts that are not sealed yet, the one changed last first."""
    wanted = (
        select(IntakeRow, DraftRow)
        .join(DraftRow, DraftRow.intake_id == IntakeRow.id)
        .where(IntakeRow.person_id == work.actor.id, IntakeRow.state == TakeInState.ARRANGING)
        .order_by(DraftRow.changed_at.desc(), IntakeRow.id)
        .limit(_MOST_LISTED)
    )
    rows = [(row, draft) for row, draft in work.session.execute(wanted) if _may_know(work, row)]
    return tuple(_line(ports, work, row, draft) for row, draft in rows)


def get_draft(ports: TakeIn, work: Work, intake_id: IntakeId) -> DraftLine:
    """One draft of the actor's, also after its seal; refuses in the same words for absent and foreign."""
    row = own_intake(work, intake_id)
    return _line(ports, work, row, work.session.get(DraftRow, row.id))


def read_description_of(ports: TakeIn, work: Work, intake_id: IntakeId) -> tuple[dict[str, Any], int]:
    """The description as far as it is written, and the number of its version."""
    row = own_intake(work, intake_id)
    draft = work.session.get(DraftRow, row.id)
    if draft is None:
        raise Refusal("ingest.draft-closed", state=row.state)
    return described(ports, row, draft), draft.version


def save_description(ports: TakeIn, actor: Actor, intake_id: IntakeId, data: bytes, *, over: int | None = None) -> int:
    """Keeps the description 著录 of a draft, whole in place of the former one; gives the number of its version.

    It may be incomplete; what is wrong with it is told by the report and at the seal. ``over`` is the version that the
    writer saw: when another hand was faster it is refused, and nothing is lost.
    """
    raw = _parsed(data)

    def save(work: Work) -> int:
        intake, draft = open_draft_row(work, intake_id)
        unit = work.session.get_one(IntakeRow, intake.id).unit
        if raw.setdefault("unit", unit) != unit:
            raise Refusal("ingest.draft-unit", unit=unit)
        raw.setdefault("anjuan_sip", 1)
        if over is not None and over != draft.version:
            raise Refusal("ingest.draft-changed", version=draft.version)
        text = json.dumps(raw, ensure_ascii=False)
        draft.description_enc = cipher_of(ports, intake.case_id).encrypt(_field(intake.id), text)
        draft.version, draft.changed_at = draft.version + 1, work.now
        return draft.version

    return ports.works.perform(actor, save)


def drop_draft(ports: TakeIn, actor: Actor, intake_id: IntakeId) -> None:
    """Drops a draft 撤销组卷: its bytes are gone and their keys shredded; that it was there stays in the ledger."""
    with ports.works.work(actor) as work:
        intake, _ = open_draft_row(work, intake_id)
    with ports.holdings.store.growing(object_id(intake.case_id), wait=False) as held:
        if not held:
            raise Refusal("ingest.draft-busy")
        ports.works.perform(actor, lambda work: _drop(work, intake_id))
        put_back(ports, intake)


def described(ports: TakeIn, row: IntakeRow, draft: DraftRow) -> dict[str, Any]:
    """The description of a draft as it lies in its row."""
    if not draft.description_enc:
        return {"anjuan_sip": 1, "unit": row.unit}
    text = cipher_of(ports, CaseId(row.case_id)).decrypt(_field(row.id), draft.description_enc)
    found: dict[str, Any] = json.loads(text)
    return found


def _field(intake_id: str) -> str:
    return f"description/{intake_id}"


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise Refusal("ingest.description-too-large", file=DESCRIPTION, size=len(data))
    try:
        raw = parse(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise Refusal("ingest.description-unreadable", file=DESCRIPTION, why=printable(str(error))) from error
    if not isinstance(raw, dict) or _is_deeper(raw, DEEPEST):
        raise Refusal("ingest.description-unreadable", file=DESCRIPTION, why="not an object of this profile")
    return raw


def _is_deeper(value: Any, than: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return than == 0 or any(_is_deeper(each, than - 1) for each in inside)


def _drop(work: Work, intake_id: IntakeId) -> None:
    intake, _ = open_draft_row(work, intake_id)
    row = work.session.get_one(IntakeRow, intake.id)
    files = work.session.scalar(select(func.count()).select_from(UploadRow).where(UploadRow.intake_id == row.id))
    end_intake(work, row, TakeInState.DROPPED)
    row.report = []
    work.journal.record("draft.dropped", row.id, {"files": files or 0}, unit=row.unit)


def _may_know(work: Work, row: IntakeRow) -> bool:
    return work.guard.decide(work.actor, Action.INGEST, Target("intake", unit=UnitCode(row.unit))).allowed


def _line(ports: TakeIn, work: Work, row: IntakeRow, draft: DraftRow | None) -> DraftLine:
    files = work.session.scalar(select(func.count()).select_from(UploadRow).where(UploadRow.intake_id == row.id))
    case = described(ports, row, draft).get("case") if draft is not None else None
    title = case.get("title", "") if isinstance(case, Mapping) else ""
    return DraftLine(
        IntakeId(row.id),
        CaseId(row.case_id),
        UnitCode(row.unit),
        TakeInState(row.state),
        title if isinstance(title, str) else "",
        files or 0,
        draft.version if draft is not None else 0,
        row.started_at,
        draft.changed_at if draft is not None else row.ended_at or row.started_at,
        job_line(work, draft.seal_job) if draft is not None else None,
    )
