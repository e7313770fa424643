"""The one policy: its decision and its filter agree for every standing and record, and what it must never allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.rules.policy import CONTENT, PERMITTED, clearance_under, decide, visibility
from access.terms import ALL_UNITS, PUBLIC, Appointment, Clearance, Duty, Standing
from archive.kernel.guard import Action, Purpose, Target
from archive.kernel.ids import CaseId, PersonId, UnitCode
from archive.terms import Compartment

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
UNITS = (UnitCode("zd1"), UnitCode("zd2"))
CASES = (CaseId("case_a"), CaseId("case_b"))
KINDS = st.frozensets(st.sampled_from(("PRIVACY", "TRADE_SECRET")), max_size=2)  # few, so that examples meet
DUTIES = st.sampled_from([duty for duty in Duty if duty is not Duty.MACHINE])
APPOINTMENTS = st.lists(
    st.builds(Appointment, DUTIES, st.sampled_from((*UNITS, ALL_UNITS))), max_size=3, unique=True
).map(tuple)
ENDS = st.sampled_from((None, NOW - timedelta(seconds=1), NOW, NOW + timedelta(days=1)))
REACH = st.frozensets(st.sampled_from((*UNITS, ALL_UNITS)))
STANDINGS = st.builds(
    Standing,
    person=st.just(PersonId("person_x")),
    active=st.sampled_from((True, True, True, False)),
    appointments=APPOINTMENTS,
    clearances=st.lists(st.builds(Clearance, st.integers(0, 3), KINDS, ENDS, REACH), max_size=3).map(tuple),
    circles=st.frozensets(st.sampled_from(CASES)),
    matters=st.frozensets(st.sampled_from(CASES)),
    own_cases=st.frozensets(st.sampled_from(CASES)),
)
RECORDS = st.builds(
    Target,
    kind=st.sampled_from(("case", "item", "file", "volume")),
    unit=st.sampled_from(UNITS),
    case_id=st.sampled_from(CASES),
    level=st.integers(0, 3),
    compartments=KINDS,
)


@settings(max_examples=600)
@given(STANDINGS, st.sampled_from((Action.LIST, Action.READ, Action.SEARCH)), RECORDS)
def test_decision_and_filter_agree(standing: Standing, action: Action, record: Target) -> None:
    allowed = decide(standing, action, record, Purpose.DUTY, NOW).allowed
    seen = visibility(standing, action, NOW).admits(
        unit=record.unit, case_id=str(record.case_id), level=record.level, compartments=record.compartments
    )
    assert allowed == seen


@settings(max_examples=300)
@given(STANDINGS, st.sampled_from(list(Action)), RECORDS, st.sampled_from(list(Purpose)))
def test_nothing_is_allowed_beyond_duty_clearance_and_circle(
    standing: Standing, action: Action, record: Target, purpose: Purpose
) -> None:
    decision = decide(standing, action, record, purpose, NOW)
    assert decision.allowed == (not decision.reasons)
    if not decision.allowed:
        return
    assert standing.active
    assert any(action in PERMITTED[appointment.duty] for appointment in standing.appointments)
    permitting = [each for each in standing.appointments if action in PERMITTED[each.duty]]
    clearance = clearance_under(standing, permitting, NOW)
    assert record.level <= clearance.level
    assert not record.level or record.case_id in standing.circles
    assert action not in CONTENT or record.compartments <= clearance.compartments


@settings(max_examples=300)
@given(STANDINGS, st.sampled_from(sorted(CONTENT)), RECORDS)
def test_a_clearance_of_one_unit_opens_nothing_of_another(standing: Standing, action: Action, record: Target) -> None:
    """Content is open only where a clearance was granted for the very unit under whose duty the person acts."""
    if not decide(standing, action, record, Purpose.DUTY, NOW).allowed:
        return
    reaching = [each for each in standing.clearances if each.in_force(NOW) and each.units & {record.unit, ALL_UNITS}]
    if record.case_id in standing.matters:  # an assigned matter is read under the duties held elsewhere
        reaching = [each for each in standing.clearances if each.in_force(NOW)]
    assert record.level <= max((each.level for each in reaching), default=0)
    assert record.compartments <= frozenset(kind for each in reaching for kind in each.compartments)


def test_a_foreign_record_does_not_tell_what_it_carries() -> None:
    """A supervisor who is archivist of another unit knows the record; why it stays closed names no compartment."""
    duties = (Appointment(Duty.SUPERVISOR, ALL_UNITS), Appointment(Duty.ARCHIVIST, UNITS[0]))
    record = Target("item", UNITS[1], CASES[0], compartments=frozenset({"PRIVACY"}))
    decision = decide(Standing(PersonId("person_x"), True, duties), Action.READ, record, Purpose.DUTY, NOW)
    assert [(each.code, dict(each.facts)) for each in decision.reasons] == [("archive.case-unknown", {})]


@settings(max_examples=200)
@given(STANDINGS, st.sampled_from(list(Action)), RECORDS)
def test_what_is_above_a_person_is_refused_as_if_it_did_not_exist(
    standing: Standing, action: Action, record: Target
) -> None:
    decision = decide(standing, action, record, Purpose.DUTY, NOW)
    clearance = clearance_under(standing, [a for a in standing.appointments if action in PERMITTED[a.duty]], NOW)
    above = record.level > clearance.level or (record.level > 0 and record.case_id not in standing.circles)
    if standing.active and above:
        assert [(each.code, dict(each.facts)) for each in decision.reasons] == [("archive.case-unknown", {})]


@given(STANDINGS, RECORDS)
def test_the_same_hand_never_approves_or_destroys_and_a_hold_stops_destruction(
    standing: Standing, record: Target
) -> None:
    for action in (Action.APPROVE_REQUEST, Action.DESTROY):
        own = Target("case", record.unit, record.case_id, hands=frozenset({standing.person}))
        assert not decide(standing, action, own, Purpose.DUTY, NOW).allowed
    held = Target("case", record.unit, record.case_id, held=True)
    assert not decide(standing, Action.DESTROY, held, Purpose.DUTY, NOW).allowed


@pytest.mark.parametrize("duty", list(Duty))
@pytest.mark.parametrize("action", sorted(CONTENT))
def test_only_those_who_work_with_records_read_them(duty: Duty, action: Action) -> None:
    """Administrators, supervisors, auditors and the public have no content, whatever else they have."""
    readers = {
        Duty.ARCHIVIST, Duty.CUSTODIAN, Duty.CONFIDENTIALITY_OFFICER, Duty.DEPUTY_HEAD, Duty.LEGAL_REVIEWER,
    }  # fmt: skip
    clearance = Clearance(3, frozenset(str(kind) for kind in Compartment))
    cases = frozenset(CASES)
    standing = Standing(
        PersonId("person_x"), True, (Appointment(duty, ALL_UNITS),), (clearance,), cases, cases, cases
    )  # fmt: skip
    record = Target("item", UNITS[0], CASES[0])
    allowed = decide(standing, action, record, Purpose.DUTY, NOW).allowed
    assert allowed == (duty in readers and action in PERMITTED[duty])
    assert not allowed or duty not in PUBLIC
