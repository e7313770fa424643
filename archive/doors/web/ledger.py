"""Ledger page 存证账本页: for the auditor alone, how far both ledgers reach and their entries by kind and subject."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, open_work, ports
from archive.doors.web.frame import at
from archive.installation import Ledgers
from archive.kernel.guard import Action
from archive.kernel.refusals import Refusal
from archive.ledger.terms import LedgerName
from archive.service.ledger_view import ledger_states, list_entries

pages = Blueprint("ledger", __name__)


@pages.get("/ledger")
@asks(Action.AUDIT)
def show() -> ResponseReturnValue:
    """The entries of one ledger, newest first, 50 at a time; a look into it is an entry as well."""
    at("ledger.show")
    name = request.args.get("ledger", LedgerName.ACTIVITY)
    kind, subject = request.args.get("kind", "")[:64], request.args.get("subject", "").strip()[:128]
    before = request.args.get("before", None, int)
    with open_work() as work:
        ask_duty(work, Action.AUDIT)
        if name not in set(LedgerName):
            raise Refusal("archive.form-unreadable")
        states = ledger_states(work)
        entries = list_entries(work, ports().get(Ledgers).bodies, name, kind=kind, subject=subject, before=before)
    return render_template(
        "archive/ledger.html", states=states, entries=entries, name=name, kind=kind, subject=subject, before=before
    )
