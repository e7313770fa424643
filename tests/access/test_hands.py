"""Hands under a copy request: a duty of another unit is none, a paper named twice is one, a new password ends
sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.ports import Counter
from access.rules.release import scope_digest
from access.service.people import add_duty, link_party
from access.service.requests import get_request, review_request, sign_request, submit_request
from access.service.signing_in import change_password, find_session, open_session
from access.terms import Duty
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.ids import PersonId, RequestId, new_id
from archive.kernel.refusals import Refusal
from archive.service.exporting import export_keys
from archive.service.reading import get_case_target, get_item_targets
from archive.terms import Tier
from tests.support.cases import PRIVATE, Paper, seal_example
from tests.support.house import OTHER, PASSWORD, UNIT, House, make_house, person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("hands"))


def _asked(house: House) -> RequestId:
    """A request for a guarded paper, reviewed; the archivist named the paper twice."""
    counter, case_id = house.ports.get(Counter), seal_example(house, (Paper("身份证明", PRIVATE),)).case_id
    with house.works.work(person(house, "archivist")) as work:
        link_party(work, get_case_target(work, case_id), person(house, "party").id, Duty.PARTY, "身份证原件")
        (item,) = get_item_targets(work, case_id)
    with house.works.work(person(house, "party")) as work:
        request = submit_request(work, counter, case_id, [item], "提起行政诉讼")
    with house.works.work(person(house, "archivist")) as work:
        review_request(work, counter, request, [item, item], "")
    return request


def _sign(house: House, actor: Actor, request: RequestId) -> None:
    counter = house.ports.get(Counter)
    with house.works.work(person(house, "archivist")) as work:
        view = get_request(work, counter, request)
    with house.works.work(actor) as work:
        sign_request(work, counter, request, approves=True, reason="同意", seen=view.scope_digest)


def test_a_duty_of_another_unit_signs_nothing_here(house: House) -> None:
    request = _asked(house)
    both = person(house, "archivist2")
    with house.works.work(machine_actor("founding", "tests")) as work:
        add_duty(work, PersonId(both.id), Duty.LEGAL_REVIEWER, OTHER)
    claims = Actor(both.id, both.name, frozenset({"archivist", "legal_reviewer"}), unit=both.unit)
    with pytest.raises(Refusal) as refused:
        _sign(house, claims, request)
    assert [reason.code for reason in refused.value.all()] == ["archive.approval-duty"]
    _sign(house, person(house, "legal"), request)
    _sign(house, person(house, "deputy"), request)
    with house.works.work(person(house, "archivist")) as work:
        counter = house.ports.get(Counter)
        view = get_request(work, counter, request)
    assert view.scope_digest == scope_digest(request, view.case_id, view.scope, view.purpose)  # what release compares
    assert len(view.scope) == 1 and {step.person for step in view.steps} == {"archivist", "legal", "deputy"}


def test_a_request_of_another_unit_is_refused_as_one_that_is_not_there(house: House) -> None:
    said = []
    for request in (_asked(house), RequestId(new_id("request"))):
        with pytest.raises(Refusal) as refused, house.works.work(person(house, "foreign")) as work:
            get_request(work, house.ports.get(Counter), request)
        said.append([(reason.code, dict(reason.facts)) for reason in refused.value.all()])
    assert said[0] == said[1] == [("access.request-unknown", {})]


def test_a_new_password_ends_every_other_session(house: House) -> None:
    who, idle = person(house, "legal"), timedelta(hours=1)
    with house.works.work(who) as work:
        stolen, own = open_session(work, PersonId(who.id)), open_session(work, PersonId(who.id))
    with house.works.work(who) as work:
        found = find_session(work, own, idle)
    assert found is not None
    change_password(house.works, found[0], PASSWORD, "another-long-word")
    with house.works.work(who) as work:
        assert find_session(work, stolen, idle) is None
        assert find_session(work, own, idle) is not None


def test_a_tier_without_files_is_refused_as_one_above_the_reader(house: House) -> None:
    case_id = seal_example(house, (Paper("立案审批表"),)).case_id
    with pytest.raises(Refusal) as refused:
        export_keys(house.holdings, person(house, "archivist"), case_id, Tier.SECRET, house.path / "out")
    assert [reason.code for reason in refused.value.all()] == ["archive.case-unknown"]
    assert not (house.path / "out").exists()


def test_nobody_approves_a_paper_that_they_may_not_read(house: House) -> None:
    request = _asked(house)
    _sign(house, person(house, "legal"), request)
    blind = person(house, "archivist2")
    with house.works.work(machine_actor("founding", "tests")) as work:
        add_duty(work, PersonId(blind.id), Duty.DEPUTY_HEAD, UNIT)
    with pytest.raises(Refusal, match=r"access\.scope-unread"):
        _sign(house, Actor(blind.id, blind.name, frozenset({"archivist", "deputy_head"}), unit=blind.unit), request)
    _sign(house, person(house, "deputy"), request)
