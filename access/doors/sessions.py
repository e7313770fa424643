"""Sessions 会话: one server row behind the cookie of whoever signed in; a small signed cookie before that.

The cookie of a signed-in reader holds only a random secret; the row is found by its digest. Signing in always makes a
new secret. HttpOnly, SameSite=Strict, Secure by setting.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import CallbackDict

from access.service.api_tokens import find_token
from access.service.signing_in import end_session, find_session, open_session, save_session
from archive.doors.web.asking import API
from archive.kernel.actor import Actor, nobody
from archive.kernel.ids import PersonId
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.kernel.work import Works

_SIGNED_IN = "s."
_VISITOR = "v."
_LARGEST_VISIT = 2000


class ReaderSession(CallbackDict[str, Any], SessionMixin):
    """The session of one request 本次会话: its small data, who reads, and the secret of its row.

    ``by_token``: an API token spoke, there is no row and no cookie, and so nothing that another site could misuse.
    """

    def __init__(
        self, data: dict[str, Any], actor: Actor | None = None, secret: str = "", *, by_token: bool = False
    ) -> None:
        super().__init__(data, _note_change)
        self.modified = False
        self.by_token = by_token
        self.actor = actor or nobody()
        self.secret = secret
        self.gone = ""

    def begin(self, secret: str, actor: Actor) -> None:
        """From here on the session is that of ``actor``; its token and data of before are not taken along."""
        kept = {name: self[name] for name in ("lang", "mode") if name in self}
        self.gone, self.secret, self.actor = self.secret, secret, actor
        self.clear()
        self.update(kept)
        self.modified = True

    def end(self) -> None:
        """The session is that of nobody again."""
        kept = {name: self[name] for name in ("lang", "mode") if name in self}
        self.gone, self.secret, self.actor = self.secret, "", nobody()
        self.clear()
        self.update(kept)
        self.modified = True


def _note_change(session: Any) -> None:
    session.modified = True


class RowSessions(SessionInterface):
    """Finds and keeps sessions 会话接口 by ``access.service.signing_in``."""

    def __init__(self, ports: Ports) -> None:
        self._works = ports.get(Works)
        self._idle = timedelta(minutes=ports.get(Home).settings.web.session_minutes)

    def open_session(self, app: Flask, request: Request) -> ReaderSession:
        """The reader's session; an empty one of nobody for no cookie, an unknown or an ended one."""
        value = request.cookies.get(self.get_cookie_name(app), "")
        if request.path.startswith("/static/"):
            return ReaderSession({})
        if request.path.startswith(API) and "Authorization" in request.headers:
            return self._speak(request)
        if value.startswith(_SIGNED_IN):
            return self._find(value.removeprefix(_SIGNED_IN))
        if value.startswith(_VISITOR) and len(value) <= _LARGEST_VISIT:
            try:
                return ReaderSession(dict(_signer(app).loads(value.removeprefix(_VISITOR))))
            except (BadSignature, ValueError, TypeError):
                return ReaderSession({})
        return ReaderSession({})

    def _speak(self, request: Request) -> ReaderSession:
        """Whoever an API token speaks for; with a wrong one nobody, whatever cookie lies beside it."""
        given = request.authorization
        with self._works.work(nobody()) as work:
            known = given is not None and given.type == "bearer" and given.token
            actor = find_token(work, str(given.token)) if given is not None and known else None
        return ReaderSession({}, actor, by_token=True)

    def _find(self, secret: str) -> ReaderSession:
        with self._works.work(nobody()) as work:
            found = find_session(work, secret, self._idle)
        if found is None:
            return ReaderSession({})
        actor, data = found
        return ReaderSession(dict(data), actor, secret)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keeps what changed; ends the row that a new sign-in or a sign-out leaves behind."""
        if not isinstance(session, ReaderSession) or session.by_token or not (session.modified or session.gone):
            return
        with self._works.work(session.actor) as work:
            if session.gone:
                end_session(work, session.gone)
            if session.secret:
                save_session(work, session.secret, dict(session))
        value = _SIGNED_IN + session.secret if session.secret else _VISITOR + str(_signer(app).dumps(dict(session)))
        response.set_cookie(
            self.get_cookie_name(app),
            value,
            httponly=True,
            samesite="Strict",
            secure=self.get_cookie_secure(app),
            path="/",
        )


def start_session(works: Works, session: ReaderSession, actor: Actor) -> None:
    """Opens the row of a reader who has just signed in and gives the cookie its new secret."""
    with works.work(actor) as work:
        secret = open_session(work, PersonId(actor.id))
    session.begin(secret, actor)


def _signer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(str(app.config["SECRET_KEY"]), salt="visitor")
