"""Volumes 整卷合订: one volume of a case as one PDF/A to be saved, sent while it is being written."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, holdings, open_work, reader
from archive.doors.web.headers import CONTENT_POLICY, disposition
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.service.volumes import read_volume

pages = Blueprint("volumes", __name__)
AT_ONCE = 2
"""Volumes that are bound at the same time: each holds a thread of the service until its reader has taken it."""
_seats = threading.BoundedSemaphore(AT_ONCE)


class _Seat:
    """One of the places for binding; given back once, by whatever comes first: the end, a fault, a closed line."""

    def __init__(self) -> None:
        if not _seats.acquire(blocking=False):
            raise Refusal("archive.volume-busy", most=AT_ONCE)
        self._held = True

    def give_back(self) -> None:
        """Lets the next one bind."""
        if self._held:
            self._held = False
            _seats.release()

    def over(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces; the place is free after the last."""
        try:
            yield from pieces
        finally:
            self.give_back()


@pages.get("/cases/<case_id>/volumes/<int:number>.pdf")
@asks(Action.READ)
def bound(case_id: str, number: int) -> ResponseReturnValue:
    """The volume as this reader may see it; the connection is cut when the right to read ends on the way."""
    with open_work() as work:
        ask_duty(work, Action.READ)
    seat = _Seat()
    try:
        made = read_volume(holdings(), reader(), CaseId(case_id), number)
    except BaseException:
        seat.give_back()
        raise
    answer = Response(seat.over(made.pieces), mimetype="application/pdf", direct_passthrough=True)
    answer.call_on_close(seat.give_back)  # also where nobody ever asked for the first piece
    answer.headers["Content-Disposition"] = disposition("attachment", made.name)
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer
