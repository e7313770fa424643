"""Calendars 历法 of an installation: the notices that came with the program, and every version entered since."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import select

from archive.kernel.calendars import CalendarYear, Festival, WorkCalendar
from archive.kernel.clock import legal_date
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.rules.notices import check_notice, read_notice
from archive.tables import CalendarRow

LONGEST_TEXT = 64 * 1024
MOST_REASON = 400


@cache
def shipped_years() -> tuple[CalendarYear, ...]:
    """The notices that came with the program, each version 1 of its year."""
    folder = resources.files("archive") / "calendars"
    texts = sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(read_notice(tomllib.loads(text), 1) for _, text in texts)


def load_calendar(work: Work) -> WorkCalendar:
    """The calendar in force: of every year its newest version."""
    return WorkCalendar.of((*shipped_years(), *_entered(work)))


def list_years(work: Work) -> tuple[CalendarYear, ...]:
    """Every version of every year, oldest first. What stands in a notice is public: nobody is asked."""
    return tuple(sorted((*shipped_years(), *_entered(work)), key=lambda one: (one.year, one.version)))


def enter_notice(work: Work, text: str, reason: str = "") -> CalendarYear:
    """Enters the notice of a year 录入放假安排 as its next version, with an entry in the ledger.

    Refuses, with every reason at once, what no notice can say; what is known already; and a year that is known
    differently without a written reason. Whoever enters it counts the open limits again (``reckon_again``).
    """
    work.require(Action.OPERATE, SYSTEM)
    given = _parse(text)
    current = load_calendar(work).years.get(given.year)
    if refusal := Refusal.join(check_notice(given, legal_date(work.now))):
        raise refusal
    reason = " ".join(reason.split())[:MOST_REASON]
    if current is not None:
        if _plain(current) == _plain(given):
            raise Refusal("archive.calendar-unchanged", year=current.year, version=current.version)
        if not reason:
            raise Refusal("archive.calendar-reason-missing", year=current.year, version=current.version)
    version = current.version + 1 if current else 1
    work.session.add(
        CalendarRow(
            year=given.year,
            version=version,
            notice=_plain(given),
            reason=reason,
            entered_at=work.now,
            entered_by=work.actor.id,
        )
    )
    work.session.flush()
    facts = {"year": given.year, "version": version, "basis": given.basis, "notice": _plain(given), "reason": reason}
    work.journal.record("calendar.entered", f"calendar/{given.year}", facts)
    return CalendarYear(given.year, version, given.basis, given.issued_on, given.festivals)


def _parse(text: str) -> CalendarYear:
    if len(text) > LONGEST_TEXT:
        raise Refusal("archive.calendar-unreadable", detail=f"> {LONGEST_TEXT}")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Refusal("archive.calendar-unreadable", detail=str(wrong)) from wrong
    return read_notice(data, 1)


def _entered(work: Work) -> list[CalendarYear]:
    rows = work.session.scalars(select(CalendarRow).order_by(CalendarRow.year, CalendarRow.version))
    return [_year_of(row.notice, row.version) for row in rows]


def _plain(notice: CalendarYear) -> dict[str, Any]:
    """A notice as JSON keeps it; its version is no part of what it says."""
    return {
        "year": notice.year,
        "basis": notice.basis,
        "issued_on": notice.issued_on.isoformat(),
        "festival": [
            {
                "zh": one.zh,
                "en": one.en,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "worked": [day.isoformat() for day in one.worked],
            }
            for one in notice.festivals
        ],
    }


def _year_of(plain: Mapping[str, Any], version: int) -> CalendarYear:
    festivals = (
        Festival(
            one["zh"],
            one["en"],
            date.fromisoformat(one["first"]),
            date.fromisoformat(one["last"]),
            tuple(date.fromisoformat(day) for day in one["worked"]),
        )
        for one in plain["festival"]
    )
    return CalendarYear(
        plain["year"], version, plain["basis"], date.fromisoformat(plain["issued_on"]), tuple(festivals)
    )
