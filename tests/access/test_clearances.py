"""Clearances 涉密权限 in the tables: each reaches the units of the duties it was granted for, by an officer of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from access.guard import TableGuard
from access.service.people import add_duty, grant_clearance, name_in_circle, revoke_clearance
from access.tables import ClearanceRow, PersonRow
from access.terms import Duty
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, PersonId, UnitCode, new_id
from archive.kernel.refusals import Refusal
from archive.terms import Compartment, Level
from tests.support.house import OTHER, UNIT, House, make_house, person

THIRD = UnitCode("zd3")


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("clearances"))


def _someone(house: House, login: str, *duties: tuple[Duty, UnitCode]) -> Actor:
    with house.works.work(machine_actor("founding", "tests")) as work:
        who = PersonId(new_id("person"))
        work.session.add(PersonRow(id=who, login=login, name=login, unit=duties[0][1], created_at=work.now))
        work.session.flush()
        for duty, unit in duties:
            add_duty(work, who, duty, unit)
    return Actor(who, login, frozenset(str(duty) for duty, _ in duties), unit=duties[0][1])


def _grant(house: House, officer: Actor, who: Actor) -> int:
    with house.works.work(officer) as work:
        until = work.now + timedelta(days=30)
        return grant_clearance(work, who.id, Level.NONE, [Compartment.PRIVACY], until, "工作需要")


def _reads(house: House, who: Actor, unit: UnitCode) -> bool:
    record = Target("item", unit, CaseId("case_a"), compartments=frozenset({"PRIVACY"}))
    with house.works.work(who) as work:
        guard = TableGuard(work.session, work.now)
        allowed = guard.decide(who, Action.READ, record).allowed
        seen = guard.visibility(who, Action.READ).admits(
            unit=unit, case_id="case_a", level=0, compartments=record.compartments
        )
    assert allowed == seen
    return allowed


def test_a_duty_in_another_unit_is_not_reached_by_a_clearance_of_before(house: House) -> None:
    reader = _someone(house, "reader", (Duty.ARCHIVIST, UNIT))
    assert not _reads(house, reader, UNIT)
    _grant(house, person(house, "confidentiality"), reader)
    assert _reads(house, reader, UNIT)
    house.clock.advance(timedelta(days=1))
    with house.works.work(machine_actor("founding", "tests")) as work:
        add_duty(work, PersonId(reader.id), Duty.CUSTODIAN, OTHER)
    assert not _reads(house, reader, OTHER)
    _grant(house, person(house, "confidentiality"), reader)
    assert _reads(house, reader, OTHER) and _reads(house, reader, UNIT)


def test_an_officer_of_one_unit_clears_nobody_of_another(house: House) -> None:
    officer = _someone(house, "officer", (Duty.CONFIDENTIALITY_OFFICER, UNIT))
    own, foreign = _someone(house, "own", (Duty.ARCHIVIST, UNIT)), person(house, "foreign")
    both = _someone(house, "both", (Duty.ARCHIVIST, UNIT), (Duty.CUSTODIAN, THIRD))
    _grant(house, officer, own)
    granted = _grant(house, person(house, "confidentiality"), foreign)
    for who in (foreign, both):
        with pytest.raises(Refusal) as refused:
            _grant(house, officer, who)
        assert refused.value.code == "access.matter-foreign"
    with pytest.raises(Refusal), house.works.work(officer) as work:
        revoke_clearance(work, granted)
    with pytest.raises(Refusal), house.works.work(officer) as work:
        name_in_circle(work, Target("case", OTHER, CaseId("case_a")), own.id)
    with house.works.sessions() as session:
        rows = session.scalars(select(ClearanceRow).where(ClearanceRow.person_id.in_((foreign.id, both.id)))).all()
    assert [row.revoked_at for row in rows] == [None]
