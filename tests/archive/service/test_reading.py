"""Reading: lists and pages show what the guard allows, content is opened only after its yes, and each read is told."""

from __future__ import annotations

from contextlib import closing

import pytest

from archive.kernel.guard import Purpose
from archive.kernel.ids import CaseId, FileId, new_id
from archive.kernel.refusals import Refusal
from archive.keys.terms import ContentDamaged
from archive.service.reading import CaseView, case_by_reference, get_case, list_cases, open_file
from archive.terms import Role
from tests.support.house import House, open_house, person
from tests.support.tampering import PAPERS, Target


def _view(house: House, login: str, case_id: CaseId) -> CaseView:
    with house.works.work(person(house, login)) as work:
        return get_case(work, house.holdings, case_id)


def _titles(view: CaseView) -> list[tuple[str, tuple[str, ...]]]:
    return [(item.facts.title if item.facts else "", item.withheld) for each in view.volumes for item in each.items]


def test_a_reader_with_the_compartments_sees_every_title_and_file(target: Target) -> None:
    view = _view(target.house, "archivist", target.example.case_id)
    assert _titles(view) == [(paper.title, ()) for paper in PAPERS] + [("补充材料", ())]
    assert all(len(item.files) == 1 for volume in view.volumes for item in volume.items)
    assert [seal.version for seal in view.seals] == [1, 2]
    assert {file.first_version for file in view.made} == {2}
    assert Role.INNER_MANIFEST not in {file.role for file in view.made}


def test_without_them_an_item_is_shown_with_its_ground_alone(target: Target) -> None:
    view = _view(target.house, "archivist2", target.example.case_id)
    assert _titles(view) == [("立案审批表", ()), ("", ("个人隐私",)), ("", ("商业秘密",)), ("补充材料", ())]
    hidden = [item for volume in view.volumes for item in volume.items if item.withheld]
    assert all((item.files, item.doc_type, item.doc_date) == ((), "", None) for item in hidden)


@pytest.mark.parametrize("login", ["foreign", "party", "stranger"])
def test_a_case_above_the_reader_is_refused_in_the_words_of_an_absent_one(target: Target, login: str) -> None:
    house = target.house
    said = []
    with target.restored():
        for case_id in (target.example.case_id, CaseId(new_id("case"))):
            with pytest.raises(Refusal) as refused:
                _view(house, login, case_id)
            said.append([(each.code, dict(each.facts)) for each in refused.value.all()])
    assert said[0] == said[1] == [("archive.case-unknown", {})]


def test_lists_hold_no_case_that_the_reader_may_not_know_of(target: Target) -> None:
    house = target.house
    seen = {}
    for login in ("archivist", "foreign", "party", "supervisor"):
        with house.works.work(person(house, login)) as work:
            seen[login] = [line.case_id for line in list_cases(work, house.holdings)]
    own = [target.example.case_id, target.other.case_id]
    assert seen == {"archivist": seen["archivist"], "foreign": [], "party": [], "supervisor": seen["archivist"]}
    assert set(own) <= set(seen["archivist"])


def test_a_list_goes_on_behind_the_last_line(target: Target) -> None:
    house = target.house
    with house.works.work(person(house, "archivist")) as work:
        whole = list_cases(work, house.holdings)
        first = list_cases(work, house.holdings, limit=1)
        rest = list_cases(work, house.holdings, after=(first[-1].accepted_at, first[-1].case_id))
    assert [line.case_id for line in (*first, *rest)] == [line.case_id for line in whole]


def _original(target: Target, title: str) -> FileId:
    view = _view(target.house, "archivist", target.example.case_id)
    items = [item for volume in view.volumes for item in volume.items if item.facts and item.facts.title == title]
    return items[0].files[0].id


def test_content_comes_back_whole_and_the_read_is_journaled(target: Target) -> None:
    house, file_id = target.house, _original(target, "身份证明")
    with target.restored():
        with (
            house.works.work(person(house, "archivist")) as work,
            closing(open_file(work, house.holdings, file_id)) as source,
        ):
            assert (source.whole(), source.read_at(3, 8)) == (PAPERS[1].content, PAPERS[1].content[3:11])
        (entry, *_) = house.holdings.checkpoints.entries("content.read", target.example.case_id)
        assert (entry.actor_id, entry.tier) == (person(house, "archivist").id, "personal")
        with house.works.work(person(house, "archivist")) as work:
            open_file(work, house.holdings, file_id, Purpose.EVIDENCE).close()
        assert len(house.holdings.checkpoints.entries("content.read", target.example.case_id)) == 2


def test_nobody_opens_content_against_the_guard_and_each_attempt_is_journaled(target: Target) -> None:
    house, file_id = target.house, _original(target, "身份证明")
    codes = {"archivist2": "access.compartment-lacking", "foreign": "archive.case-unknown"}
    codes |= {"supervisor": "access.duty-lacking", "sysadmin": "access.duty-lacking", "party": "archive.case-unknown"}
    with target.restored():
        for login, code in codes.items():
            with pytest.raises(Refusal) as refused, house.works.work(person(house, login)) as work:
                open_file(work, house.holdings, file_id)
            assert code in [each.code for each in refused.value.all()], login
        assert len(house.holdings.checkpoints.entries("deed.refused", "")) >= len(codes)


def test_a_locked_tier_is_said_not_guessed(target: Target) -> None:
    file_id = _original(target, "身份证明")
    with target.restored():
        house = open_house(target.house.path, target.house.clock, unlocked=False)
        house.people.update(target.house.people)
        view = _view(house, "archivist", target.example.case_id)
        assert [item.locked for volume in view.volumes for item in volume.items] == [False, True, True, False]
        with pytest.raises(Refusal) as refused, house.works.work(person(house, "archivist")) as work:
            open_file(work, house.holdings, file_id)
        assert refused.value.code == "archive.tier-locked"


def test_changed_ciphertext_gives_no_byte(target: Target) -> None:
    house, file_id = target.house, _original(target, "身份证明")
    name = f"v1/content/data/{file_id}"
    with target.restored():
        data = target.files[name]
        (target.folder / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with house.works.work(person(house, "archivist")) as work, pytest.raises(ContentDamaged):
            open_file(work, house.holdings, file_id)  # the end is read first: it says how long the file is


def test_a_reference_is_looked_up_whole_and_tells_strangers_nothing(target: Target) -> None:
    house = target.house
    reference = target.example.receipt.reference_code
    with target.restored():
        with house.works.work(person(house, "archivist")) as work:
            assert case_by_reference(work, reference) == target.example.case_id
        for login, text in (("party", reference), ("foreign", reference), ("archivist", reference[:-1])):
            with pytest.raises(Refusal) as refused, house.works.work(person(house, login)) as work:
                case_by_reference(work, text)
            assert refused.value.code == "archive.case-unknown"
