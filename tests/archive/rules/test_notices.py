"""What no notice can say is found, each by its name and all at once; what may be true passes."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from archive.kernel.refusals import Refusal
from archive.rules.notices import check_notice, read_notice
from archive.service.calendars import shipped_years
from tests.support.notices import NOTICE

TODAY = date(2026, 11, 24)


def _found(text: str) -> list[str]:
    try:
        found = check_notice(read_notice(tomllib.loads(text), 1), TODAY)
    except Refusal as refusal:
        found = [refusal]
    return [reason.code.removeprefix("archive.calendar-") for reason in found]


def test_what_may_be_true_passes() -> None:
    assert _found(NOTICE) == []
    assert [(one.year, check_notice(one, TODAY)) for one in shipped_years()] == [(2024, []), (2025, []), (2026, [])]


@pytest.mark.parametrize(
    ("was", "now", "codes"),
    [
        ("year = 2027", "year = true", ["unreadable"]),
        ('zh = "元旦"', 'zh = ""', ["unreadable"]),
        ("worked = ", "work = ", ["unreadable"]),
        ("worked = [2026-12-27]", "worked = [2026-12-27T08:00:00Z]", ["unreadable"]),
        ("issued_on = 2026-11-20", "issued_on = 2026-11-25", ["date-wrong"]),
        ("year = 2027", "year = 2028", ["date-wrong"]),
        ("last = 2027-10-07", "last = 2027-10-17", ["break-wrong"]),
        ("last = 2027-10-07", "last = 2027-09-07", ["break-wrong"]),
        ("first = 2026-12-31", "first = 2026-12-20", ["day-outside"] * 4 + ["day-twice"]),
        ("[2026-12-27]", "[2027-01-02]", ["day-twice"]),
        ("[2026-12-27]", "[2026-12-28, 2028-01-01]", ["day-worked-anyway", "day-outside"]),
        ("first = 2027-05-01", "first = 2027-05-02", ["day-missing"]),
    ],
)
def test_nonsense_is_refused_by_name(was: str, now: str, codes: list[str]) -> None:
    assert was in NOTICE
    assert sorted(_found(NOTICE.replace(was, now))) == sorted(codes)
