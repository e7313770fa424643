"""Draft pages 组卷页: the cases being put together, and one of them with its upload zone; all without script too.

Without script a form sends small files whole; with script ``uploads.js`` sends any of them by tus, resumable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, open_work, ports, reader
from archive.doors.web.frame import at
from archive.doors.web.refusing import told
from archive.kernel.articles import basis_said
from archive.kernel.guard import Action
from archive.kernel.ids import IntakeId, UnitCode
from archive.kernel.refusals import Catalogue, Refusal, Told
from archive.kernel.work import Work
from archive.terms import Level
from ingest.doors.asked import take_in_ports
from ingest.packages.package import BLOCK
from ingest.service.draft_report import judge_draft
from ingest.service.draft_sealing import ask_seal
from ingest.service.drafts import DraftLine, begin_draft, drop_draft, get_draft, list_drafts, save_description
from ingest.service.intakes import read_report, to_refusal
from ingest.service.upload_list import list_uploads
from ingest.service.uploads import append_upload, create_upload, drop_upload
from ingest.terms import Problem, TakeInState, UploadId, UploadState

pages = Blueprint("drafts", __name__, template_folder="../templates")
LARGEST_SENT = 32 * 2**20
"""Bytes of one form of small files; they pass through memory, never through a temporary file 无脚本上传上限."""
FORMS = {"drafts.add_files": LARGEST_SENT, "drafts.describe": LARGEST_SENT}
UPLOAD_STATES = {
    UploadState.RECEIVING: ("wait", "未传完", "not complete"),
    UploadState.UPLOADED: ("wait", "已传完，正在入卷", "uploaded, being accepted"),
    UploadState.ACCEPTED: ("done", "已入卷", "accepted"),
    UploadState.REFUSED: ("fail", "已退回", "refused"),
}
STATES = {
    TakeInState.ARRANGING: ("wait", "正在组卷", "being put together"),
    TakeInState.ACCEPTED: ("wait", "已登记，待封存", "registered, to be sealed"),
    TakeInState.SEALED: ("done", "已封存", "sealed"),
    TakeInState.REFUSED: ("fail", "已退回", "refused"),
    TakeInState.DROPPED: ("fail", "已撤销", "dropped"),
}
STAGES = {
    "": ("等候办理", "waiting"),
    "normalise": ("检查、转换", "checking and converting"),
    "accession": ("登记", "registering"),
    "seal": ("封存", "sealing"),
}


@pages.get("/drafts")
@asks(Action.INGEST)
def show_all() -> ResponseReturnValue:
    """The reader's drafts, and the form that begins one."""
    return _list([])


@pages.post("/drafts")
@asks(Action.INGEST)
def begin() -> ResponseReturnValue:
    """Begins a draft and opens it."""
    _ask()
    try:
        draft = begin_draft(take_in_ports(), reader(), UnitCode(request.form.get("unit", "").strip()[:24]))
    except Refusal as refusal:
        return _list(told(refusal)), 422
    return redirect(url_for("drafts.show", draft_id=draft))


@pages.get("/drafts/<draft_id>")
@asks(Action.INGEST)
def show(draft_id: str) -> ResponseReturnValue:
    """One draft: its files, what is missing, the seal."""
    return _show(IntakeId(draft_id), [])


@pages.post("/drafts/<draft_id>/files")
@asks(Action.INGEST)
def add_files(draft_id: str) -> ResponseReturnValue:
    """Takes small files whole, for who has no script."""
    _ask()
    refused: list[Refusal] = []
    for sent in request.files.getlist("files"):
        data = sent.stream.read()
        try:
            made = create_upload(take_in_ports(), reader(), IntakeId(draft_id), sent.filename or "", len(data))
            pieces = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
            append_upload(take_in_ports(), reader(), made, 0, pieces)
        except Refusal as refusal:
            refused.append(refusal)
    return _back(draft_id, "files-h", Refusal.join(refused))


@pages.post("/drafts/<draft_id>/remove")
@asks(Action.INGEST)
def remove(draft_id: str) -> ResponseReturnValue:
    """Takes one file out of the draft."""
    _ask()
    return _try(draft_id, "files-h", lambda: drop_upload(take_in_ports(), reader(), UploadId(_field("upload"))))


@pages.post("/drafts/<draft_id>/description")
@asks(Action.INGEST)
def describe(draft_id: str) -> ResponseReturnValue:
    """Takes a description as a file: ``case.json`` as ``sip template`` writes it."""
    _ask()
    sent = request.files.get("description")
    data = sent.stream.read() if sent is not None else b""
    return _try(draft_id, "contents-h", lambda: save_description(take_in_ports(), reader(), IntakeId(draft_id), data))


@pages.post("/drafts/<draft_id>/seal")
@asks(Action.INGEST)
def seal(draft_id: str) -> ResponseReturnValue:
    """Asks for the seal."""
    _ask()
    return _try(draft_id, "seal-h", lambda: ask_seal(take_in_ports(), reader(), IntakeId(draft_id)))


@pages.post("/drafts/<draft_id>/drop")
@asks(Action.INGEST)
def drop(draft_id: str) -> ResponseReturnValue:
    """Drops the draft, once its number was typed."""
    _ask()
    if _field("typed") != draft_id[-8:]:
        return _show(IntakeId(draft_id), told(Refusal("ingest.draft-untyped", typed=draft_id[-8:]))), 422
    try:
        drop_draft(take_in_ports(), reader(), IntakeId(draft_id))
    except Refusal as refusal:
        return _show(IntakeId(draft_id), told(refusal)), 409
    return redirect(url_for("drafts.show_all"))


def _field(name: str) -> str:
    return request.form.get(name, "").strip()[:100]


def _ask() -> None:
    with open_work() as work:
        ask_duty(work, Action.INGEST)


def _try(draft_id: str, part: str, deed: Callable[[], object]) -> ResponseReturnValue:
    try:
        deed()
    except Refusal as refusal:
        return _back(draft_id, part, refusal)
    return _back(draft_id, part, None)


def _back(draft_id: str, part: str, refusal: Refusal | None) -> ResponseReturnValue:
    """The draft again: at the part that changed, or with the reason why nothing did."""
    if refusal is None:
        return redirect(url_for("drafts.show", draft_id=draft_id, _anchor=part))
    return _show(IntakeId(draft_id), told(refusal)), 422


def _list(reasons: Sequence[Told]) -> str:
    at("drafts.show_all")
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        drafts = list_drafts(take_in_ports(), work)
        units, every = _units(work)
    return render_template(
        "ingest/drafts.html", drafts=drafts, units=units, every=every, reasons=reasons, states=STATES, top=_unmarked()
    )


def _units(work: Work) -> tuple[list[str], bool]:
    """The units for which the reader may begin a draft; whether for every unit there is."""
    seen = work.guard.visibility(work.actor, Action.INGEST)
    own = [work.actor.unit] if work.actor.unit in seen.units else []
    return [*own, *sorted(set(seen.units) - set(own))], seen.all_units


def _show(draft_id: IntakeId, reasons: Sequence[Told]) -> str:
    at("drafts.show_all")
    take_in = take_in_ports()
    with open_work() as work:
        ask_duty(work, Action.INGEST)
        line = get_draft(take_in, work, draft_id)
        open_ = line.state is TakeInState.ARRANGING
        refused = read_report(take_in, work, draft_id) if line.state is not TakeInState.DROPPED else []
        uploads = list_uploads(take_in, work, draft_id)
    judged = judge_draft(take_in, reader(), draft_id) if open_ and not _seals(line) else None
    missing = judged.problems if judged is not None else ()
    return render_template(
        "ingest/draft.html",
        draft=line,
        uploads=uploads,
        reasons_of=lambda refusal: told(refusal),
        refused=_told([each for each in refused if each not in missing], draft_id),
        missing=_told(missing, draft_id),
        rules=judged.rules if judged is not None else None,
        article=lambda basis: basis_said(basis, words.language()),
        open=open_,
        seals=_seals(line),
        states=STATES,
        upload_states=UPLOAD_STATES,
        stages=STAGES,
        reasons=reasons,
        most=LARGEST_SENT,
        largest=take_in.settings.ingest.max_upload_bytes,
        script_words=_said(),
        top=_unmarked(),
    )


def _seals(line: DraftLine) -> bool:
    return line.sealing is not None and line.sealing.lives


def _unmarked() -> list[tuple[str, str]]:
    return words.top_marks([(Level.NONE, ())])


def _told(problems: Sequence[Problem], draft_id: IntakeId) -> list[tuple[Told, str]]:
    """Reasons with the file each speaks of."""
    catalogue = ports().get(Catalogue)
    return [(catalogue.tell(to_refusal(problem, draft_id), words.language()), problem.file) for problem in problems]


def _said() -> dict[str, str]:
    """What the script says, in the reader's language."""
    return {
        "waiting": words.say("等候", "waiting"),
        "sending": words.say("正在上传", "sending"),
        "paused": words.say("已暂停", "paused"),
        "retrying": words.say("连接中断，自动重试", "connection lost, trying again"),
        "done": words.say("已传完，正在入卷", "uploaded, being accepted"),
        "pause": words.say("暂停", "Pause"),
        "resume": words.say("继续", "Resume"),
        "folder": words.say("选择文件夹", "Choose a folder"),
        "files": words.say("选择文件", "Choose files"),
        "drop": words.say("或把文件、文件夹拖到这里", "or drag files and folders here"),
        "left": words.say("剩余约", "about"),
        "left_after": words.say("", "left"),
        "of": words.say(" / ", " of "),
        "lang": words.language(),
    }
