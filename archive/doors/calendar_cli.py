"""Command line of calendars and limits 历法与期限命令."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.kernel.calendars import CalendarYear
from archive.kernel.clock import parse_instant, to_rfc3339
from archive.kernel.deadlines import Mark, TimeLimit, mark_of
from archive.kernel.derivations import Derivation, derive_words
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from archive.ports import Holdings
from archive.rules.time_limits import FILING
from archive.service.calendars import enter_notice, list_years
from archive.service.case_limits import CaseLimit, limits_of_case
from archive.service.deadlines import Running, deadlines_of_case, list_deadlines, reckon_again
from archive.service.overview import Unsealed, list_unsealed
from archive.service.reading import get_case

MARKS = {
    Mark.OVER: ("已逾期", "over"),
    Mark.TODAY: ("今日到期", "ends today"),
    Mark.THREE: ("三日内到期", "within three days"),
    Mark.SEVEN: ("七日内到期", "within seven days"),
    Mark.LATER: ("", ""),
}
PROVISIONAL = " 暂定 provisional"


@click.group("calendar", help="放假安排：录入、查看 · notices of working days")
def calendar_group() -> None:
    """The State Council's notices."""


@calendar_group.command("enter", help="录入一年的放假安排（系统管理员）· enter the notice of a year")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reason", default="", help="改动已有年份的依据 · what a changed year rests on")
@pass_console
def calendar_enter(console: Console, file: Path, reason: str) -> None:
    """Running limits are counted again in the same transaction; what moved is told."""
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as wrong:
        raise Refusal("archive.calendar-unreadable", detail="UTF-8") from wrong
    notice, moved = console.ports.get(Works).perform(
        console.actor(), lambda work: (enter_notice(work, text, reason), reckon_again(work))
    )
    rows = [(one.subject, console.minute(one.before[0].due_at), console.minute(one.due_at)) for one in moved]
    title = console.say(
        f"已录入{notice.year}年第{notice.version}版；期限变动 {len(moved)} 项",
        f"{notice.year} version {notice.version} entered; limits moved: {len(moved)}",
    )
    columns = tuple(console.say("事项 原期限 现期限", "matter was due").split())
    told = [
        {"matter": one.subject, "was": one.before[0].due_at.isoformat(), "due": one.due_at.isoformat()} for one in moved
    ]
    console.answer(
        {"year": notice.year, "version": notice.version, "moved": told}, lambda: console.table(title, columns, rows)
    )


@calendar_group.command("show", help="已录入的放假安排及版本 · the notices there are, by version")
@click.argument("year", required=False, type=int)
@pass_console
def calendar_show(console: Console, year: int | None) -> None:
    """Every version; of one year also its days."""
    with console.ports.get(Works).work(console.actor()) as work:
        years = [one for one in list_years(work) if year in (None, one.year)]
    if year is not None and not years:
        raise Refusal("archive.calendar-unknown", year=year)
    rows = [(str(one.year), str(one.version), one.basis, str(one.issued_on), _days(console, one)) for one in years]
    columns = tuple(console.say("年份 版次 文号 印发 放假与补班", "year version basis issued breaks").split())
    told = [{"year": one.year, "version": one.version, "basis": one.basis} for one in years]
    console.answer({"years": told}, lambda: console.table(console.say("放假安排", "Notices"), columns, rows))


def _days(console: Console, notice: CalendarYear) -> str:
    def said(day: date) -> str:
        return console.say(f"{day.month}月{day.day}日", f"{day:%m-%d}")

    free, worked = console.say("至", " to "), console.say("补班", "worked")
    return "; ".join(
        f"{console.say(one.zh, one.en)} {said(one.first)}{free}{said(one.last)}"
        + (f" ({worked} {', '.join(map(said, one.worked))})" if one.worked else "")
        for one in notice.festivals
    )


@click.command(
    "deadlines", help="期限：在办的；或一个案卷的及其推导 · limits that run, or one case's with their derivation"
)
@click.argument("case", required=False)
@pass_console
def deadlines(console: Console, case: str | None) -> None:
    """Without a case: what runs and what waits for its seal, the nearest first. With one: each limit day by day."""
    if case is None:
        _print_running(console)
    else:
        _print_case(console, find_case(console, case))


def _print_running(console: Console) -> None:
    holdings = console.ports.get(Holdings)
    with holdings.works.work(console.actor()) as work:
        work.require(Action.LIST, SYSTEM)
        found = [_running(one, work.now) for one in list_deadlines(work)]
        found += [_waiting(one) for one in list_unsealed(work, holdings)]
    found.sort(key=lambda one: one["last_day"])
    rows = [
        (
            one["last_day"],
            str(one["days_left"]),
            console.say(*MARKS[mark_of(one["days_left"])]) + (PROVISIONAL if one["provisional"] else ""),
            console.say(one["zh"], one["en"]),
            one["matter"],
        )
        for one in found
    ]
    columns = tuple(console.say("期限 剩余日 提示 事项 标识", "due left mark limit matter").split())
    console.answer({"deadlines": found}, lambda: console.table(console.say("期限", "Limits"), columns, rows))


def _running(one: Running, now: datetime) -> dict[str, Any]:
    return {
        **_line(one.limit, one.subject, one.last_day),
        "days_left": one.days_left(now),
        "provisional": one.provisional,
    }


def _waiting(one: Unsealed) -> dict[str, Any]:
    return {**_line(FILING, one.line.reference_code, one.limit), "days_left": one.days_left, "provisional": False}


def _line(limit: TimeLimit, matter: str, last_day: date) -> dict[str, Any]:
    return {"code": limit.code, "zh": limit.zh, "en": limit.en, "matter": matter, "last_day": last_day.isoformat()}


def _print_case(console: Console, case_id: CaseId) -> None:
    holdings = console.ports.get(Holdings)
    with holdings.works.work(console.actor()) as work:
        own = list(limits_of_case(get_case(work, holdings, case_id)))
        running = deadlines_of_case(work, case_id)
    told = [*map(_own_told, own), *map(_running_told, running)]
    console.answer({"deadlines": told}, lambda: _print_told(console, told))


def _own_told(one: CaseLimit) -> dict[str, Any]:
    found = one.reckoning
    words = derive_words(found)
    line = _line(found.limit, one.reference, found.last_day)
    return {**line, "done": _instant(one.done_at), "late": one.late, **_words(words), "before": []}


def _running_told(one: Running) -> dict[str, Any]:
    ended = one.ended_at
    return {
        **_line(one.limit, one.subject, one.last_day),
        "done": _instant(ended),
        "late": ended is not None and ended > one.due_at,
        **_words(one.words),
        "before": [_words(each.words) for each in one.before],
    }


def _instant(at: datetime | None) -> str | None:
    return to_rfc3339(at) if at is not None else None


def _words(words: Derivation) -> dict[str, list[str]]:
    return {"derivation_zh": list(words.zh), "derivation_en": list(words.en)}


def _print_told(console: Console, told: Sequence[dict[str, Any]]) -> None:
    chosen = console.say("derivation_zh", "derivation_en")
    for one in told:
        late = console.say("　逾期", "  LATE") if one["late"] else ""
        done = console.minute(parse_instant(one["done"])) if one["done"] else console.say("在办", "running")
        head = f"{one['last_day']}  {console.say(one['zh'], one['en'])}  {one['matter']}  {done}{late}"
        before = [console.say("此前的推导（已被取代）：", "Counted before, and replaced:")] if one["before"] else []
        lines = [*one[chosen], *before, *(line for each in one["before"] for line in each[chosen])]
        console.terminal.print("\n    ".join([head, *lines]), markup=False)


commands: tuple[click.Command, ...] = (calendar_group, deadlines)
