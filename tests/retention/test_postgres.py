"""Deeds that meet on PostgreSQL: what two do at the same time is what one after the other would have done."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from archive.installation import Ledgers
from archive.kernel.ids import CaseId
from archive.kernel.orders import DisposalOrder
from archive.kernel.refusals import Crossed, Refusal
from archive.kernel.work import Work
from archive.service.destroying import destroy_case
from archive.service.numbers import next_number
from archive.service.reading import get_case_target
from archive.service.sealing import seal_case
from archive.tables import CaseRow
from archive.terms import SealState
from retention.service import Holds, make_disposal_order, place_hold, sign_disposal
from retention.tables import AppraisalRow
from retention.terms import HoldKind
from tests.retention.test_service import OLD
from tests.services import postgres
from tests.services.registry import need
from tests.support.cases import Paper, describe_example
from tests.support.house import House, make_house, person

T = TypeVar("T")
pytestmark = pytest.mark.service("postgres")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose state lies in a real PostgreSQL."""
    need("postgres")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pg-"))
        url = stack.enter_context(postgres.running(Path(folder)))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("ANJUAN_DATABASE__URL", url)
        made = make_house(tmp_path_factory.mktemp("house") / "home")
        assert made.works.sessions.kw["bind"].dialect.name == "postgresql"
        yield made
        made.works.sessions.kw["bind"].dispose()


def do(house: House, login: str, deed: Callable[[Work], T]) -> T:
    with house.works.work(person(house, login)) as work:
        return deed(work)


def meet(house: House, first: tuple[str, Callable[[Work], T]], second: tuple[str, Callable[[Work], object]]) -> T:
    """The second deed begins and ends while the first is under way, after it has read and before it commits."""
    with house.works.work(person(house, first[0])) as work:
        answer = first[1](work)
        do(house, *second)
    return answer


def sealed(house: House) -> CaseId:
    described = describe_example(house, (Paper("旧案"),), closed=OLD)
    return seal_case(house.holdings, person(house, "archivist"), described).case_id


def hold(case: CaseId) -> Callable[[Work], object]:
    return lambda work: place_hold(work, get_case_target(work, case), HoldKind.LITIGATION, "涉诉")


def sign(case: CaseId) -> Callable[[Work], None]:
    return lambda work: sign_disposal(work, get_case_target(work, case), "期满")


def order(house: House, case: CaseId) -> DisposalOrder:
    for login in ("archivist", "deputy"):
        do(house, login, sign(case))
    return do(house, "deputy", lambda work: make_disposal_order(work, get_case_target(work, case)))


def state(house: House, case: CaseId) -> str:
    return do(house, "archivist", lambda work: work.session.get_one(CaseRow, case).state)


def test_a_hold_and_a_destruction_that_meet_do_not_both_come_about(house: House) -> None:
    case = sealed(house)
    made = order(house, case)
    with pytest.raises(Crossed) as crossed:
        meet(house, ("deputy", lambda work: destroy_case(work, house.holdings, made)), ("legal", hold(case)))
    assert crossed.value.code == "archive.deed-crossed"
    assert state(house, case) == SealState.SEALED
    with house.works.sessions() as session:
        assert len(Holds().active_holds(session, case)) == 1
    (refused, *_) = house.ports.get(Ledgers).entries("deed.refused", "")
    assert refused.body is not None and refused.body["facts"] == {"codes": ["archive.deed-crossed"]}


def test_a_destruction_that_meets_a_hold_wins_and_the_hold_is_refused(house: House) -> None:
    case = sealed(house)
    made = order(house, case)
    with pytest.raises(Crossed):
        meet(house, ("legal", hold(case)), ("deputy", lambda work: destroy_case(work, house.holdings, made)))
    with house.works.sessions() as session:
        assert Holds().active_holds(session, case) == ()
    with pytest.raises(Refusal) as refused:
        do(house, "legal", hold(case))
    assert refused.value.code == "retention.case-destroyed"


def test_two_hands_that_sign_the_same_step_at_once_leave_one_signature(house: House) -> None:
    case = sealed(house)
    with pytest.raises(Crossed):
        meet(house, ("archivist", sign(case)), ("archivist2", sign(case)))
    with house.works.sessions() as session:
        steps = session.scalar(select(func.count()).select_from(AppraisalRow).where(AppraisalRow.case_id == case))
    assert steps == 1


def test_a_deed_that_may_be_repeated_is_begun_again_and_sees_what_the_other_did(house: House) -> None:
    case, tries = sealed(house), 0

    def slow(work: Work) -> int:
        nonlocal tries
        tries += 1
        sign(case)(work)
        if tries == 1:
            do(house, "archivist2", sign(case))
        return tries

    with pytest.raises(Refusal) as refused:  # the second try finds the step taken
        house.works.perform(person(house, "archivist"), slow)
    assert tries == 2 and refused.value.code == "access.duty-lacking"


def test_numbers_given_at_once_from_many_sides_are_all_different(house: House) -> None:
    given: list[int] = []

    def give() -> None:
        for _ in range(5):
            given.append(house.works.perform(person(house, "archivist"), lambda work: next_number(work, "试·2026")))

    hands = [threading.Thread(target=give) for _ in range(3)]
    for each in hands:
        each.start()
    for each in hands:
        each.join()
    assert sorted(given) == list(range(1, 16))
