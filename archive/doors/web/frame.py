"""Frame 页面框架: what stands around every page: who reads, what may be done, the grade, the language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import house, is_signed_in, may, open_work, ports, reader
from archive.doors.web.event_words import EVENTS
from archive.doors.web.manual import MANUALS, help_url
from archive.doors.web.parts import Entry
from archive.kernel.clock import Clock
from archive.kernel.guard import Action
from archive.kernel.settings import Home
from archive.ports import Holdings

PUBLIC = frozenset({"party", "agent"})


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the navigation as it is shown 导航行."""

    url: str
    text: str
    current: bool
    group: str


def is_public() -> bool:
    """Whether the reader is a party or agent, who reads in the reading room."""
    duties = reader().duties
    return bool(duties) and duties <= PUBLIC


def entries_for_reader() -> tuple[Entry, ...]:
    """The navigation that the reader's duties permit, as the guard says; asked once for a page."""
    kept: tuple[Entry, ...] | None = g.get("entries")
    if kept is None:
        kept = g.entries = _permitted()
    return kept


def _permitted() -> tuple[Entry, ...]:
    if not is_signed_in() or session.get("must_change"):
        return ()
    public = is_public()
    with open_work() as work:
        found = [entry for entry in house().entries if (entry.group == "room") is public and may(work, entry.action)]
    return tuple({entry.endpoint: entry for entry in found}.values())


def may_search() -> bool:
    """Whether the bar offers a search: to whose duty permits it."""
    return any(entry.action is Action.SEARCH for entry in entries_for_reader())


def navigation() -> list[Link]:
    """The same as links; the one that leads here is marked by the place a page names, or by its endpoint."""
    here = g.get("place") or request.endpoint
    return [
        Link(url_for(entry.endpoint), words.say(entry.zh, entry.en), entry.endpoint == here, entry.group)
        for entry in entries_for_reader()
    ]


def home_url() -> str:
    """The reader's first page."""
    found = entries_for_reader()
    first = max(found, key=lambda entry: entry.home, default=None)
    return url_for(first.endpoint) if first is not None else url_for("access.password")


def at(endpoint: str) -> None:
    """Tells the navigation to which of its entries this page belongs."""
    g.place = endpoint


def switch(**values: str) -> str:
    """The address of this page with a switch of language or mode."""
    if request.method not in ("GET", "HEAD") or g.get("refused"):
        return "/?" + urlencode(values)
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("lang", "mode")]
    return request.path + "?" + urlencode([*kept, *values.items()])


def take_switches() -> ResponseReturnValue | None:
    """Before each request: the language and mode of the session; a switch in the address is kept and taken away."""
    kept = str(session.get("lang") or "")
    g.language = kept if kept in ("zh", "en") else reader().language if is_signed_in() else "zh"
    if request.method != "GET" or not {"lang", "mode"} & set(request.args):
        return None
    if request.args.get("lang") in ("zh", "en"):
        session["lang"] = request.args["lang"]
    if request.args.get("mode") in ("elder", "plain"):
        session["mode"] = request.args["mode"]
    kept_args = [(name, value) for name, value in request.args.items(multi=True) if name not in ("lang", "mode")]
    return redirect(request.path + ("?" + urlencode(kept_args) if kept_args else ""))


def context() -> dict[str, Any]:
    """What every template may use."""
    home, holdings = ports().get(Home), ports().get(Holdings)
    clock: Clock = ports().get(Clock)  # type: ignore[type-abstract]
    return {
        "t": words.say,
        "said": words.said,
        "language": words.language(),
        "elder": session.get("mode") == "elder",
        "reader": reader(),
        "signed_in": is_signed_in(),
        "room": is_public(),
        "links": navigation,
        "may_search": may_search,
        "switch": switch,
        "help_url": help_url,
        "manuals": MANUALS,
        "bureau": home.settings.bureau.name,
        "grade": words.GRADES[home.settings.grade],
        "trial": home.settings.grade == "trial",
        "trial_seal": holdings.sealing.trial,
        "now": clock.now(),
        "marks_of": words.marks_of,
        "marking_said": words.marking_said,
        "STATES": words.STATES,
        "event_said": lambda kind: words.said(EVENTS.get(kind, (kind, kind))),
    }


FILTERS: dict[str, Callable[..., Any]] = {
    "clauses": words.clauses,
    "closed_up": words.closed_up,
    "day": words.day,
    "format": words.formatted,
    "minute": words.minute,
    "duration": words.duration,
    "size": words.size_said,
}


def set_up_frame(app: Flask) -> None:
    """Gives an application its filters, its context and the switches of language and mode."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(context)
    app.before_request(take_switches)
