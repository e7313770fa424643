"""Refusing 拒绝页: every expected no as a page with its code, its article and what to do; every fault opaque.

The answer for what does not exist and for what is above the reader is one page, byte for byte: it shows no address,
no time and no token.
"""

from __future__ import annotations

import logging
import secrets

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from archive.doors.web.asking import is_api, ports
from archive.doors.web.problems import answer_problem
from archive.doors.web.words import language
from archive.kernel.faults import trace_fault
from archive.kernel.refusals import Catalogue, Refusal, Told

UNKNOWN = "archive.case-unknown"
_HTTP = {
    404: UNKNOWN,
    405: UNKNOWN,
    400: "archive.form-unreadable",
    413: "archive.form-too-large",
    429: "archive.too-many-tries",
}
_log = logging.getLogger("anjuan.web")


def told(refusal: Refusal) -> list[Told]:
    """All reasons of a refusal in the language of this answer, each once."""
    catalogue = ports().get(Catalogue)
    found = [catalogue.tell(reason, language()) for reason in refusal.all()]
    return list(dict.fromkeys(found))


def refuse(refusal: Refusal, status: int | None = None) -> tuple[str, int]:
    """The page of a refusal with the status of its first reason; ``status`` overrides it."""
    reasons = told(refusal)
    g.refused, g.place = True, "-"
    return render_template("archive/refusal.html", reasons=reasons), status or reasons[0].http


def _refused(refusal: Refusal) -> ResponseReturnValue:
    return answer_problem(refusal) if is_api() else refuse(refusal)


def _expired(_: CSRFError) -> ResponseReturnValue:
    return refuse(Refusal("archive.form-expired"), 400)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status == 416:
        return error.get_response()
    code = _HTTP.get(status, UNKNOWN if status < 500 else "archive.fault")
    if is_api():
        return answer_problem(Refusal(code), status)
    return refuse(Refusal(code), 404 if code == UNKNOWN else status)


def _fault(error: Exception) -> ResponseReturnValue:
    number = secrets.token_hex(4)
    _log.error("fault %s in %s %s: %s", number, request.method, request.endpoint, trace_fault(error))
    broken = Refusal("archive.fault", number=number)
    return answer_problem(broken, 500) if is_api() else refuse(broken, 500)


def set_up_refusals(app: Flask) -> None:
    """Gives an application its pages for refusals and faults. While testing, a fault is raised, not hidden."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    if not app.testing:
        app.register_error_handler(Exception, _fault)
