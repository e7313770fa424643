"""App 网页应用: one Flask application from the ports and the doors of all packages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from archive.doors.web.asking import EXTENSION
from archive.doors.web.frame import set_up_frame
from archive.doors.web.headers import harden
from archive.doors.web.parts import House, WebDoor
from archive.doors.web.reading import LONGEST_FORM
from archive.doors.web.refusing import set_up_refusals
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.keys.terms import Tier

PACKAGE = Path(__file__).parent.parent.parent
LARGEST_FORM = 256 * 1024
_LARGER = {"reading.save": LONGEST_FORM}
"""Forms that may be larger, by endpoint."""


def make_flask(ports: Ports, doors: Iterable[WebDoor], *, import_name: str, testing: bool = False) -> Flask:
    """The web application of an installation. Reads no environment; every key comes from the key store."""
    settings = ports.get(Home).settings
    app = Flask(
        import_name,
        static_folder=str(PACKAGE / "static"),
        static_url_path="/static",
        template_folder=str(PACKAGE / "templates"),
    )
    app.config.update(
        SECRET_KEY=ports.get(KeyStore).derive("web", Tier.GENERAL).hex(),
        SESSION_COOKIE_NAME="anjuan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.web.secure_cookies,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        TESTING=testing,
    )
    found = tuple(doors)
    app.extensions[EXTENSION] = House(ports, found)
    app.before_request(_let_large_forms_in)  # before anything reads the form
    CSRFProtect(app)
    set_up_frame(app)
    set_up_refusals(app)
    for door in found:
        for blueprint in door.blueprints:
            app.register_blueprint(blueprint)
    for door in found:
        if door.install is not None:
            door.install(app, ports)
    app.after_request(_finish)
    return app


def _let_large_forms_in() -> None:
    most = _LARGER.get(request.endpoint or "", LARGEST_FORM)
    request.max_content_length = request.max_form_memory_size = most


def _finish(answer: Response) -> Response:
    if request.endpoint == "static" and answer.status_code in (200, 304):
        answer.headers["Cache-Control"] = "public, max-age=3600"
    return harden(answer)
