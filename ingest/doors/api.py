"""HTTP API 接口 for case-handling systems: drafts from their beginning to the seal, and the result of every take-in.

What each route takes and gives stands in ``docs/openapi.json``, served at ``/api/openapi.json``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, holdings, open_to_all, open_work, ports, reader
from archive.doors.web.problems import Reason, reasons_of
from archive.kernel.clock import parse_instant, to_rfc3339
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, IntakeId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.reading import get_line
from ingest.doors.api_document import DOCUMENT
from ingest.doors.api_models import (
    DraftModel,
    Drafts,
    IntakeModel,
    Intakes,
    NewDraft,
    Saved,
    draft_line,
    report_of,
    sealing_of,
    upload_of,
)
from ingest.doors.asked import answer, body, nothing, parse_body, take_in_ports
from ingest.ports import TakeIn
from ingest.profile.reading import LARGEST
from ingest.service.draft_report import judge_draft
from ingest.service.draft_sealing import ask_seal
from ingest.service.drafts import begin_draft, drop_draft, get_draft, list_drafts, read_description_of, save_description
from ingest.service.intake_list import LISTED, IntakeLine, get_intake, list_intakes, problems_of
from ingest.service.intakes import read_report, to_refusal
from ingest.service.upload_list import list_uploads
from ingest.terms import Problem, TakeInState

api = Blueprint("api", __name__, url_prefix="/api")
PAGE = 100


@api.get("/openapi.json")
@open_to_all
def document() -> ResponseReturnValue:
    """What this API is, for programs."""
    return Response(DOCUMENT, content_type="application/json")


@api.get("/drafts")
@asks(Action.INGEST)
def drafts() -> ResponseReturnValue:
    """The caller's drafts."""
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        return answer(Drafts(drafts=[draft_line(line) for line in list_drafts(take_in_ports(), work)]))


@api.post("/drafts")
@asks(Action.INGEST)
def begin() -> ResponseReturnValue:
    """Begins a draft."""
    _ask()
    wanted = parse_body(NewDraft, LARGEST)
    draft = begin_draft(take_in_ports(), reader(), UnitCode(wanted.unit))
    if wanted.description is not None:
        text = wanted.model_dump_json(include={"description"})[len('{"description":') : -1]
        save_description(take_in_ports(), reader(), draft, text.encode())
    made = answer(_draft(draft), 201)
    made.headers["Location"] = f"/api/drafts/{draft}"
    return made


@api.get("/drafts/<draft_id>")
@asks(Action.INGEST)
def draft(draft_id: str) -> ResponseReturnValue:
    """Where a draft stands."""
    _ask()
    return answer(_draft(IntakeId(draft_id)))


@api.delete("/drafts/<draft_id>")
@asks(Action.INGEST)
def drop(draft_id: str) -> ResponseReturnValue:
    """Drops a draft with every byte and key of it."""
    _ask()
    drop_draft(take_in_ports(), reader(), IntakeId(draft_id))
    return nothing()


@api.get("/drafts/<draft_id>/description")
@asks(Action.INGEST)
def description(draft_id: str) -> ResponseReturnValue:
    """The description as far as it is written."""
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        raw, version = read_description_of(take_in_ports(), work, IntakeId(draft_id))
    told = Response(json.dumps(raw, ensure_ascii=False), content_type="application/json")
    told.headers["ETag"] = f'"{version}"'
    return told


@api.put("/drafts/<draft_id>/description")
@asks(Action.INGEST)
def describe(draft_id: str) -> ResponseReturnValue:
    """Keeps the description; with If-Match only over the version that the caller saw."""
    _ask()
    seen = request.headers.get("If-Match", "").strip('"')
    over = int(seen) if seen.isascii() and seen.isdigit() else None
    if seen and over is None:
        raise Refusal("archive.form-unreadable")
    version = save_description(take_in_ports(), reader(), IntakeId(draft_id), body(LARGEST + 1), over=over)
    told = answer(Saved(version=version))
    told.headers["ETag"] = f'"{version}"'
    return told


@api.get("/drafts/<draft_id>/report")
@asks(Action.INGEST)
def report(draft_id: str) -> ResponseReturnValue:
    """Everything between the draft and its seal."""
    _ask()
    judged = judge_draft(take_in_ports(), reader(), IntakeId(draft_id))
    return answer(report_of(_reasons(judged.problems, IntakeId(draft_id)), judged.rules))


@api.post("/drafts/<draft_id>/seal")
@asks(Action.INGEST)
def seal(draft_id: str) -> ResponseReturnValue:
    """Asks for the seal; what came of it stands at the draft."""
    _ask()
    ask_seal(take_in_ports(), reader(), IntakeId(draft_id))
    return answer(_draft(IntakeId(draft_id)), 202)


@api.get("/intakes")
@asks(Action.INGEST)
def intakes() -> ResponseReturnValue:
    """Take-ins with the result of each."""
    state, before = request.args.get("state", ""), request.args.get("before", "")
    if state and state not in LISTED:
        raise Refusal("archive.form-unreadable")
    try:
        older = parse_instant(before) if before else None
    except ValueError:
        raise Refusal("archive.form-unreadable") from None
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        states = (TakeInState(state),) if state else LISTED
        lines = list_intakes(work, states=states, limit=PAGE, before=older)
        follows = to_rfc3339(lines[-1].started_at) if len(lines) == PAGE else ""
        return answer(Intakes(intakes=[_intake(work, line) for line in lines], next=follows))


@api.get("/intakes/<intake_id>")
@asks(Action.INGEST)
def intake(intake_id: str) -> ResponseReturnValue:
    """One take-in with its result."""
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        line = get_intake(work, IntakeId(intake_id))
        if line.state not in LISTED:
            raise Refusal("ingest.report-unknown")
        return answer(_intake(work, line))


def _ask() -> None:
    with open_work() as work:
        ask_duty(work, Action.INGEST)


def _draft(draft_id: IntakeId) -> DraftModel:
    take_in = take_in_ports()
    with open_work() as work:
        line = get_draft(take_in, work, draft_id)
        refused = read_report(take_in, work, draft_id) if line.state is not TakeInState.DROPPED else []
        uploads = list_uploads(take_in, work, draft_id)
        code = _reference_code(work, line.case_id) if line.state in (TakeInState.ACCEPTED, TakeInState.SEALED) else ""
    return DraftModel.model_validate(
        {
            **draft_line(line).model_dump(exclude={"files", "sealing"}),
            "state": str(line.state),
            "sealing": sealing_of(line.sealing),
            "reference_code": code,
            "reasons": _reasons(refused, draft_id),
            "uploads": [upload_of(one, reasons_of(one.reason) if one.reason else []) for one in uploads],
        }
    )


def _intake(work: Work, line: IntakeLine) -> IntakeModel:
    found = problems_of(ports().get(TakeIn), work, line)
    return IntakeModel.model_validate(
        {
            "id": line.id,
            "state": str(line.state),
            "unit": line.unit,
            "own": line.own,
            "started_at": line.started_at,
            "ended_at": line.ended_at,
            "case": line.case_id,
            "reference_code": _reference_code(work, line.case_id) if line.case_id is not None else "",
            "reasons": _reasons(found, line.id),
        }
    )


def _reference_code(work: Work, case_id: CaseId) -> str:
    """The archival number, to whom may know of the case."""
    try:
        return get_line(work, holdings(), case_id).reference_code
    except Refusal:
        return ""


def _reasons(problems: Sequence[Problem], intake_id: IntakeId) -> list[Reason]:
    refusal = Refusal.join(to_refusal(problem, intake_id) for problem in problems)
    return reasons_of(refusal) if refusal is not None else []
