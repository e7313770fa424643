"""Verify page 验封页: every layer in front of the reader, what it proves, against whom, and how to check outside."""

from __future__ import annotations

import time

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from archive.doors.anchors import read_anchors
from archive.doors.web.asking import asks, holdings, open_work, ports, reader
from archive.doors.web.frame import at
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.service.reading import get_case_target
from archive.service.verify_words import WORDS
from archive.service.verifying import verify_case

pages = Blueprint("verifying", __name__)


@pages.get("/cases/<case_id>/verify")
@asks(Action.VERIFY)
def ask(case_id: str) -> ResponseReturnValue:
    """What verification will do, before it runs."""
    at("cases.list_page")
    with open_work() as work:
        target = get_case_target(work, CaseId(case_id))
        work.require(Action.VERIFY, target)
    return render_template("archive/verify.html", case_id=case_id, layers=None, words=WORDS, deep=False)


@pages.post("/cases/<case_id>/verify")
@asks(Action.VERIFY)
def run(case_id: str) -> ResponseReturnValue:
    """Runs every layer now and shows what was found."""
    at("cases.list_page")
    deep = request.form.get("deep") == "yes"
    started = time.monotonic()
    anchors = read_anchors(ports(), (), (), None)
    layers = verify_case(holdings(), reader(), CaseId(case_id), anchors, deep=deep)
    return render_template(
        "archive/verify.html",
        case_id=case_id,
        layers=layers,
        words=WORDS,
        deep=deep,
        seconds=time.monotonic() - started,
        anchors=anchors.source,
        trial_layers=sum(layer.ok and layer.trial for layer in layers),
        good_layers=sum(layer.ok and not layer.trial for layer in layers),
        broken_layers=sum(not layer.ok for layer in layers),
    )
