"""A recording that take-in only looked at is checked to its end later, part by part, and what is found is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from archive.facts import FindingFacts, ItemFacts
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.jobs import JobRow
from archive.kernel.refusals import Refusal
from archive.service.columns import Columns
from archive.service.media_check import KIND, check_next, checked_recording, survey
from archive.tables import ItemRow, ItemWorkRow
from archive.terms import Tier
from tests.archive.renditions.films import film
from tests.ingest.support import Desk
from tests.support.house import person

TESTER = machine_actor("tests", "tests")


def not_checked(desk: Desk, case_id: CaseId) -> ItemId:
    """The recording of a case, as take-in leaves one that is too long for it."""
    with desk.ports.works.work(TESTER) as work:
        row = work.session.scalars(select(ItemRow).where(ItemRow.case_id == case_id, ItemRow.kind == KIND)).one()
        columns = Columns(desk.house.holdings, case_id, sealed=True)
        facts = columns.read(ItemFacts, row.id, Tier(row.tier), row.facts_enc)
        told = (*facts.findings, FindingFacts(code="media-not-checked-whole", detail="00:01"))
        facts = facts.model_copy(update={"findings": told})
        row.facts_enc = columns.write(row.id, Tier(row.tier), facts)
        return ItemId(row.id)


def test_a_long_recording_is_checked_in_parts_and_a_killed_worker_loses_one(desk: Desk, tmp_path: Path) -> None:
    holdings = desk.house.holdings
    data = film(tmp_path, 50, video="mpeg4", rate=2, size=(160, 120), gap=(33, 36))
    item_id = not_checked(desk, desk.take(desk.write("film", {"录像.mp4": data})).case_id)
    with desk.ports.works.work(TESTER) as work:
        assert survey(work, holdings) == 1 and survey(work, holdings) == 0
    told: list[int] = []

    def die(_item: str, done: int, total: int) -> None:
        told.append(done)
        assert total == 50
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_next(holdings, "one", die, seconds=20)
    archivist = person(desk.house, "archivist")
    with desk.ports.works.work(archivist) as work:
        half = checked_recording(work, holdings, item_id)
        assert half is not None and not half.whole and half.facts.checked_ms == 40_000
        assert "media-not-checked-whole" in [finding.code for finding in half.findings]
        (job,) = work.session.scalars(select(JobRow).where(JobRow.state == "leased"))
        job.lease_until = work.now.replace(year=2020)
    assert check_next(holdings, "two", lambda _item, done, _total: told.append(done), seconds=20)
    assert told == [20, 40, 50], "the parts that were checked are not checked again"
    assert not check_next(holdings, "two")
    with desk.ports.works.work(archivist) as work:
        whole = checked_recording(work, holdings, item_id)
        assert whole is not None and whole.whole and whole.state == "done"
        assert [(finding.code, finding.detail) for finding in whole.findings] == [("media-gap", "00:33–00:36")]
        row = work.session.get_one(ItemWorkRow, (item_id, KIND))
        assert b"gap" not in row.facts_enc and (row.done, row.total) == (50_000, 50_000)
    with pytest.raises(Refusal), desk.ports.works.work(person(desk.house, "party")) as work:
        checked_recording(work, holdings, item_id)


def test_a_recording_that_take_in_decoded_to_its_end_needs_no_more(desk: Desk, tmp_path: Path) -> None:
    data = film(tmp_path, 3, video="mpeg4", rate=2, size=(160, 120))
    case_id = desk.take(desk.write("short film", {"录像.mp4": data})).case_id
    with desk.ports.works.work(TESTER) as work:
        assert survey(work, desk.house.holdings) == 1
        row = work.session.scalars(select(ItemWorkRow).where(ItemWorkRow.case_id == case_id)).one()
        assert row.state == "needless"
        assert checked_recording(work, desk.house.holdings, ItemId(row.item_id)) is None
    assert not check_next(desk.house.holdings, "one")
