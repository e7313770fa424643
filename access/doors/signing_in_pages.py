"""Sign-in pages 登录页: signing in, the forced change of a one-time password, signing out."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from access.doors.sessions import ReaderSession, RowSessions, start_session
from access.service.signing_in import change_password, must_change, sign_in
from access.terms import DUTY_WORDS, Duty
from archive.doors.web.asking import is_api, is_signed_in, open_to_all, open_work, ports, reader, safe_next
from archive.doors.web.refusing import told
from archive.doors.web.words import said, say
from archive.kernel.actor import Actor
from archive.kernel.ids import PersonId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from archive.ports import Holdings

pages = Blueprint("access", __name__, template_folder="../templates")
TRIES = "20 per minute"
_FREE = frozenset({"access.password", "access.change", "access.sign_out", "access.sign_out_now", "static"})


@pages.get("/sign-in", endpoint="sign_in")
@open_to_all
def sign_in_page() -> ResponseReturnValue:
    """The sign-in form."""
    if is_signed_in():
        return redirect("/")
    return render_template("access/sign-in.html", reasons=[], login="", next=request.args.get("next", ""))


@pages.post("/sign-in")
@open_to_all
def sign_in_now() -> ResponseReturnValue:
    """Signs in; the answer to an unknown, a locked and a wrong one is the same."""
    login = request.form.get("login", "").strip()[:100]
    wanted = request.form.get("next", "")
    try:
        keyed = ports().get(Holdings).keys.keyed_digest
        actor = sign_in(ports().get(Works), login, request.form.get("password", "")[:1000], keyed)
    except Refusal as refusal:
        page = render_template("access/sign-in.html", reasons=told(refusal), login=login, next=wanted)
        return page, 403
    kept = cast(ReaderSession, session)
    start_session(ports().get(Works), kept, actor)
    with open_work() as work:
        if must_change(work, PersonId(actor.id)):
            kept["must_change"] = True
            return redirect(url_for("access.password"))
    return redirect(safe_next(wanted) or "/")


@pages.get("/password")
@open_to_all
def password() -> ResponseReturnValue:
    """The form for changing one's own password."""
    if not is_signed_in():
        return redirect(url_for("access.sign_in"))
    return render_template("access/password.html", reasons=[], forced=bool(session.get("must_change")), done=False)


@pages.post("/password")
@open_to_all
def change() -> ResponseReturnValue:
    """Changes one's own password."""
    if not is_signed_in():
        return redirect(url_for("access.sign_in"))
    forced = bool(session.get("must_change"))
    new = request.form.get("new", "")[:1000]
    try:
        if new != request.form.get("again", "")[:1000]:
            raise Refusal("access.password-differs")
        change_password(ports().get(Works), reader(), request.form.get("old", "")[:1000], new)
    except Refusal as refusal:
        return render_template("access/password.html", reasons=told(refusal), forced=forced, done=False), 422
    session.pop("must_change", None)
    if forced:
        return redirect("/")
    return render_template("access/password.html", reasons=[], forced=False, done=True)


@pages.get("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """Asks before signing out; every page stays without a token of its own."""
    return render_template("access/sign-out.html")


@pages.post("/sign-out")
@open_to_all
def sign_out_now() -> ResponseReturnValue:
    """Ends the session."""
    cast(ReaderSession, session).end()
    return redirect(url_for("access.sign_in"))


def duty_words(actor: Actor) -> str:
    """The duties of a reader in words."""
    named = [said(DUTY_WORDS[duty]) for duty in Duty if str(duty) in actor.duties]
    return say("、", ", ").join(named) or say("尚无岗位", "no duty yet")


def _only_password() -> ResponseReturnValue | None:
    """While a one-time password stands, nothing else is answered."""
    if session.get("must_change") and request.endpoint not in _FREE:
        if is_api():
            raise Refusal("access.password-one-time")
        return redirect(url_for("access.password"))
    return None


def set_up_sessions(app: Flask, given: Ports) -> None:
    """Gives an application sessions as rows, the limit on tries of a password, and the words for duties."""
    app.session_interface = RowSessions(given)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", default_limits=[], headers_enabled=False)
    for endpoint in ("access.sign_in_now", "access.change"):
        limited: Any = limiter.limit(TRIES)(app.view_functions[endpoint])
        limited.__dict__.update(open_to_all=True)
        app.view_functions[endpoint] = limited
    app.before_request(_only_password)
    app.context_processor(lambda: {"duty_words": duty_words})
