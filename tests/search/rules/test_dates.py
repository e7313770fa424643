"""Date ranges: the tokens of a range select exactly its days."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.rules.dates import cover, date_tokens, span

DAYS = st.dates(date(2018, 1, 1), date(2026, 12, 31))


@given(DAYS, DAYS)
@settings(max_examples=60, deadline=None)
def test_cover_selects_exactly_the_days_of_the_range(one: date, other: date) -> None:
    start, end = sorted((one, other))
    chosen = set(cover(start, end))
    for day in (date(2017, 12, 1) + timedelta(days=n) for n in range(0, 3400, 1)):
        assert bool(chosen & set(date_tokens(day.isoformat()))) == (start <= day <= end)


def test_cover_is_short() -> None:
    assert len(cover(date(1900, 1, 2), date(2199, 12, 30))) < 400


@pytest.mark.parametrize("text", ["", "20", "2024-13", "2024-02-30", "heute", "2024-1-1-1"])
def test_what_is_no_date(text: str) -> None:
    assert span(text) is None


def test_span_of_a_month_ends_with_its_last_day() -> None:
    assert span("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
