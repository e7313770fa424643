"""Asking 门前判定: every view says which action it asks for, and no answer leaves before the guard was asked.

``asks`` marks a view and refuses, as a fault, an answer for which the guard was asked nothing of what it declared.
``open_to_all`` marks the few views that show no record; a house test names them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from sqlalchemy.orm import Session

from archive.doors.web.parts import House
from archive.kernel.actor import Actor, nobody
from archive.kernel.guard import SYSTEM, Action, Decision, Guard, Purpose, Target
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import Visibility
from archive.kernel.work import Work, Works
from archive.ports import Holdings

EXTENSION = "anjuan"
API = "/api/"
"""Where programs speak, not people: refusals are problem+json there, and nobody is sent to a sign-in page."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
V = TypeVar("V", bound=Callable[..., ResponseReturnValue])


class Signed(Protocol):
    """What a session tells of its reader 会话: the actor, or nobody; whether an API token spoke and no cookie."""

    actor: Actor
    by_token: bool


class AskedGuard:
    """The guard, remembering for one request what it was asked 判定留痕."""

    def __init__(self, inner: Guard, asked: set[Action]) -> None:
        self._inner = inner
        self._asked = asked

    def decide(self, actor: Actor, action: Action, target: Target, purpose: Purpose = Purpose.DUTY) -> Decision:
        """The inner guard's decision."""
        self._asked.add(action)
        return self._inner.decide(actor, action, target, purpose)

    def visibility(self, actor: Actor, action: Action) -> Visibility:
        """The inner guard's filter."""
        self._asked.add(action)
        return self._inner.visibility(actor, action)


def house() -> House:
    """The doors of this application."""
    return cast(House, current_app.extensions[EXTENSION])


def ports() -> Ports:
    """The ports of this application."""
    return house().ports


def reader() -> Actor:
    """Who is reading; nobody before signing in."""
    return getattr(session, "actor", None) or nobody()


def is_signed_in() -> bool:
    """Whether the reader has signed in."""
    return reader().kind != "anonymous"


def is_api() -> bool:
    """Whether a program asks."""
    return request.path.startswith(API)


def works() -> Works:
    """Units of work whose guard remembers for this request what it was asked."""
    kept = ports().get(Works)
    asked = _asked()

    def guard_for(database: Session, now: datetime) -> Guard:
        return AskedGuard(kept.guard_for(database, now), asked)

    return replace(kept, guard_for=guard_for)


def holdings() -> Holdings:
    """The holdings, working with ``works()``."""
    return replace(ports().get(Holdings), works=works())


@contextmanager
def open_work() -> Iterator[Work]:
    """One deed of the reader: commits at the end, rolls back when it raises."""
    with works().work(reader()) as work:
        yield work


def ask_duty(work: Work, *actions: Action) -> None:
    """Refuses whose duties permit none of ``actions``; the deed asks again for its object.

    Asked before anything is looked up, so that the answer is the same for what exists and for what does not.
    """
    decisions = [work.guard.decide(work.actor, action, SYSTEM) for action in actions]
    if not any(decision.allowed for decision in decisions):
        work.require(actions[0], SYSTEM)


def may(work: Work, action: Action, target: Target = SYSTEM) -> bool:
    """Whether the reader may; for showing or hiding what can be done, never instead of asking in the deed."""
    return work.guard.decide(work.actor, action, target).allowed


def asks(*actions: Action) -> Callable[[V], V]:
    """Marks a view that asks the guard for one of ``actions``; sends whoever has not signed in to the sign-in page."""

    def mark(view: V) -> V:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> ResponseReturnValue:
            if not is_signed_in():
                if is_api():
                    raise Refusal("archive.sign-in-needed")
                return redirect(url_for("access.sign_in", next=local_path()))
            if is_api() and not getattr(session, "by_token", False) and request.method not in _SAFE:
                _require_own_page()
            answer = view(*args, **values)
            if not _asked() & set(actions):
                raise RuntimeError(f"the view {request.endpoint} answered without asking the guard")
            return answer

        guarded.__dict__["asks"] = actions
        return cast(V, guarded)

    return mark


def _require_own_page() -> None:
    """A cookie alone changes nothing here: only a page of ours knows the token and can set a header with it."""
    try:
        validate_csrf(request.headers.get("X-CSRF-Token"))
    except ValueError:
        raise Refusal("archive.form-expired") from None


def open_to_all(view: V) -> V:
    """Marks a view that shows no record and asks nobody; each stands on the list of a house test."""
    view.__dict__["open_to_all"] = True
    return view


def local_path() -> str:
    """Where the reader is, for coming back after signing in; only a GET can be come back to."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else ""


def safe_next(wanted: str) -> str | None:
    """``wanted`` when it is a path of this application; None for an address of anywhere else."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    return wanted if plain and not any(ord(sign) < 33 for sign in wanted) else None


def _asked() -> set[Action]:
    found = g.get("asked")
    if found is None:
        found = g.asked = set()
    return cast("set[Action]", found)
