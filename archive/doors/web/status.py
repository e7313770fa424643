"""Status page 系统状态: the light of every part, for whoever runs the machine; no content, no names of cases."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, open_work, ports
from archive.kernel.guard import Action
from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.ports import Holdings
from archive.service.health import examine

pages = Blueprint("status", __name__)


@pages.get("/status")
@asks(Action.OPERATE)
def show() -> ResponseReturnValue:
    """Every part with its light, worst first, examined now."""
    with open_work() as work:
        ask_duty(work, Action.OPERATE)
    parts = examine(ports().get(Home), ports().get(KeyStore), ports().get(Holdings))
    lights = [part.light for part in parts]
    return render_template(
        "archive/status.html", parts=parts, red=lights.count("red"), amber=lights.count("amber"), count=len(parts)
    )
