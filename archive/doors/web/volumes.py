"""Volumes 整卷合订: one volume of a case as one PDF/A to be saved, sent while it is being written."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, holdings, open_work, reader
from archive.doors.web.headers import CONTENT_POLICY, disposition
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.service.volumes import read_volume

pages = Blueprint("volumes", __name__)


@pages.get("/cases/<case_id>/volumes/<int:number>.pdf")
@asks(Action.READ)
def bound(case_id: str, number: int) -> ResponseReturnValue:
    """The volume as this reader may see it; the connection is cut when the right to read ends on the way."""
    with open_work() as work:
        ask_duty(work, Action.READ)
    made = read_volume(holdings(), reader(), CaseId(case_id), number)
    answer = Response(made.pieces, mimetype="application/pdf", direct_passthrough=True)
    answer.headers["Content-Disposition"] = disposition("attachment", made.name)
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer
