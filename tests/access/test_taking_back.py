"""What was given is taken back 撤回: duties, clearances, circles, matters, parties, passwords; and counts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from access.guard import TableGuard
from access.service.clearances import list_clearances
from access.service.people import (
    add_duty,
    add_person,
    assign_matter,
    countersign_clearance,
    disable_person,
    enable_person,
    grant_clearance,
    name_in_circle,
    reset_password,
    revoke_clearance,
    withdraw_duty,
)
from access.service.releasing import begin_delivery, make_release
from access.service.requests import get_request, submit_request
from access.service.signing_in import LIFE, find_session, must_change, open_session, sign_in
from access.service.withdrawals import UNLINKED, leave_circle, unlink_party, withdraw_matter
from access.tables import DutyClassRow, DutyRow, PersonRow, RequestStepRow
from access.terms import Duty, RequestState
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.guard import Action, Purpose, Target
from archive.kernel.ids import CaseId, PersonId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ledger.tables import LedgerEntryRow
from archive.service.reading import get_case_target, get_item_targets
from archive.terms import Compartment, Level
from tests.access.desk import Desk, make_desk
from tests.support.house import OTHER, UNIT, House, make_house, person

ONCE = "bodibu-cadico-once"
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("taking-back"))


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    yield make_desk(house)


def someone(house: House, *duties: Duty) -> Actor:
    who = PersonId(new_id("person"))
    with house.works.work(machine_actor("founding", "tests")) as work:
        work.session.add(PersonRow(id=who, login=who, name="某某", unit=UNIT, created_at=work.now))
        work.session.flush()
        for duty in duties:
            add_duty(work, who, duty, UNIT)
    return Actor(who, "某某", frozenset(str(duty) for duty in duties), unit=UNIT)


def by(house: House, login: str, deed: Callable[[Work], object]) -> list[str]:
    """The codes of the refusal, or none."""
    try:
        with house.works.work(person(house, login)) as work:
            deed(work)
    except Refusal as refusal:
        return [reason.code for reason in refusal.all()]
    return []


def may(house: House, who: Actor, action: Action, target: Target) -> bool:
    with house.works.work(who) as work:
        return work.guard.decide(who, action, target).allowed


def kinds(house: House, subject: str) -> list[str]:
    with house.works.sessions() as session:
        wanted = select(LedgerEntryRow.kind).where(LedgerEntryRow.subject == subject).order_by(LedgerEntryRow.seq)
        return list(session.scalars(wanted))


def test_a_duty_is_withdrawn_by_another_hand(house: House) -> None:
    who, record = someone(house, Duty.CUSTODIAN), Target("item", UNIT, CaseId("case_a"))
    own = person(house, "security").id

    def withdraw(login: str, whose: PersonId, duty: Duty, unit: str) -> list[str]:
        return by(house, login, lambda work: withdraw_duty(work, whose, duty, type(UNIT)(unit)))

    assert may(house, who, Action.READ, record)
    assert withdraw("sysadmin", who.id, Duty.CUSTODIAN, UNIT) == ["access.duty-lacking"]
    assert withdraw("security", who.id, Duty.CUSTODIAN, OTHER) == ["access.duty-unknown"]
    assert withdraw("security", own, Duty.SECURITY_ADMIN, "*") == ["access.same-hand"]
    assert withdraw("security", who.id, Duty.CUSTODIAN, UNIT) == []
    assert not may(house, who, Action.READ, record) and kinds(house, who.id)[-1] == "duty.withdrawn"


def test_a_clearance_is_listed_and_revoked(house: House) -> None:
    who = someone(house, Duty.CUSTODIAN)
    record = Target("item", UNIT, CaseId("case_a"), compartments=frozenset({"PRIVACY"}))
    for level in (Level.NONE, Level.CONFIDENTIAL):
        with house.works.work(person(house, "confidentiality")) as work:
            grant_clearance(work, who.id, level, [Compartment.PRIVACY], work.now + WEEK, "岗位")
    with house.works.work(person(house, "confidentiality")) as work:
        high, low = list_clearances(work, who.id)
    assert (high.level, high.counts, low.counts) == (Level.CONFIDENTIAL, False, True)
    assert by(house, "archivist", lambda work: list_clearances(work, who.id)) == ["access.duty-lacking"]
    assert may(house, who, Action.READ, record)
    assert by(house, "confidentiality", lambda work: revoke_clearance(work, low.id)) == []
    assert not may(house, who, Action.READ, record)
    assert by(house, "confidentiality", lambda work: countersign_clearance(work, high.id)) == ["access.same-hand"]
    with house.works.work(person(house, "confidentiality")) as work:
        assert [line.id for line in list_clearances(work, who.id)] == [high.id]


def test_a_person_leaves_the_circle(house: House) -> None:
    who, case = someone(house, Duty.CUSTODIAN), Target("case", UNIT, CaseId("case_b"))
    assert by(house, "confidentiality", lambda work: leave_circle(work, case, who.id)) == ["access.circle-unknown"]
    assert by(house, "confidentiality", lambda work: name_in_circle(work, case, who.id)) == []
    assert by(house, "archivist", lambda work: leave_circle(work, case, who.id)) == ["access.duty-lacking"]
    assert by(house, "confidentiality", lambda work: leave_circle(work, case, who.id)) == []
    with house.works.work(who) as work:
        assert TableGuard(work.session, work.now).standing(who).circles == frozenset()
    assert kinds(house, "case_b") == ["circle.named", "circle.left"]


def test_a_matter_is_assigned_for_a_time_and_taken_back(house: House, desk: Desk) -> None:
    case_id, far = desk.case(), person(house, "foreign")

    def assign(login: str, reason: str, days: int) -> list[str]:
        def deed(work: Work) -> None:
            until = work.now + timedelta(days=days)
            assign_matter(work, get_case_target(work, case_id), person(house, login).id, reason, until)

        return by(house, "archivist", deed)

    def back(work: Work) -> None:
        withdraw_matter(work, get_case_target(work, case_id), far.id)

    with house.works.work(far) as work:
        target = get_case_target(work, case_id)
    assert not may(house, far, Action.READ, target)
    assert assign("foreign", " ", 3) == assign("foreign", "代管", 0) == ["access.matter-incomplete"]
    assert assign("archivist", "代管", 3) == ["access.same-hand"]
    assert assign("foreign", "代管", 3) == []
    assert may(house, far, Action.READ, target)
    assert by(house, "archivist", back) == [] and not may(house, far, Action.READ, target)
    assert by(house, "archivist", back) == ["access.matter-unknown"]


def test_an_unlinked_party_collects_nothing_and_asks_nothing(house: House, desk: Desk) -> None:
    case_id, party = desk.case(), person(house, "party").id
    release = make_release(house.works, desk.counter, person(house, "archivist"), desk.approved(case_id))
    request = desk.ask(case_id)
    desk.sequence()

    def unlink(work: Work) -> None:
        unlink_party(work, get_case_target(work, case_id), party)

    def ask(work: Work) -> None:
        submit_request(work, desk.counter, case_id, list(get_item_targets(work, case_id)), "诉讼")

    assert by(house, "legal", unlink) == ["access.duty-lacking"]
    assert by(house, "archivist", unlink) == []
    assert by(house, "party", lambda work: begin_delivery(work, desk.counter, release)) == ["access.release-closed"]
    assert by(house, "party", ask) == ["archive.case-unknown"]
    with house.works.work(person(house, "party")) as work:
        view = get_request(work, desk.counter, request)
    assert view.state is RequestState.CLOSED and view.steps[-1].reason == UNLINKED
    assert by(house, "archivist", unlink) == ["access.party-unknown"]


def test_a_reset_account_is_opened_by_another_hand_and_its_sessions_end(house: House) -> None:
    who, keyed = someone(house, Duty.CUSTODIAN), house.holdings.keys.keyed_digest
    with house.works.work(who) as work:
        secret = open_session(work, who.id)
    assert by(house, "security", lambda work: reset_password(work, who.id, ONCE)) == ["access.duty-lacking"]
    assert by(house, "sysadmin", lambda work: reset_password(work, who.id, ONCE)) == []
    with pytest.raises(Refusal):
        sign_in(house.works, who.id, ONCE, keyed)
    assert by(house, "sysadmin", lambda work: enable_person(work, who.id)) == ["access.duty-lacking"]
    assert by(house, "security", lambda work: enable_person(work, who.id)) == []
    signed_in = sign_in(house.works, who.id, ONCE, keyed)
    with house.works.work(signed_in) as work:
        assert must_change(work, who.id) and find_session(work, secret, timedelta(hours=1)) is None
    assert by(house, "security", lambda work: enable_person(work, who.id)) == ["access.person-enabled"]
    assert by(house, "sysadmin", lambda work: disable_person(work, who.id)) == []
    told = [kind for kind in kinds(house, who.id) if kind.startswith("p")]
    assert told == ["password.reset", "person.enabled", "person.disabled"]


def test_whoever_sets_passwords_opens_no_account(house: House) -> None:
    """The account of a security administrator is opened by the auditor; nobody resets their own."""
    who, own = someone(house, Duty.SECURITY_ADMIN).id, person(house, "sysadmin").id
    assert by(house, "sysadmin", lambda work: reset_password(work, who, ONCE)) == []
    assert by(house, "security", lambda work: enable_person(work, who)) == ["access.duty-lacking"]
    assert by(house, "sysadmin", lambda work: enable_person(work, who)) == ["access.duty-lacking"]
    assert by(house, "auditor", lambda work: enable_person(work, who)) == []
    assert by(house, "sysadmin", lambda work: reset_password(work, own, ONCE)) == ["access.same-hand"]


def test_a_session_ends_after_twelve_hours_however_busy(house: House) -> None:
    who, pause, steps = someone(house, Duty.CUSTODIAN), timedelta(minutes=50), 0
    with house.works.work(who) as work:
        secret = open_session(work, who.id)
    while steps < 100:
        house.clock.advance(pause)
        with house.works.work(who) as work:
            if find_session(work, secret, timedelta(hours=1)) is None:
                break
        steps += 1
    assert steps == LIFE // pause


def test_the_database_refuses_a_second_class_of_duties(house: House) -> None:
    """Rows written past the deed: another class, a class that is not the duty's, a second class of the person."""
    who = someone(house, Duty.SYSADMIN).id
    with house.works.work(machine_actor("founding", "tests")) as work:
        for duty, duty_class in (("auditor", "auditor"), ("auditor", "sysadmin"), ("archivist", "sysadmin")):
            row = insert(DutyRow).values(
                person_id=who, duty=duty, duty_class=duty_class, unit="*", granted_by="x", granted_at=work.now
            )
            with pytest.raises(IntegrityError), work.session.begin_nested():
                work.session.execute(row)
        with pytest.raises(IntegrityError), work.session.begin_nested():
            work.session.execute(insert(DutyClassRow).values(person_id=who, duty_class="auditor"))


def test_words_that_no_page_can_print_are_no_name_and_no_purpose(house: House, desk: Desk) -> None:
    case_id = desk.case()

    def add(work: Work) -> None:
        add_person(work, "rare", "某\U0001f600", UNIT, "some-long-password")

    def ask(purpose: str) -> list[str]:
        return by(
            house,
            "party",
            lambda work: submit_request(work, desk.counter, case_id, list(get_item_targets(work, case_id)), purpose),
        )

    assert by(house, "sysadmin", add) == ["archive.glyph-missing"]
    assert ask("诉讼\U0001f600") == ["archive.glyph-missing"]
    assert ask("诉讼\r\n及复议") == []


def test_what_hands_write_under_a_request_lies_encrypted(house: House, desk: Desk) -> None:
    request = desk.approved(desk.case())
    with house.works.work(person(house, "archivist")) as work:
        rows = work.session.scalars(select(RequestStepRow).where(RequestStepRow.request_id == request)).all()
        kept = [(row.reason, row.reason_enc) for row in rows]
        read = [step.reason for step in get_request(work, desk.counter, request).steps]
    assert read == ["", "同意"] and [reason for reason, _ in kept] == ["", ""]
    assert kept[1][1] is not None and "同意".encode() not in kept[1][1]


def test_a_machine_that_nobody_named_may_do_nothing(house: House) -> None:
    record = Target("item", UNIT, CaseId("case_a"), compartments=frozenset({"PRIVACY"}))
    named, unnamed = machine_actor("indexer", "tests"), machine_actor("stranger", "tests")
    false = Actor(PersonId("machine_indexer2"), "indexer", frozenset({"machine"}), "machine")

    def decided(actor: Actor) -> tuple[bool, bool]:
        with house.works.work(actor) as work:
            read = work.guard.decide(actor, Action.READ, record, Purpose.MAINTENANCE)
            return read.allowed, work.guard.decide(actor, Action.VERIFY, record).allowed

    assert decided(named) == (True, True)
    assert decided(machine_actor("verify", "tests")) == (False, True)
    assert decided(unnamed) == decided(false) == (False, False)
