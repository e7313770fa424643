"""Releasing 出具: nothing is locked while a copy is built, what changed meanwhile stops it, it is handed over once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from access.copies import COPIES
from access.service.gone_cases import REASON, gone_case_handler
from access.service.leftovers import drop_stray_copies
from access.service.releasing import begin_delivery, finish_delivery, make_release
from access.service.requests import get_request, review_request, sign_request, submit_request
from access.tables import CircleRow, ClearanceRow, CopyRequestRow, ReleaseRow
from access.terms import RequestState
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId, ItemId, ReleaseId, RequestId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.keys.store import KeyStore
from archive.service.reading import get_item_targets
from archive.tables import CaseRow, GapRow, ItemRow
from archive.terms import Part, SealState
from tests.access.desk import PDF, Desk, make_desk
from tests.support.cases import Paper
from tests.support.house import House, make_house, person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("releasing"))


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    yield make_desk(house)


def _codes(act: Callable[[], object]) -> list[tuple[str, dict[str, object]]]:
    with pytest.raises(Refusal) as refused:
        act()
    return [(reason.code, dict(reason.facts)) for reason in refused.value.all()]


def _make(desk: Desk, request: RequestId) -> ReleaseId:
    return make_release(desk.house.works, desk.counter, person(desk.house, "archivist"), request)


def _released(desk: Desk, case_id: CaseId | None = None) -> ReleaseId:
    release = _make(desk, desk.approved(case_id or desk.case()))
    desk.sequence()
    return release


def _begin(desk: Desk, release: ReleaseId, login: str = "party") -> tuple[str, bytes]:
    with desk.house.works.work(person(desk.house, login)) as work:
        return begin_delivery(work, desk.counter, release)


def _finish(desk: Desk, release: ReleaseId) -> None:
    finish_delivery(desk.house.works, desk.counter, person(desk.house, "party"), release)


def _destroy(desk: Desk, case_id: CaseId) -> None:
    """What a decided destruction leaves of a case."""
    with desk.house.works.work(machine_actor("tests", "destruction")) as work:
        row = work.session.get_one(CaseRow, case_id)
        row.state, row.facts_enc = SealState.DESTROYED, b""
        for item in work.session.scalars(select(ItemRow).where(ItemRow.case_id == case_id)):
            item.facts_enc = b""


def test_others_write_while_a_copy_is_built(desk: Desk) -> None:
    could: list[bool] = []
    desk.maker.during = lambda: could.append(desk.can_write())
    release = _released(desk)
    assert could == [True]
    number, pdf = _begin(desk, release)
    assert pdf == PDF and number == desk.maker.words[-1].release_no


def test_what_changed_while_a_copy_was_built_stops_it_and_its_number_is_a_gap(desk: Desk) -> None:
    case_id = desk.case()
    request = desk.approved(case_id)

    def withdraw() -> None:
        with desk.house.works.work(person(desk.house, "party")) as work:
            work.session.get_one(CopyRequestRow, request).state = RequestState.RETURNED

    desk.maker.during = withdraw
    assert _codes(lambda: _make(desk, request)) == [("access.request-out-of-order", {"state": "returned"})]
    desk.maker.during = lambda: _destroy(desk, case_id)
    request = desk.approved(case_id)
    assert _codes(lambda: _make(desk, request)) == [("access.case-destroyed", {})]
    with desk.house.works.sessions() as session:
        assert session.scalars(select(ReleaseRow).where(ReleaseRow.case_id == case_id)).all() == []
        gaps = session.scalars(select(GapRow.number).where(GapRow.series.startswith("release/"))).all()
    assert len(gaps) == 2
    assert desk.counter.copies.names() == () or not set(desk.counter.copies.names()) - _known(desk)


def _known(desk: Desk) -> set[str]:
    with desk.house.works.sessions() as session:
        return set(session.scalars(select(ReleaseRow.id)))


def test_a_foreign_and_an_absent_request_get_one_answer_at_every_step(desk: Desk) -> None:
    there, absent, foreign = desk.ask(desk.case()), RequestId(new_id("request")), person(desk.house, "foreign")
    steps: tuple[Callable[[Work, RequestId], object], ...] = (
        lambda work, request: get_request(work, desk.counter, request),
        lambda work, request: review_request(work, desk.counter, request, [], ""),
        lambda work, request: sign_request(work, desk.counter, request, approves=True, reason="", seen=""),
    )
    for login in ("foreign", "stranger", "sysadmin"):
        for step in steps:

            def act(request: RequestId, login: str = login, step: Callable[..., object] = step) -> None:
                with desk.house.works.work(person(desk.house, login)) as work:
                    step(work, request)

            assert _codes(lambda: act(there)) == _codes(lambda: act(absent)) == [("access.request-unknown", {})]
    for request in (there, absent):
        asked = _codes(partial(make_release, desk.house.works, desk.counter, foreign, request))
        assert asked == [("access.request-unknown", {})]


def test_a_paper_of_the_internal_part_is_refused_as_one_that_does_not_exist(desk: Desk) -> None:
    case_id = desk.case(Paper("处罚决定书"), Paper("集体讨论记录", part=Part.INTERNAL, content=b"inner\n"))
    with desk.house.works.sessions() as session:
        rows = session.scalars(select(ItemRow).where(ItemRow.case_id == case_id).order_by(ItemRow.sequence)).all()
    shown, inner = ItemId(rows[0].id), ItemId(rows[1].id)
    said = [
        _codes(partial(desk.ask, case_id, [shown, item])) for item in (inner, ItemId(new_id("item")))
    ]  # fmt: skip
    assert said[0] == said[1] == [("access.scope-foreign", {})]
    assert desk.ask(case_id, [shown])


def test_numbers_of_a_case_with_a_level_leave_no_gap_and_tell_nothing(desk: Desk) -> None:
    plain, secret = desk.case(), [desk.case(), desk.case()]
    party = person(desk.house, "party")
    with desk.house.works.work(machine_actor("tests", "levels")) as work:
        until = work.now + timedelta(days=9)
        given = {"until": until, "ground": "tests", "granted_by": "person_x", "granted_at": work.now}
        for who in (party, person(desk.house, "archivist"), person(desk.house, "deputy")):
            work.session.add(ClearanceRow(person_id=who.id, level=1, **given))
            for case_id in secret:
                work.session.get_one(CaseRow, case_id).level = 1
                work.session.add(CircleRow(case_id=case_id, person_id=who.id, named_by="x", named_at=work.now))

    def numbers(case_id: CaseId) -> tuple[str, str]:
        request = desk.approved(case_id)
        release = _make(desk, request)
        with desk.house.works.sessions() as session:
            asked, made = session.get_one(CopyRequestRow, request), session.get_one(ReleaseRow, release)
            return asked.number, made.number

    first, hidden, other, second = numbers(plain), numbers(secret[0]), numbers(secret[1]), numbers(plain)
    for before, after in zip(first, second, strict=True):
        assert _count(after) == _count(before) + 1
    for one, two in zip(hidden, other, strict=True):
        assert one != two and _count(one) == _count(two) == 1


def _count(number: str) -> int:
    return int(number.removesuffix("号").replace("-", "〕").rsplit("〕", 1)[-1])


def test_an_interrupted_delivery_is_begun_again_and_a_finished_one_is_not(desk: Desk) -> None:
    release = _released(desk)
    with desk.house.works.sessions() as session:
        request = RequestId(session.get_one(ReleaseRow, release).request_id)
    assert _begin(desk, release)[1] == PDF
    desk.house.clock.advance(timedelta(hours=23))
    assert _begin(desk, release)[1] == PDF
    for login in ("stranger", "archivist"):
        assert _codes(partial(_begin, desk, release, login)) == [("access.release-unknown", {})]
    with desk.house.works.work(person(desk.house, "party")) as work:
        assert get_request(work, desk.counter, request).state is RequestState.RELEASED
    _finish(desk, release)
    assert release not in desk.counter.copies.names()
    _finish(desk, release)
    assert [code for code, _ in _codes(lambda: _begin(desk, release))] == ["access.release-closed"]
    with desk.house.works.work(person(desk.house, "party")) as work:
        assert get_request(work, desk.counter, request).state is RequestState.COLLECTED


def test_a_delivery_that_was_never_finished_lapses_and_its_copy_is_shredded(desk: Desk) -> None:
    release, waiting = _released(desk), _released(desk)
    _begin(desk, release)
    desk.house.clock.advance(timedelta(hours=24, seconds=1))
    assert [code for code, _ in _codes(lambda: _begin(desk, release))] == ["access.delivery-lapsed"]
    with desk.house.works.work(machine_actor("recovery", "tests")) as work:
        assert release in drop_stray_copies(work, desk.counter)
    assert waiting in desk.counter.copies.names() and release not in desk.counter.copies.names()
    with desk.house.works.work(person(desk.house, "party")) as work:
        row = work.session.get_one(ReleaseRow, release)
        view = get_request(work, desk.counter, RequestId(row.request_id))
    assert view.state is RequestState.CLOSED and "24" in view.steps[-1].reason


def test_the_key_of_a_copy_that_could_not_be_written_is_swept(desk: Desk) -> None:
    keys, stray = desk.house.holdings.keys, new_id("release")
    keys.new_file_key(stray, COPIES)  # as the store does before it writes, and then the disk was full
    assert stray in desk.counter.copies.names()
    with desk.house.works.work(machine_actor("recovery", "tests")) as work:
        assert stray in drop_stray_copies(work, desk.counter)
    assert stray not in keys.file_ids(COPIES)


def test_copies_and_open_requests_end_with_their_case(desk: Desk) -> None:
    case_id, kept = desk.case(), _released(desk)
    release, waiting, keys = _released(desk, case_id), desk.ask(case_id), desk.house.ports.get(KeyStore)
    folder = desk.house.path / "releases"
    stolen = (folder / release).read_bytes()
    assert keys.open_key(release)
    _destroy(desk, case_id)
    assert _codes(lambda: _begin(desk, release)) == [("access.case-destroyed", {})]
    handler = gone_case_handler(desk.counter)
    for _ in range(2):
        handler({"case_id": case_id})
    assert not (folder / release).exists() and kept in desk.counter.copies.names()
    (folder / release).write_bytes(stolen)
    assert _codes(lambda: desk.counter.copies.get(release))[0][0] == "archive.key-destroyed"
    (folder / release).unlink()
    with desk.house.works.work(person(desk.house, "party")) as work:
        row = work.session.get_one(ReleaseRow, release)
        assert row.withdrawn_at is not None and row.collected_at is None
        for request in (waiting, RequestId(row.request_id)):
            view = get_request(work, desk.counter, request)
            assert view.state is RequestState.CLOSED and view.steps[-1].reason == REASON
            assert len([step for step in view.steps if step.reason == REASON]) == 1
        items = list(get_item_targets(work, case_id))
    with pytest.raises(Refusal), desk.house.works.work(person(desk.house, "party")) as work:
        submit_request(work, desk.counter, case_id, items, "再次申请")


def test_the_statement_tells_what_is_not_given_and_why(desk: Desk) -> None:
    case_id = desk.case(Paper("处罚决定书"), Paper("送达回证"))
    request = desk.ask(case_id)
    with desk.house.works.work(person(desk.house, "archivist")) as work:
        given, kept_back = get_request(work, desk.counter, request).items
        review_request(work, desk.counter, request, [given], "含他人个人信息")
        seen = get_request(work, desk.counter, request).scope_digest
    with desk.house.works.work(person(desk.house, "deputy")) as work:
        sign_request(work, desk.counter, request, approves=True, reason="同意", seen=seen)
    _make(desk, request)
    (words,) = desk.maker.words
    assert words.left_out == (kept_back,)
    assert words.left_out_reason == "含他人个人信息"
