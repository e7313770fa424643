"""Desk 工作台: the first screen, what waits for this reader now; and the help page with the keys."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, house, open_to_all, open_work
from archive.doors.web.frame import at, entries_for_reader, home_url, is_public
from archive.doors.web.parts import DeskPart, Todo
from archive.kernel.guard import Action
from archive.terms import Level

pages = Blueprint("desk", __name__)
STAFF = (Action.LIST, Action.OPERATE, Action.AUDIT, Action.ASSIGN_DUTIES)


@pages.get("/")
@asks(*STAFF, Action.REQUEST_COPY)
def home() -> ResponseReturnValue:
    """What waits for the reader, by duty; a party is led to the reading room, whoever has no duty to the password."""
    found = entries_for_reader()
    if is_public() or not found:
        return redirect(home_url())
    at("desk.home")
    with open_work() as work:
        ask_duty(work, *STAFF)
        promised = house().desk(work)
    made = (part if isinstance(part, DeskPart) else part() for part in promised)
    parts = tuple(sorted(made, key=lambda part: part.order))
    todos = sorted((todo for part in parts for todo in part.todos if todo.count), key=_urgency)
    return render_template(
        "archive/desk.html",
        rows=pair_halves(parts),
        todos=todos,
        act=next((part.act for part in parts if part.act is not None), None),
        top=words.top_marks([*(row for part in parts for row in part.marked), (Level.NONE, ())]),
    )


@pages.get("/help")
@open_to_all
def help_page() -> ResponseReturnValue:
    """Keys, words and where to ask; shows no record."""
    at("desk.help_page")
    return render_template("archive/help.html")


def _urgency(todo: Todo) -> int:
    return ("late", "soon", "").index(todo.css)


def pair_halves(parts: tuple[DeskPart, ...]) -> list[tuple[DeskPart, ...]]:
    """Sections as rows: two half sections that follow each other share one."""
    rows: list[tuple[DeskPart, ...]] = []
    for part in parts:
        last = rows[-1] if rows else ()
        if part.half and len(last) == 1 and last[0].half:
            rows[-1] = (last[0], part)
        else:
            rows.append((part,))
    return rows
