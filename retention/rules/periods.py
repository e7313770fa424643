"""Periods 期限: thirty years unless another law says longer (article 24), counted as the rule says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from archive.kernel.deadlines import add_years
from archive.kernel.refusals import Refusal
from retention.terms import Derivation, RetentionRule, Trigger

BASIS = "办法第二十四条"
LEAST_YEARS = 30


def default_rule(years: int) -> RetentionRule:
    """The rule of article 24. Refuses fewer than thirty years: a schedule may be longer, never shorter."""
    if years < LEAST_YEARS:
        raise Refusal("retention.period-too-short", years=years)
    return RetentionRule(f"D{years}", years, Trigger.CLOSED_NEXT_YEAR, BASIS)


def permanent_rule(basis: str) -> RetentionRule:
    """A rule that never ends; needs the law that says so."""
    if not basis.strip():
        raise Refusal("retention.basis-missing")
    return RetentionRule("Y", None, Trigger.CLOSED_NEXT_YEAR, basis)


def strictest(rules: Iterable[RetentionRule]) -> RetentionRule:
    """The rule that keeps longest."""
    return max(rules, key=lambda rule: float("inf") if rule.years is None else rule.years)


def derive(rule: RetentionRule, closed_on: date) -> Derivation:
    """When the period starts and ends; the last day is kept whole, disposal comes after it at the earliest."""
    starts_on = date(closed_on.year + 1, 1, 1)
    if rule.years is None:
        return Derivation(rule, closed_on, starts_on, None, None)
    last_day = add_years(starts_on, rule.years) - timedelta(days=1)
    return Derivation(rule, closed_on, starts_on, last_day, last_day + timedelta(days=1))


def disposal_year(derivation: Derivation) -> int:
    """The year under whose key the case's keys are wrapped; 9999 for what is kept for ever."""
    return derivation.earliest_disposal.year if derivation.earliest_disposal else 9999
