"""Periods, triggers and the one rule that builds a disposal order: never before the last day, never in one hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.kernel.approval import Signature
from archive.kernel.deadlines import add_years, hours_after, natural_days_after
from archive.kernel.ids import CaseId, HoldId, PersonId
from archive.kernel.orders import DisposalOrder
from archive.kernel.refusals import Catalogue, Refusal
from retention.rules.disposal import STEPS, order_disposal
from retention.rules.periods import default_rule, derive, disposal_year, permanent_rule, strictest
from retention.terms import RetentionRule

CASE = CaseId("case_a")
NOW = datetime(2060, 1, 1, 4, tzinfo=UTC)
DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


def hand(step: int, person: str, *, approves: bool = True) -> Signature:
    return Signature(STEPS[step].name, PersonId(person), STEPS[step].duty, approves, NOW, "期满", CASE)


BOTH = (hand(0, "a"), hand(1, "b"))


def order(rule: RetentionRule, closed: date, today: date, **changed: Any) -> DisposalOrder:
    parts: dict[str, Any] = {"holds": (), "signatures": BOTH, **changed}
    return order_disposal(CASE, derive(rule, closed), parts["holds"], parts["signatures"], today=today, now=NOW)


@pytest.mark.parametrize(
    ("closed", "starts", "last"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), date(2056, 12, 31)),
        (date(2026, 12, 31), date(2027, 1, 1), date(2056, 12, 31)),
        (date(2024, 2, 29), date(2025, 1, 1), date(2054, 12, 31)),
        (date(1995, 6, 1), date(1996, 1, 1), date(2025, 12, 31)),
    ],
)
def test_thirty_years_from_the_year_after_closing(closed: date, starts: date, last: date) -> None:
    found = derive(default_rule(30), closed)
    assert (found.starts_on, found.last_day) == (starts, last)
    assert found.earliest_disposal == last + timedelta(days=1)
    assert disposal_year(found) == last.year + 1
    assert str(last) in found.sentence() and "第二十四条" in found.sentence() and str(last) in found.sentence("en")


@given(DAYS, st.integers(30, 100))
def test_never_before_the_last_day_and_always_after_it(closed: date, years: int) -> None:
    rule = default_rule(years)
    found = derive(rule, closed)
    assert found.last_day is not None and found.earliest_disposal is not None
    assert found.last_day.year - closed.year == years and (found.last_day.month, found.last_day.day) == (12, 31)
    with pytest.raises(Refusal) as running:
        order(rule, closed, found.last_day)
    assert [reason.code for reason in running.value.all()] == ["retention.period-running"]
    made = order(rule, closed, found.earliest_disposal)
    assert made.due_since == found.earliest_disposal and made.signatures == BOTH and made.case_id == CASE


@given(DAYS, st.integers(0, 200))
def test_years_are_added_to_the_same_day_or_the_last_of_its_month(day: date, years: int) -> None:
    later = add_years(day, years)
    assert (later.year, later.month) == (day.year + years, day.month)
    assert later.day == day.day or (day.month, day.day, later.day) == (2, 29, 28)


def test_the_leap_day_keeps_its_month() -> None:
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert add_years(date(2024, 2, 29), 76) == date(2100, 2, 28)  # 2100 is a common year
    assert natural_days_after(date(2024, 2, 28), 2) == date(2024, 3, 1)
    assert hours_after(NOW, 36) - NOW == timedelta(hours=36)


@given(st.integers(-5, 29))
def test_fewer_than_thirty_years_are_refused(years: int) -> None:
    with pytest.raises(Refusal) as short:
        default_rule(years)
    assert short.value.code == "retention.period-too-short"


def test_what_is_kept_for_ever_is_never_ordered_and_needs_its_law() -> None:
    with pytest.raises(Refusal) as bare:
        permanent_rule(" ")
    assert bare.value.code == "retention.basis-missing"
    for_ever = permanent_rule("某法第一条")
    assert disposal_year(derive(for_ever, date(2026, 1, 1))) == 9999
    assert "永久" in derive(for_ever, date(2026, 1, 1)).sentence()
    with pytest.raises(Refusal) as kept:
        order(for_ever, date(1900, 1, 1), date(9000, 1, 1))
    assert kept.value.code == "retention.kept-permanently"


@given(st.lists(st.integers(30, 200) | st.none(), min_size=1))
def test_the_strictest_rule_keeps_longest(years: list[int | None]) -> None:
    rules = [permanent_rule("法") if each is None else default_rule(each) for each in years]
    found = strictest(rules).years
    assert found is None if None in years else found == max(each for each in years if each is not None)


@pytest.mark.parametrize(
    ("signatures", "code"),
    [
        ((), "retention.signatures-missing"),
        ((hand(0, "a"),), "retention.signatures-missing"),
        ((hand(0, "a"), hand(1, "b", approves=False)), "retention.signatures-missing"),
        ((hand(0, "a"), hand(1, "a")), "retention.same-hand"),
    ],
)
def test_every_hand_is_needed_and_each_another(signatures: tuple[Signature, ...], code: str) -> None:
    with pytest.raises(Refusal) as missing:
        order(default_rule(30), date(1990, 1, 1), date(2050, 1, 1), signatures=signatures)
    assert code in [reason.code for reason in missing.value.all()]


def test_every_reason_is_told_at_once_and_has_its_text() -> None:
    with pytest.raises(Refusal) as found:
        order(default_rule(30), date(2026, 1, 1), date(2030, 1, 1), holds=(HoldId("hold_a"),), signatures=())
    codes = [reason.code for reason in found.value.all()]
    assert codes == ["retention.hold-active", "retention.period-running", "retention.signatures-missing"]
    catalogue = Catalogue.load(["retention"])
    assert all(
        "—" not in catalogue.tell(reason, language).what for reason in found.value.all() for language in ("zh", "en")
    )
