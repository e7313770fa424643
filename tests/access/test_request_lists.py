"""Request lists 申请目录: page by page, nobody else's requests, and no more read than a page needs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from access.ports import Counter
from access.rules.places import place_of, read_place
from access.service.request_lists import list_requests
from access.tables import CopyRequestRow
from access.terms import RequestState
from archive.kernel.ids import CaseId, UnitCode, new_id
from tests.support.cases import Paper, describe_example
from tests.support.house import OTHER, START, UNIT, House, make_house, person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("lists"))


def _fill(house: House, case_id: CaseId, unit: UnitCode, login: str, count: int) -> list[str]:
    """Requests of one case, several at one instant."""
    texts, made = house.ports.get(Counter).texts, []
    with house.works.work(person(house, login)) as work:
        for number in range(count):
            request = new_id("request")
            made.append(request)
            work.session.add(
                CopyRequestRow(
                    id=request,
                    number=request,
                    case_id=case_id,
                    unit=unit,
                    requester=person(house, login).id,
                    capacity="party",
                    state=RequestState.RETURNED if number % 3 == 0 else RequestState.SUBMITTED,
                    purpose_enc=texts.encrypt(request, "诉讼"),
                    delivery="download",
                    items=[new_id("item")],
                    created_at=START + timedelta(minutes=number // 2),
                )
            )
    return made


@pytest.fixture(scope="module")
def made(house: House) -> dict[str, list[str]]:
    own = describe_example(house, (Paper("立案审批表"),))
    other = describe_example(house, (Paper("立案审批表"),), unit=OTHER, login="foreign")
    return {
        "party": _fill(house, own, UNIT, "party", 31),
        "stranger": _fill(house, own, UNIT, "stranger", 12),
        "elsewhere": _fill(house, other, OTHER, "stranger", 150),
    }


def _walk(house: House, login: str, limit: int, *, oldest_first: bool = False) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        with house.works.work(person(house, login)) as work:
            page = list_requests(
                work, house.ports.get(Counter), after=after, limit=limit, oldest_first=oldest_first
            )  # fmt: skip
        assert len(page.views) <= limit
        found += [view.id for view in page.views]
        after = page.follows
        if not after:
            return found


def test_pages_give_every_request_of_the_reader_once_and_nobody_elses(house: House, made: dict[str, list[str]]) -> None:
    assert sorted(_walk(house, "party", 7)) == sorted(made["party"])
    newest = _walk(house, "archivist", 10)
    assert sorted(newest) == sorted(made["party"] + made["stranger"])
    assert _walk(house, "archivist", 13, oldest_first=True) == newest[::-1]
    assert sorted(_walk(house, "foreign", 60)) == sorted(made["elsewhere"])
    assert _walk(house, "auditor", 10) == []


def test_states_and_a_condition_narrow_a_page(house: House, made: dict[str, list[str]]) -> None:
    with house.works.work(person(house, "party")) as work:
        page = list_requests(
            work,
            house.ports.get(Counter),
            states=(RequestState.RETURNED,),
            keep=lambda view: view.id != made["party"][0],
        )
    assert sorted(view.id for view in page.views) == sorted(made["party"][3::3])


def test_a_page_costs_the_same_however_many_there_are(house: House, made: dict[str, list[str]]) -> None:
    engine = house.works.sessions.kw["bind"]

    def cost(login: str) -> int:
        statements: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        try:
            with house.works.work(person(house, login)) as work:
                assert len(list_requests(work, house.ports.get(Counter), limit=5).views) == 5
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(statements)

    assert abs(cost("foreign") - cost("archivist")) <= 3  # 150 requests against 43


def test_what_is_no_place_is_the_beginning() -> None:
    assert read_place(place_of(START, "request_a")) == (START, "request_a")
    for wrong in ("", "x", "2026-11-24", "2026-11-24T02:00:00~request_a", "~", "x~y"):
        assert read_place(wrong) is None
