"""Sections of the first screen that the holdings give 馆藏栏目: filing, seals, key tiers, ledgers, the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from flask import url_for

from archive.doors.web import words
from archive.doors.web.asking import holdings, may
from archive.doors.web.parts import DeskPart, DeskPartLater, Todo
from archive.kernel.clock import legal_date
from archive.kernel.deadlines import Mark
from archive.kernel.guard import Action
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.kernel.work import Work
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.service.health import examine
from archive.service.ledger_view import events_today, ledger_states
from archive.service.overview import filed_late, filing_by_unit, list_unsealed, sealed_by_day
from archive.service.queue_view import waiting_messages

SHOWN = 8
_DECIDERS = (Action.APPROVE_REQUEST, Action.PLACE_HOLD, Action.CLEAR)

_FILING = {
    Mark.OVER: ("%d 卷归档逾期", "%d filings overdue", "late"),
    Mark.TODAY: ("%d 卷今日到期", "%d filings due today", "late"),
    Mark.THREE: ("%d 卷三日内到期", "%d filings due in three days", "soon"),
    Mark.SEVEN: ("%d 卷七日内到期", "%d filings due in seven days", "soon"),
}
"""What the first screen says of cases near their limit for filing: 7, 3 and 0 days before, and over."""


def desk_parts(work: Work, ports: Ports) -> Sequence[DeskPart | DeskPartLater]:
    """The holdings' sections for this reader; the guard is asked for each kind."""
    found: list[DeskPart | DeskPartLater] = []
    if may(work, Action.LIST):
        found += _filing(work, keeps=not any(may(work, action) for action in _DECIDERS))
    if may(work, Action.UNLOCK_KEYS):
        found.append(_tiers(ports))
    if may(work, Action.AUDIT):
        found.append(_ledger(work))
    if may(work, Action.OPERATE):
        found += _machine(work, ports)
    return found


def _filing(work: Work, *, keeps: bool) -> Iterator[DeskPart]:
    """Filing limits and seals for who keeps the files; the comparison of units for who only supervises them."""
    today = legal_date(work.now)
    if keeps and may(work, Action.READ):
        waiting = list_unsealed(work, holdings())
        near = Counter(one.mark for one in waiting)
        here = url_for("desk.home") + "#filing-h"
        todos = tuple(Todo(near[mark], zh, en, here, css) for mark, (zh, en, css) in _FILING.items())
        facts = {"waiting": waiting[:SHOWN], "count": len(waiting), "split": words.split_title}
        marked = tuple((one.line.level, one.line.kinds) for one in waiting[:SHOWN])
        yield DeskPart("archive/desk-filing.html", facts, 10, todos=todos, marked=marked)
    if keeps and not may(work, Action.READ):
        units = filing_by_unit(work, today.year)
        lines = filed_late(work, holdings(), today.year)
        facts = {"units": units, "lines": lines[:SHOWN], "year": today.year, "split": words.split_title}
        yield DeskPart(
            "archive/desk-units.html",
            {**facts, "late": len(lines)},
            10,
            marked=tuple((line.level, line.kinds) for line in lines[:SHOWN]),
        )
    if keeps:
        yield DeskPart("archive/desk-sealed.html", _sealed(work, today), 30, half=True)


def _sealed(work: Work, today: date) -> dict[str, object]:
    days = sealed_by_day(work, today)
    before = sealed_by_day(work, today.replace(day=1) - timedelta(days=1))
    same = sum(number for day, number in before.items() if day.day <= today.day)
    month = (today.replace(day=number) for number in range(1, today.day + 1))
    rows = [(str(day.day), days.get(day, 0)) for day in month if day in days or day.weekday() < 5] if days else []
    return {"rows": rows, "total": sum(days.values()), "before": same, "month": today.month}


def _tiers(ports: Ports) -> DeskPart:
    keys = ports.get(KeyStore)
    tiers = [(tier, keys.is_unlocked(tier)) for tier in Tier if tier is not Tier.GENERAL]
    locked = sum(not is_open for _, is_open in tiers)
    here = url_for("desk.home") + "#tiers-h"
    todo = Todo(locked, "%d 个密钥层未解锁", "%d key tiers are locked", here, "soon")
    return DeskPart("archive/desk-tiers.html", {"tiers": tiers, "words": words.TIERS}, 40, half=True, todos=(todo,))


def _ledger(work: Work) -> DeskPart:
    states, events = ledger_states(work), events_today(work)
    denied = dict(events).get("deed.refused", 0)
    here = url_for("ledger.show")
    todos = (
        Todo(denied, "今日 %d 次被拒", "%d refusals today", url_for("ledger.show", kind="deed.refused")),
        Todo(sum(state.pending for state in states), "%d 条待入树", "%d entries wait for their leaf", here, "soon"),
    )
    facts = {"states": states, "events": events}
    return DeskPart("archive/desk-ledger.html", facts, 10, todos=todos, act=(here, "查账", "Search the ledger"))


def _machine(work: Work, ports: Ports) -> Iterator[DeskPart | DeskPartLater]:
    yield lambda: _lights(ports)
    queue = waiting_messages(work)
    stuck = Todo(sum(one.stuck for one in queue), "%d 项后续工作停住", "%d follow-ups are stuck", "/#queue-h", "late")
    yield DeskPart("archive/desk-queue.html", {"queue": queue}, 20, half=True, todos=(stuck,))
    if not may(work, Action.AUDIT):
        yield DeskPart("archive/desk-ledger-state.html", {"states": ledger_states(work)}, 21, half=True)


def _lights(ports: Ports) -> DeskPart:
    parts = examine(ports.get(Home), ports.get(KeyStore), ports.get(Holdings))
    lights = [part.light for part in parts]
    here = url_for("status.show")
    todos = (
        Todo(lights.count("red"), "%d 个部件故障", "%d parts broken", here, "late"),
        Todo(lights.count("amber"), "%d 个部件须留意", "%d parts want attention", here, "soon"),
    )
    facts = {"parts": [part for part in parts if part.light != "green"], "count": len(parts)}
    return DeskPart("archive/desk-machine.html", facts, 10, todos=todos, act=(here, "系统状态", "System status"))
