"""Describing: numbers, volumes, repeats and markings of cases that are taken into custody."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from archive.kernel.ids import CaseId, new_id
from archive.kernel.refusals import Refusal
from archive.tables import CaseRow, FileRow, ItemRow, SeriesRow, VolumeRow
from archive.terms import Claim, Compartment, Handling, Level, Marking, Part, SealState
from tests.support.cases import PROCESS, SECRET, Paper, describe_example
from tests.support.house import House


def _case(house: House, case_id: CaseId) -> CaseRow:
    with house.works.sessions() as session:
        return session.get_one(CaseRow, case_id)


def _volumes(house: House, case_id: CaseId) -> list[tuple[str, str, list[str]]]:
    """(part, number, numbers of its items) of each volume in order."""
    with house.works.sessions() as session:
        wanted = select(VolumeRow).where(VolumeRow.case_id == case_id).order_by(VolumeRow.sequence)
        return [
            (
                volume.part,
                volume.reference_code,
                list(
                    session.scalars(
                        select(ItemRow.reference_code).where(ItemRow.volume_id == volume.id).order_by(ItemRow.sequence)
                    )
                ),
            )
            for volume in session.scalars(wanted)
        ]


def _count(house: House) -> tuple[int, ...]:
    with house.works.sessions() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (CaseRow, ItemRow, FileRow)
        )


def test_numbers_run_through_each_series_of_procedure_year_and_retention(house: House) -> None:
    one, two = (_case(house, describe_example(house, closed=date(2024, 5, month))) for month in (1, 2))
    other = _case(house, describe_example(house, closed=date(2025, 5, 1)))
    assert (one.reference_code, two.reference_code) == ("J019-ZY·CF·2024·D30-0001", "J019-ZY·CF·2024·D30-0002")
    assert other.reference_code == "J019-ZY·CF·2025·D30-0001"
    assert one.state == SealState.ACCEPTED and one.version == 0
    assert one.disposal_year == 2055  # thirty years from the end of 2024


def test_secret_items_have_volumes_and_numbers_that_no_gap_betrays(house: House) -> None:
    papers = (
        Paper("立案审批表"),
        Paper("涉密函件", SECRET, part=Part.MAIN),
        Paper("现场笔录"),
        Paper("集体讨论记录", PROCESS, part=Part.INTERNAL),
        Paper("涉密请示", SECRET, part=Part.INTERNAL),
    )
    mixed = describe_example(house, papers, closed=date(2023, 1, 5))
    plain = describe_example(house, papers[:1], closed=date(2023, 1, 6))
    assert _volumes(house, mixed) == [
        ("main", "J019-ZY·CF·2023·D30-0001·1", [f"J019-ZY·CF·2023·D30-0001·1-00{n}" for n in (1, 2)]),
        ("internal", "J019-ZY·CF·2023·D30-0001·2", ["J019-ZY·CF·2023·D30-0001·2-001"]),
        ("main", "J019-ZY·CF·M·2023·D30-0001", ["J019-ZY·CF·M·2023·D30-0001-001"]),
        ("internal", "J019-ZY·CF·M·2023·D30-0002", ["J019-ZY·CF·M·2023·D30-0002-001"]),
    ]
    assert _volumes(house, plain) == [("main", "J019-ZY·CF·2023·D30-0002", ["J019-ZY·CF·2023·D30-0002-001"])]


def test_a_package_is_taken_in_once_and_a_refusal_takes_no_number(house: House) -> None:
    package = new_id("package")
    first = _case(house, describe_example(house, closed=date(2022, 3, 1), package=package))
    before = _count(house)
    with pytest.raises(Refusal) as refused:
        describe_example(house, closed=date(2022, 3, 1), package=package)
    assert refused.value.code == "archive.package-repeated"
    assert refused.value.facts["reference"] == first.reference_code
    assert _count(house) == before
    with house.works.sessions() as session:
        assert session.get_one(SeriesRow, first.series).last == 1
    assert _case(house, describe_example(house, closed=date(2022, 3, 1))).file_no == 2


def test_every_contradiction_of_markings_is_told_at_once_and_nothing_is_written(house: House) -> None:
    before = _count(house)
    open_and_private = Marking(Handling.OPEN, claims=(Claim(Compartment.PRIVACY),))
    papers = (Paper("一", open_and_private), Paper("二", Marking(level=Level.SECRET)))
    with pytest.raises(Refusal) as refused:
        describe_example(house, papers)
    assert [each.code for each in refused.value.all()] == [
        "archive.marking-open-and-guarded",
        "archive.marking-without-basis",
        "archive.marking-without-period",
    ]
    assert _count(house) == before


def test_nobody_takes_cases_into_the_custody_of_another_unit(house: House) -> None:
    before = _count(house)
    for login in ("foreign", "party", "sysadmin", "auditor"):
        with pytest.raises(Refusal):
            describe_example(house, login=login)
    assert _count(house) == before


def test_the_database_holds_no_word_of_a_description(house: House) -> None:
    describe_example(house, (Paper("帕拉塞尔苏斯的身份证明", name="孔雀石.txt"),), title="帕拉塞尔苏斯案")
    everything = b"".join(path.read_bytes() for path in house.path.rglob("*") if path.is_file())
    for word in ("帕拉塞尔苏斯", "孔雀石"):
        assert word.encode() not in everything
