"""Limits by the law that sets them: working days with worked weekends, hours, months, last days that move or stay."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest

from archive.kernel.calendars import NO_YEARS, CalendarYear, Festival, WorkCalendar
from archive.kernel.deadlines import Unit, reckon
from archive.kernel.derivations import derive_words
from archive.rules.time_limits import TIME_LIMITS
from archive.service.calendars import shipped_years
from tests.prove import deadlines

CALENDAR = WorkCalendar.of(shipped_years())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def last_day(code: str, start: str) -> date:
    return reckon(TIME_LIMITS[code], at(start), CALENDAR).last_day


def test_twenty_working_days_over_two_breaks_and_a_worked_saturday() -> None:
    found = reckon(TIME_LIMITS["D16"], at("2026-09-21T09:00+08:00"), CALENDAR)
    assert found.last_day == date(2026, 10, 26) and not found.provisional and found.stamp() == "2026v1"
    assert found.due_at == at("2026-10-26T23:59:59.999999+08:00")
    words = derive_words(found)
    assert words.zh[1:3] == ("2026年9月25日至27日中秋节放假，不计入。", "2026年10月1日至7日国庆节放假，不计入。")
    assert "2026年10月10日（星期六）补班，计入。" in words.zh
    assert "Saturday 2026-10-10 is worked in exchange: counted." in words.en


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [
        ("D04", "2026-04-30T10:00+08:00", date(2026, 5, 13)),  # Labour Day break, worked Saturday 9 May
        ("D05", "2024-09-11T23:59+08:00", date(2024, 9, 19)),  # worked Saturday 14, free 15 to 17 September
        ("D12", "2025-09-24T10:00+08:00", date(2025, 10, 14)),  # worked Sunday 28, free 1 to 8, worked Saturday 11
        ("D03", "2026-09-02T10:00+08:00", date(2026, 10, 2)),  # in the break: the Rules do not move it
        ("D03", "2024-01-30T10:00+08:00", date(2024, 2, 29)),
        ("D15", "2026-09-17T10:00+08:00", date(2026, 10, 8)),  # 2 October is free and moves
        ("D15", "2026-09-25T10:00+08:00", date(2026, 10, 10)),  # a worked Saturday does not move
        ("D13", "2024-11-30T10:00+08:00", date(2025, 2, 28)),
        ("D16", "2026-09-21T16:00+00:00", date(2026, 10, 27)),  # midnight in Beijing: received on the 22nd
    ],
)
def test_each_law_counts_its_own_way(code: str, start: str, end: date) -> None:
    assert last_day(code, start) == end


def test_the_unit_belongs_to_the_rule_and_not_to_the_length() -> None:
    units = {code: limit.unit for code, limit in TIME_LIMITS.items()}
    assert (units["D15"], units["D18"]) == (Unit.NATURAL_DAYS, Unit.WORKING_DAYS)
    for limit in TIME_LIMITS.values():
        short = {"行政处罚法第八十五条": {2, 3, 5, 7}, "行政强制法第六十九条": set(range(1, 11))}
        short["行政复议法第八十八条第二款"] = {3, 5, 7, 10}
        if limit.unit_basis in short:
            assert limit.unit is Unit.WORKING_DAYS and limit.length in short[limit.unit_basis], limit.code


def test_hours_run_on_through_every_free_day() -> None:
    found = reckon(TIME_LIMITS["D02"], at("2026-10-01T10:00+08:00"), NO_YEARS)
    assert found.due_at == at("2026-10-02T02:00:00+00:00") and not found.provisional
    assert not found.is_late(at("2026-10-02T10:00+08:00")) and found.is_late(at("2026-10-02T10:00:00.000001+08:00"))


def test_a_year_without_notice_is_provisional_and_says_so() -> None:
    found = reckon(TIME_LIMITS["D16"], at("2027-03-01T10:00+08:00"), CALENDAR)
    assert found.unknown == (2027,) and "暂定：2027年的放假安排尚未录入" in "".join(derive_words(found).zh)
    turn = reckon(TIME_LIMITS["D16"], at("2026-11-27T10:00+08:00"), CALENDAR)
    assert turn.last_day == date(2026, 12, 25) and turn.unknown == (2027,)  # its notice may take the days before
    assert reckon(TIME_LIMITS["D16"], at("2026-11-24T10:00+08:00"), CALENDAR).unknown == ()


def test_a_later_notice_counts_where_two_name_a_day() -> None:
    eve = date(2026, 12, 31)
    notice = CalendarYear(2027, 1, "x", date(2026, 11, 5), (Festival("元旦", "New Year", eve, date(2027, 1, 2)),))
    found = WorkCalendar.of((*shipped_years(), notice))
    assert not found.is_working(eve) and CALENDAR.is_working(eve)


def test_an_instant_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        reckon(TIME_LIMITS["D02"], datetime(2026, 10, 1, tzinfo=UTC).replace(tzinfo=None), CALENDAR)


def test_the_counted_program_walks_to_the_same_ends() -> None:
    out = io.StringIO()
    assert deadlines.prove(300, 7, out) == (300, 0), out.getvalue()
