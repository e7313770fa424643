"""Take-in pages 接收登记页: the list with what runs now, and the report of each take-in with every reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, may, open_work, ports
from archive.doors.web.frame import at
from archive.doors.web.parts import DeskPart, Entry, Todo, WebDoor
from archive.kernel.guard import Action
from archive.kernel.ids import IntakeId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue, Refusal, Told
from archive.kernel.work import Work
from archive.service.reading import CaseLine, get_line
from ingest.doors import draft_pages
from ingest.doors.api import api
from ingest.doors.uploads_api import uploads
from ingest.ports import TakeIn
from ingest.service.intake_list import IntakeLine, get_intake, list_intakes, problems_of
from ingest.service.intakes import OPEN, to_refusal
from ingest.terms import TakeInState

pages = Blueprint("intakes", __name__, template_folder="../templates")
SHOWN = 6
STATES = {
    TakeInState.ARRANGING: ("wait", "正在组卷", "being put together"),
    TakeInState.DROPPED: ("fail", "已撤销", "dropped"),
    TakeInState.RECEIVING: ("wait", "正在接收", "receiving"),
    TakeInState.RECEIVED: ("wait", "已收齐，正在检查转换", "received, being checked and converted"),
    TakeInState.ACCEPTED: ("wait", "已登记，待封存", "registered, to be sealed"),
    TakeInState.SEALED: ("done", "已封存", "sealed"),
    TakeInState.REFUSED: ("fail", "已退回", "refused"),
}
_STEPS = (
    (TakeInState.RECEIVING, "接收：逐个加密落盘", "receive: each file encrypted as it comes"),
    (TakeInState.RECEIVED, "检查、转换", "check and convert"),
    (TakeInState.ACCEPTED, "登记", "register"),
    (TakeInState.SEALED, "封存", "seal"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason as the report shows it 退回原因."""

    told: Told
    file: str
    page: int


@pages.get("/intakes")
@asks(Action.INGEST)
def show_all() -> ResponseReturnValue:
    """Every take-in of the reader's units, what runs first; the part that runs is read again while it is looked at."""
    at("intakes.show_all")
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        lines = list_intakes(work)
        cases = {line.id: found for line in lines if (found := _case(work, line)) is not None}
        reasons = {line.id: _first_reason(work, line) for line in lines if line.problems}
    return render_template(
        "ingest/intakes.html",
        running=[line for line in lines if line.runs],
        ended=[line for line in lines if not line.runs],
        cases=cases,
        reasons=reasons,
        steps=steps_of,
        states=STATES,
        split=words.split_title,
        top=words.top_marks((line.level, line.kinds if line.facts else ()) for line in cases.values()),
    )


@pages.get("/intakes/<intake_id>")
@asks(Action.INGEST)
def show(intake_id: str) -> ResponseReturnValue:
    """The report of one take-in: the steps it has come through, or every reason for which it was refused."""
    at("intakes.show_all")
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        line = get_intake(work, IntakeId(intake_id))
        problems = problems_of(ports().get(TakeIn), work, line)
        case = _case(work, line)
    catalogue = ports().get(Catalogue)
    found = [
        Finding(catalogue.tell(to_refusal(problem, line.id), words.language()), problem.file, problem.page)
        for problem in problems
    ]
    return render_template(
        "ingest/intake.html",
        line=line,
        case=case,
        found=found,
        steps=steps_of(line),
        states=STATES,
        split=words.split_title,
        top=words.top_marks([(case.level, case.kinds if case.facts else ())] if case is not None else []),
    )


def steps_of(line: IntakeLine) -> list[tuple[str, str, str]]:
    """The steps of a take-in as (done, now or todo; what; note)."""
    order = [state for state, _, _ in _STEPS]
    reached = order.index(line.state) if line.state in order else 0
    done = line.state is TakeInState.SEALED
    rows = []
    for number, (state, zh, en) in enumerate(_STEPS):
        kind = "done" if number < reached or done else "now" if number == reached else "todo"
        note = ""
        if state is TakeInState.RECEIVING and line.files:
            note = words.say(f"{line.files} 个文件，", f"{line.files} files, ") + words.size_said(line.size)
        rows.append((kind, words.say(zh, en), note))
    return rows


def _case(work: Work, line: IntakeLine) -> CaseLine | None:
    """The case that came of a take-in, as the reader may know of it."""
    if line.case_id is None:
        return None
    try:
        return get_line(work, holdings(), line.case_id)
    except Refusal:
        return None


def _first_reason(work: Work, line: IntakeLine) -> Finding:
    problem = problems_of(ports().get(TakeIn), work, line)[0]
    told = ports().get(Catalogue).tell(to_refusal(problem, line.id), words.language())
    return Finding(told, problem.file, problem.page)


def desk_parts(work: Work, _: Ports) -> Iterator[DeskPart]:
    """What runs and what was refused, on the first screen of who takes in."""
    if not may(work, Action.INGEST):
        return
    refused = list_intakes(work, states=(TakeInState.REFUSED,), limit=SHOWN)
    running = list_intakes(work, states=OPEN, limit=SHOWN)
    here = url_for("intakes.show_all")
    todos = (
        Todo(len(refused), "%d 个接收包未通过", "%d packages refused", here),
        Todo(len(running), "%d 个接收包未办完", "%d packages under way", here),
    )
    facts = {
        "refused": refused,
        "running": running,
        "reasons": {line.id: _first_reason(work, line) for line in refused if line.problems},
        "states": STATES,
    }
    yield DeskPart("ingest/desk-intakes.html", facts, 15, todos=todos)


door = WebDoor(
    (pages, draft_pages.pages),
    entries=(
        Entry("intakes.show_all", Action.INGEST, "接收登记", "Take-in", home=1, order=10),
        Entry("drafts.show_all", Action.INGEST, "组卷", "Drafts", order=11),
    ),
    forms=draft_pages.FORMS,
    desk=desk_parts,
    api=(api, uploads),
)
