"""Deeds of retention in a whole installation: holds stop orders and destruction, hands differ, the due list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

import pytest

from access.rules.policy import PERMITTED
from access.service.people import add_duty
from access.tables import PersonRow
from access.terms import Duty
from archive.installation import Ledgers
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.clock import legal_date
from archive.kernel.ids import CaseId, HoldId, PersonId, new_id
from archive.kernel.orders import DisposalOrder
from archive.kernel.outbox import drain
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from archive.service.destroying import TOPIC, destroy_case, destruction_handler
from archive.service.reading import get_case_target
from archive.service.sealing import seal_case
from retention.rules.disposal import STEPS
from retention.service import (
    OWN_DEED,
    Holds,
    get_derivation,
    lift_hold,
    list_due,
    list_holds,
    make_disposal_order,
    place_hold,
    sign_disposal,
)
from retention.terms import HoldKind
from tests.support.cases import Paper, describe_example
from tests.support.house import OTHER, UNIT, House, make_house, person

T = TypeVar("T")
OLD = date(1990, 5, 4)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("retention"))


def as_person(house: House, login: str, deed: Callable[[Work], T]) -> T:
    with house.works.work(person(house, login)) as work:
        return deed(work)


def refused(house: House, login: str, deed: Callable[[Work], object]) -> list[str]:
    with pytest.raises(Refusal) as found:
        as_person(house, login, deed)
    return [reason.code for reason in found.value.all()]


def hold(house: House, case: CaseId, login: str = "legal") -> HoldId:
    return as_person(house, login, lambda w: place_hold(w, get_case_target(w, case), HoldKind.LITIGATION, "涉诉"))


def sign_both(house: House, case: CaseId) -> None:
    for login in ("archivist", "deputy"):
        as_person(house, login, lambda work: sign_disposal(work, get_case_target(work, case), "期满"))


def make_order(house: House, case: CaseId) -> DisposalOrder:
    return as_person(house, "deputy", lambda work: make_disposal_order(work, get_case_target(work, case)))


def test_a_hold_stops_the_order_and_only_another_hand_lifts_it(house: House) -> None:
    case = describe_example(house, closed=OLD)
    sign_both(house, case)
    assert make_order(house, case).due_since == date(2021, 1, 1)
    placed = hold(house, case, "deputy")
    with pytest.raises(Refusal) as stopped:
        make_order(house, case)
    assert [reason.code for reason in stopped.value.all()] == ["retention.hold-active"]

    def lift(reason: str, which: HoldId = placed) -> Callable[[Work], None]:
        return lambda work: lift_hold(work, get_case_target(work, case), which, reason)

    assert refused(house, "deputy", lift("诉讼终结")) == ["retention.same-hand"]
    assert refused(house, "archivist", lift("诉讼终结")) == ["access.duty-lacking"]
    other = hold(house, case, "legal")
    assert refused(house, "deputy", lift("  ", other)) == ["retention.reason-missing"]
    assert refused(house, "deputy", lift("x", HoldId("hold_none"))) == ["retention.hold-unknown"]
    as_person(house, "deputy", lift("诉讼终结", other))
    assert refused(house, "deputy", lift("再解除", other)) == ["retention.hold-lifted"]
    with house.works.sessions() as session:
        assert Holds().active_holds(session, case) == (placed,)
    told = as_person(house, "deputy", lambda work: list_holds(work, case))
    assert [(each.id, each.lifted_at is None) for each in told] == [(placed, True), (other, False)]


def test_a_hold_needs_a_reason_and_a_duty(house: House) -> None:
    case = describe_example(house, closed=OLD)

    def place(reason: str) -> Callable[[Work], HoldId]:
        return lambda work: place_hold(work, get_case_target(work, case), HoldKind.AUDIT, reason)

    assert refused(house, "legal", place(" ")) == ["retention.reason-missing"]
    assert refused(house, "archivist", place("审计")) == ["access.duty-lacking"]


def test_the_period_is_derived_from_what_was_recorded(house: House) -> None:
    case = describe_example(house, closed=date(2026, 11, 1))
    found = as_person(house, "archivist", lambda work: get_derivation(work, case))
    assert (found.closed_on, found.last_day) == (date(2026, 11, 1), date(2056, 12, 31))
    sign_both(house, case)
    assert refused(house, "deputy", lambda w: make_disposal_order(w, get_case_target(w, case))) == [
        "retention.period-running"
    ]
    with pytest.raises(Refusal) as missing:
        as_person(house, "archivist", lambda work: get_derivation(work, CaseId("case_none")))
    assert missing.value.code == "retention.rule-missing"


def test_one_person_signs_once_and_in_order(house: House) -> None:
    case = describe_example(house, closed=OLD)

    def sign(work: Work) -> None:
        sign_disposal(work, get_case_target(work, case), "期满")

    assert refused(house, "deputy", sign) == ["archive.approval-duty"]
    as_person(house, "archivist", sign)
    assert refused(house, "archivist", sign) == ["access.duty-lacking"]
    as_person(house, "deputy", sign)
    assert refused(house, "deputy", sign) == ["archive.approval-closed"]


def test_a_duty_held_in_another_unit_signs_nothing_here(house: House) -> None:
    """The deputy head of this unit is archivist in another one: here the appraisal is not theirs."""
    case = describe_example(house, closed=OLD)
    with house.works.work(machine_actor("founding", "tests")) as work:
        double, elsewhere = PersonId(new_id("person")), PersonId(new_id("person"))
        for one, held in (
            (double, ((Duty.DEPUTY_HEAD, UNIT), (Duty.ARCHIVIST, OTHER))),
            (elsewhere, ((Duty.ARCHIVIST, UNIT), (Duty.DEPUTY_HEAD, OTHER))),
        ):
            row = PersonRow(id=one, login=one, name=one, unit=UNIT, password="", created_at=work.now)
            work.session.add(row)
            work.session.flush()
            for duty, unit in held:
                add_duty(work, one, duty, unit)
    claims = frozenset({"archivist", "deputy_head"})

    def sign(who: PersonId) -> list[str]:
        try:
            with house.works.work(Actor(who, "二任", claims, unit=UNIT)) as work:
                sign_disposal(work, get_case_target(work, case), "期满")
        except Refusal as refusal:
            return [reason.code for reason in refusal.all()]
        return []

    assert sign(double) == ["archive.approval-duty"]
    assert sign(elsewhere) == []
    assert sign(elsewhere) == ["archive.case-unknown"]  # deputy head elsewhere approves nothing here


def test_what_only_one_duty_may_do_tells_that_duty() -> None:
    for duty, action in OWN_DEED.items():
        assert [each for each, may in PERMITTED.items() if action in may] == [duty]
    assert {step.duty for step in STEPS} == set(OWN_DEED)


def test_what_is_destroyed_cannot_be_held(house: House) -> None:
    case = seal_case(house.holdings, person(house, "archivist"), describe_example(house, closed=OLD)).case_id
    sign_both(house, case)
    order = make_order(house, case)
    as_person(house, "deputy", lambda work: destroy_case(work, house.holdings, order))

    def placing(work: Work) -> HoldId:
        return place_hold(work, get_case_target(work, case), HoldKind.LITIGATION, "涉诉")

    assert refused(house, "legal", placing) == ["retention.case-destroyed"]
    assert refused(house, "archivist", placing) == ["access.duty-lacking"]
    assert as_person(house, "archivist", lambda work: list_holds(work, case)) == ()


def test_what_is_destroyed_leaves_the_due_list_and_nothing_of_it_stays(house: House) -> None:
    papers = (Paper("旧案"),)
    gone, held, young = (
        seal_case(house.holdings, person(house, "archivist"), describe_example(house, papers, closed=closed)).case_id
        for closed in (OLD, OLD, date(2026, 11, 1))
    )
    blocking = hold(house, held)
    for case in (gone, held):
        sign_both(house, case)
    today = legal_date(house.clock.now())
    due = as_person(house, "archivist", lambda work: list_due(work, today))
    assert gone in due and held not in due and young not in due
    order = make_order(house, gone)
    as_person(house, "deputy", lambda work: destroy_case(work, house.holdings, order))
    assert gone not in as_person(house, "archivist", lambda work: list_due(work, today))
    house.ports.get(Ledgers).sequence()
    drain(house.works.sessions, house.clock, {TOPIC: destruction_handler(house.holdings)})
    assert house.holdings.store.object_folder(object_id(gone)) is None
    assert not house.holdings.keys.file_ids(object_id(gone))
    # an order made before the hold does not outlive it: holds are asked again inside the transaction
    as_person(house, "deputy", lambda work: lift_hold(work, get_case_target(work, held), blocking, "终结"))
    early = make_order(house, held)
    hold(house, held)
    assert refused(house, "deputy", lambda work: destroy_case(work, house.holdings, early)) == ["access.held"]
    assert house.holdings.store.object_folder(object_id(held)) is not None


def test_what_is_out_of_reach_takes_no_place_in_the_due_list(house: House) -> None:
    """The limit counts what this person sees: older cases of another unit do not push theirs out."""
    describe_example(house, closed=OLD)
    far = {describe_example(house, closed=date(1960, 1, 1), unit=OTHER, login="foreign") for _ in range(2)}
    day = legal_date(house.clock.now())
    seen = as_person(house, "archivist", lambda work: list_due(work, day, 1))
    assert len(seen) == 1 and not far & {*seen}
    assert far == {*as_person(house, "foreign", lambda work: list_due(work, day))}


def test_the_due_list_is_cut_at_its_limit_and_begins_with_the_oldest(house: House) -> None:
    older = describe_example(house, closed=date(1970, 1, 1))
    newer = describe_example(house, closed=date(2026, 11, 1))
    day = legal_date(house.clock.now())
    assert list(as_person(house, "archivist", lambda work: list_due(work, day, 1))) == [older]
    everything = as_person(house, "archivist", lambda work: list_due(work, day + timedelta(days=365 * 60)))
    assert everything[0] == older and newer in everything
