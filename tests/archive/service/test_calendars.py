"""Notices and running limits in a whole installation: entered once, changed with a reason, counted again and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from access.service.releasing import make_release
from access.service.requests import get_request, review_request, sign_request
from archive.installation import Ledgers
from archive.kernel.clock import FixedClock
from archive.kernel.deadlines import Mark
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.service.calendars import enter_notice, load_calendar
from archive.service.deadlines import deadlines_of_case, follow_calendar, list_deadlines, reckon_again
from archive.service.overview import Unsealed, filed_late, filing_by_unit, list_unsealed
from tests.access.desk import Desk, make_desk
from tests.support.cases import describe_example
from tests.support.house import House, make_house, person
from tests.support.notices import NOTICE


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield make_house(tmp_path)


@pytest.fixture
def desk(house: House) -> Desk:
    return make_desk(house)


def enter(house: House, text: str, reason: str = "", login: str = "sysadmin") -> tuple[date, ...]:
    with house.works.work(person(house, login)) as work:
        enter_notice(work, text, reason)
        return tuple(one.last_day for one in reckon_again(work))


def refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as found:
        act()
    return [reason.code.removeprefix("archive.calendar-") for reason in found.value.all()]


def move(clock: FixedClock, instant: datetime) -> None:
    clock.advance(instant - clock.now())


def test_a_notice_is_entered_once_changed_with_a_reason_and_never_by_others(house: House) -> None:
    with pytest.raises(Refusal, match=r"access\.duty-lacking"):
        enter(house, NOTICE, login="archivist")
    enter(house, NOTICE)
    assert refused(lambda: enter(house, NOTICE, "again")) == ["unchanged"]
    changed = NOTICE.replace("last = 2027-05-05", "last = 2027-05-04")
    assert refused(lambda: enter(house, changed, "  ")) == ["reason-missing"]
    enter(house, changed, "国办通知调整")
    with house.works.work(person(house, "archivist")) as work:
        assert load_calendar(work).years[2027].version == 2
        assert load_calendar(work).is_working(date(2027, 5, 5))
    assert refused(lambda: enter(house, "year = ")) == ["unreadable"]
    entries = house.ports.get(Ledgers).entries("calendar.entered", "calendar/2027")
    assert [entry.body["facts"]["version"] for entry in entries if entry.body] == [2, 1]


def test_a_changed_calendar_moves_what_runs_and_keeps_how_it_was(desk: Desk) -> None:
    house = desk.house
    move(house.clock, datetime(2026, 12, 3, 2, tzinfo=UTC))
    case = desk.case()
    request = desk.ask(case)

    def seen(work: Work) -> tuple[date, bool, int]:
        found = get_request(work, desk.counter, request).deadline
        assert found is not None
        return found.last_day, found.provisional, len(found.before)

    with house.works.work(person(house, "party")) as work:
        assert seen(work) == (date(2026, 12, 31), True, 0)
        assert reckon_again(work) == ()
    assert enter(house, NOTICE) == (date(2026, 12, 30),)  # 27 December is worked, 31 is free
    assert follow_calendar(house.works) == 0
    with house.works.work(person(house, "party")) as work:
        assert seen(work) == (date(2026, 12, 30), False, 1)
    with house.works.work(person(house, "archivist")) as work:
        (told,) = deadlines_of_case(work, case)
        assert [one.subject for one in list_deadlines(work)] == [request]
    assert "暂定" in "".join(told.before[0].words.zh) and "暂定" not in "".join(told.words.zh)
    assert "2026年12月31日（星期四）" in "".join(told.before[0].words.zh)
    moved = house.ports.get(Ledgers).entries("deadline.moved", case)
    assert [(entry.body["facts"]["matter"], entry.body["facts"]["calendar"]) for entry in moved if entry.body] == [
        (request, "2026v1 2027v1")
    ]


def test_what_is_answered_stands_still_and_is_kept(desk: Desk) -> None:
    house, case = desk.house, desk.case()
    move(house.clock, datetime(2026, 12, 3, 2, tzinfo=UTC))
    released, returned = desk.approved(case), desk.ask(case)
    make_release(house.works, desk.counter, person(house, "archivist"), released)
    with house.works.work(person(house, "archivist")) as work:
        review_request(work, desk.counter, returned, get_request(work, desk.counter, returned).items, "")
        seen = get_request(work, desk.counter, returned).scope_digest
        assert [one.subject for one in list_deadlines(work)] == [returned]
    with house.works.work(person(house, "deputy")) as work:
        sign_request(work, desk.counter, returned, approves=False, reason="材料与本案无关", seen=seen)
    assert enter(house, NOTICE) == ()
    with house.works.work(person(house, "archivist")) as work:
        assert list_deadlines(work) == ()
        ended = deadlines_of_case(work, case)
    assert {(one.last_day, one.ended_at, one.before) for one in ended} == {(date(2026, 12, 31), house.clock.now(), ())}
    for login in ("foreign", "party"):
        with pytest.raises(Refusal), house.works.work(person(house, login)) as work:
            deadlines_of_case(work, case)


def test_filing_is_marked_seven_three_and_no_days_before_and_late_from_midnight(house: House) -> None:
    case = describe_example(house, closed=date(2026, 11, 1))
    marks = []
    for day in (23, 24, 28, 30):
        move(house.clock, datetime(2026, 11, day, 4, tzinfo=UTC))
        marks.append(_waiting(house).mark)
    assert marks == [Mark.LATER, Mark.SEVEN, Mark.THREE, Mark.THREE]
    move(house.clock, datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC))
    assert _waiting(house).mark is Mark.TODAY and _waiting(house).line.case_id == case
    in_time = describe_example(house, closed=date(2026, 11, 1))
    move(house.clock, datetime(2026, 12, 1, 16, tzinfo=UTC))
    assert _waiting(house).mark is Mark.OVER
    late = describe_example(house, closed=date(2026, 11, 1))
    with house.works.work(person(house, "archivist")) as work:
        assert [line.case_id for line in filed_late(work, house.holdings, 2026)] == [late] and in_time != late
        (unit,) = filing_by_unit(work, 2026)
    assert (unit.filed, unit.on_time, unit.longest) == (3, 2, 31)


def _waiting(house: House) -> Unsealed:
    with house.works.work(person(house, "archivist")) as work:
        return list_unsealed(work, house.holdings)[0]
