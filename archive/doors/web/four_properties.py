"""Reports of the four-property check 四性检测报告: the two files of each, saved by whoever may read them."""

from __future__ import annotations

from contextlib import closing

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, holdings, open_work
from archive.doors.web.headers import CONTENT_POLICY, disposition
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.service.property_view import FORMS, open_property_report

pages = Blueprint("four_properties", __name__)


@pages.get("/cases/<case_id>/four-properties/<report_id>/<form>")
@asks(Action.READ)
def report(case_id: str, report_id: str, form: str) -> ResponseReturnValue:
    """One report as PDF/A or JSON; the read is recorded."""
    with open_work() as work:
        ask_duty(work, Action.READ)
        with closing(open_property_report(work, holdings(), CaseId(case_id), report_id, form)) as source:
            data = source.whole()
    name, media_type = FORMS[form]
    answer = Response(data, mimetype=media_type)
    answer.headers["Content-Disposition"] = disposition("attachment", name)
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer
