"""App 网页应用: one Flask application from the ports and the doors of all packages."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from flask import Flask, Request, Response, current_app, request
from flask_wtf.csrf import CSRFProtect

from archive.doors.web.asking import EXTENSION
from archive.doors.web.frame import set_up_frame
from archive.doors.web.headers import harden
from archive.doors.web.parts import House, WebDoor
from archive.doors.web.refusing import set_up_refusals
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.keys.terms import Tier

PACKAGE = Path(__file__).parent.parent.parent
LARGEST_FORM = 256 * 1024


class HouseRequest(Request):
    """A request whose forms stay in memory 请求: no file of a form ever lies on a disk, which nothing there encrypts.

    Forms are small, but those that take files (``WebDoor.forms``); who reads a body by the piece sets a limit first.
    """

    @property
    def max_content_length(self) -> int | None:
        """The most bytes of this request's body."""
        own: int | None = self._max_content_length
        largest: dict[str, int] = current_app.config["LARGEST_FORMS"]
        return own if own is not None else largest.get(self.endpoint or "", LARGEST_FORM)

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """The most bytes of the fields of its form: as many as of the whole."""
        return self.max_content_length

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        raise AttributeError("set max_content_length")

    def _get_file_stream(self, *told: Any, **more: Any) -> IO[bytes]:
        return BytesIO()


def make_flask(ports: Ports, doors: Iterable[WebDoor], *, import_name: str, testing: bool = False) -> Flask:
    """The web application of an installation. Reads no environment; every key comes from the key store."""
    settings, found = ports.get(Home).settings, tuple(doors)
    app = Flask(
        import_name,
        static_folder=str(PACKAGE / "static"),
        static_url_path="/static",
        template_folder=str(PACKAGE / "templates"),
    )
    app.request_class = HouseRequest
    app.config.update(
        SECRET_KEY=ports.get(KeyStore).derive("web", Tier.GENERAL).hex(),
        SESSION_COOKIE_NAME="anjuan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.web.secure_cookies,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        LARGEST_FORMS={name: most for door in found for name, most in door.forms.items()},
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        TESTING=testing,
    )
    app.extensions[EXTENSION] = House(ports, found)
    protect = CSRFProtect(app)
    set_up_frame(app)
    set_up_refusals(app)
    for door in found:
        for blueprint in door.blueprints:
            app.register_blueprint(blueprint)
        for blueprint in door.api:
            protect.exempt(blueprint)
            app.register_blueprint(blueprint)
    for door in found:
        if door.install is not None:
            door.install(app, ports)
    app.after_request(_finish)
    return app


def _finish(answer: Response) -> Response:
    if request.endpoint == "static" and answer.status_code in (200, 304):
        answer.headers["Cache-Control"] = "public, max-age=3600"
    return harden(answer)
