"""The four-property check in its deeds: what stops a seal, where reports lie, and what is found in a kept case."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive.kernel.ids import CaseId
from archive.kernel.refusals import Catalogue, Refusal
from archive.ports import object_id
from archive.rules.four_properties import CHECKS, Checkpoint, Judgement, Result
from archive.service.comparing import compare_store
from archive.service.property_runs import PropertyRun, check_kept
from archive.service.property_view import open_property_report, property_reports
from archive.service.sealing import seal_case
from archive.service.staging import Staging
from archive.spec import anjuan_verify
from archive.tables import CaseRow, EvidenceRow, FileRow, IntentRow, ItemRow, PropertyReportRow
from archive.terms import Role, SealState, Tier
from tests.support.cases import OPEN, PRIVATE, Paper, add_version, describe_example, outside_anchors, seal_example
from tests.support.faults import without_stamps
from tests.support.house import House, make_house, open_house, person

PAPERS = (Paper("立案审批表"), Paper("身份证明", PRIVATE, b"an identity card\n"))


def _check(house: House, case_id: CaseId, checkpoint: Checkpoint = Checkpoint.KEEPING, **more: object) -> PropertyRun:
    actor = person(house, "archivist")
    return check_kept(house.holdings, actor, case_id, checkpoint, outside_anchors(house), **more)  # type: ignore[arg-type]


def _staged(house: House, case_id: CaseId) -> list[Path]:
    return sorted(Staging(house.holdings, case_id, 1).data.iterdir())


def _spoil(house: House, case_id: CaseId) -> None:
    path = _staged(house, case_id)[0]
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def _lose(house: House, case_id: CaseId) -> None:
    _staged(house, case_id)[0].unlink()


def _move_page(house: House, case_id: CaseId) -> None:
    with house.works.sessions() as session, session.begin():
        session.scalars(select(ItemRow).where(ItemRow.case_id == case_id, ItemRow.sequence == 2)).one().first_page = 7


def _rename_package(house: House, case_id: CaseId) -> None:
    with house.works.sessions() as session, session.begin():
        session.get_one(CaseRow, case_id).package_digest = f"of another {case_id}"


@pytest.mark.parametrize(
    ("plant", "ids"),
    [
        (_spoil, {"GD-1-1", "GD-3-7"}),
        (_lose, {"GD-2-7", "GD-2-11"}),
        (_move_page, {"GD-2-6"}),
        (_rename_package, {"GD-1-14"}),
    ],
)
def test_a_failing_item_blocks_the_seal_and_nothing_changes(house: House, plant: object, ids: set[str]) -> None:
    case_id = describe_example(house, PAPERS)
    plant(house, case_id)  # type: ignore[operator]
    before = {path.name: path.read_bytes() for path in _staged(house, case_id)}
    keys = house.holdings.keys.file_ids(object_id(case_id))
    with pytest.raises(Refusal) as refused:
        seal_case(house.holdings, person(house, "archivist"), case_id)
    reasons = refused.value.all()
    assert {str(reason.facts["item"]) for reason in reasons} == ids
    assert {reason.code for reason in reasons} == {"archive.property-failed"}
    assert all(reason.basis == f"DA/T 70-2018 {reason.facts['item']}" for reason in reasons)
    for language in ("zh", "en"):
        assert "—" not in Catalogue.load(["archive"]).tell(reasons[0], language).todo
    assert {path.name: path.read_bytes() for path in _staged(house, case_id)} == before
    assert house.holdings.keys.file_ids(object_id(case_id)) == keys
    assert house.holdings.store.object_folder(object_id(case_id)) is None
    assert not house.holdings.checkpoints.entries("case.sealed", case_id)
    with house.works.sessions() as session:
        assert session.get_one(CaseRow, case_id).state == SealState.ACCEPTED
        assert session.get(IntentRow, case_id) is None
        found = select(func.count()).select_from(PropertyReportRow).where(PropertyReportRow.case_id == case_id)
        assert session.scalar(found) == 0


def test_a_description_that_could_never_be_sealed_is_not_taken_into_custody(house: House) -> None:
    with pytest.raises(Refusal) as refused:
        describe_example(house, PAPERS, closed=date(2030, 1, 1))
    assert {(reason.code, reason.facts["item"]) for reason in refused.value.all()} == {
        ("archive.property-failed", "GD-1-5")
    }


def test_the_report_lies_in_the_sealed_object_for_each_tier_and_others_verify_it(house: House, tmp_path: Path) -> None:
    sealed = seal_example(house, PAPERS)
    anchor = tmp_path / "anchor.der"
    anchor.write_bytes(outside_anchors(house).certificates[0])
    command = [sys.executable, anjuan_verify.__file__, "verify", "--anchor", str(anchor), str(sealed.folder)]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout
    with house.works.work(person(house, "archivist")) as work:
        reports = {one.tier: one for one in property_reports(work, house.holdings, sealed.case_id)}
        assert {tier: one.forms for tier, one in reports.items()} == {
            Tier.GENERAL: ("pdf", "json"),
            Tier.PERSONAL: ("json",),
        }
        texts = {}
        for tier, one in reports.items():
            source = open_property_report(work, house.holdings, sealed.case_id, one.id, "json")
            texts[tier] = json.loads(source.whole())
            source.close()
    with house.works.sessions() as session:
        wanted = select(FileRow).where(FileRow.case_id == sealed.case_id, FileRow.role == Role.REPORT)
        assert {row.tier for row in session.scalars(wanted)} == set(reports)
    for tier, text in texts.items():
        assert [line["id"] for line in text["results"]] == [check.id(Checkpoint.FILING) for check in CHECKS]
        assert {line["id"]: line["result"] for line in text["results"]} == dict(reports[tier].results)
    general = json.dumps(texts[Tier.GENERAL], ensure_ascii=False)
    assert "-002" not in general and "-002" in json.dumps(texts[Tier.PERSONAL])  # the guarded item is in its tier alone


def test_a_kept_case_is_checked_and_the_report_is_sealed_as_evidence(house: House, tmp_path: Path) -> None:
    sealed = seal_example(house, PAPERS, versions=2)
    before = {path: path.read_bytes() for path in sealed.folder.rglob("*") if path.is_file()}
    house.clock.advance(timedelta(minutes=1))
    run = _check(house, sealed.case_id, judged={"4-5": Judgement(Result.PASS, "外观完好")})
    lines = {line.id: line for line in run.results}
    assert run.grave == () and lines["CQ-1-1"].result is Result.PASS and lines["CQ-4-5"].words == "外观完好"
    assert {path: path.read_bytes() for path in sealed.folder.rglob("*") if path.is_file()} == before
    assert compare_store(house.holdings).ok
    folder = house.holdings.store.object_folder(object_id(CaseId(run.evidence_id)))
    anchor = tmp_path / "anchor.der"
    anchor.write_bytes(outside_anchors(house).certificates[0])
    command = [sys.executable, anjuan_verify.__file__, "verify", "--anchor", str(anchor), str(folder)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    (entry,) = house.holdings.checkpoints.entries("case.properties-checked", sealed.case_id)
    assert entry.body is not None and entry.body["facts"]["evidence"] == run.evidence_id
    with house.works.work(person(house, "archivist")) as work:
        newest = property_reports(work, house.holdings, sealed.case_id)[0]
        source = open_property_report(work, house.holdings, sealed.case_id, newest.id, "json")
        assert json.loads(source.whole())["checkpoint"] == "CQ"
        source.close()


def test_damage_to_a_kept_case_is_a_fault_of_the_report_and_no_refusal(house: House) -> None:
    sealed = seal_example(house, PAPERS)
    (row,) = _originals(house, sealed.case_id, Tier.PERSONAL)
    path = sealed.folder / "v1" / "content" / "data" / row
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    run = _check(house, sealed.case_id, Checkpoint.HANDOVER)
    assert {"YJ-1-1", "YJ-2-7"} <= set(run.grave)


def _originals(house: House, case_id: CaseId, tier: Tier) -> list[str]:
    with house.works.sessions() as session:
        wanted = select(FileRow.id).where(FileRow.case_id == case_id, FileRow.tier == tier, FileRow.role == "original")
        return list(session.scalars(wanted))


def test_while_a_tier_is_locked_its_descriptions_are_pending(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    sealed = seal_example(house, PAPERS)
    locked = open_house(house.path, house.clock, unlocked=False)
    locked.people.update(house.people)
    run = _check(locked, sealed.case_id)
    lines = {line.check.key: line.result for line in run.results}
    assert (lines["3-2"], lines["1-5"], lines["1-13"]) == (Result.PENDING, Result.PENDING, Result.PASS)
    assert run.grave == ()


def test_an_old_object_without_reports_and_without_sums_stays_whole(house: House) -> None:
    """As sealed before there were reports: nothing of it is missing, what was not recorded is pending."""
    sealed = seal_example(house, (Paper("立案审批表", OPEN),))
    with house.works.sessions() as session, session.begin():
        for row in session.scalars(select(PropertyReportRow).where(PropertyReportRow.case_id == sealed.case_id)):
            session.delete(row)
    add_version(house, sealed.case_id, Paper("补充材料"))
    assert _check(house, sealed.case_id).grave == ()


def test_without_the_authority_no_report_is_kept(house: House) -> None:
    sealed = seal_example(house, (Paper("立案审批表"),))
    away = without_stamps(house.holdings, pages_too=False)
    with pytest.raises(Refusal) as refused:
        check_kept(away, person(house, "archivist"), sealed.case_id, Checkpoint.KEEPING, outside_anchors(house))
    assert refused.value.code == "archive.evidence-unsealed"
    assert compare_store(house.holdings).ok
    assert not [name for name in house.holdings.store.staged() if name.startswith("evidence_")]


@pytest.mark.parametrize("published", [False, True])
def test_a_crash_while_evidence_is_published_is_finished_or_taken_back(house: House, published: bool) -> None:
    sealed = seal_example(house, (Paper("立案审批表"),))
    run = _check(house, sealed.case_id)
    evidence = object_id(CaseId(run.evidence_id))
    with house.works.sessions() as session, session.begin():
        session.get_one(EvidenceRow, run.evidence_id).state = "publishing"
        wanted = select(PropertyReportRow).where(PropertyReportRow.evidence_id == run.evidence_id)
        for row in session.scalars(wanted):
            session.delete(row)
    if not published:
        house.holdings.store.remove_object(evidence)
    house.clock.advance(timedelta(minutes=1))
    _check(house, sealed.case_id)
    with house.works.sessions() as session:
        found = session.get(EvidenceRow, run.evidence_id)
        assert (found is not None and found.state == "sealed") is published
        counted = select(func.count()).select_from(PropertyReportRow)
        kept = session.scalar(counted.where(PropertyReportRow.evidence_id == run.evidence_id))
    assert kept == (1 if published else 0)
    assert bool(house.holdings.keys.file_ids(evidence)) is published
    assert compare_store(house.holdings).ok
