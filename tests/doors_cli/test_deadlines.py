"""Limits and notices on the command line: what runs, how it was counted, what a new notice moves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from access.tables import PersonRow
from archive.kernel.actor import machine_actor
from tests.access.desk import Desk, make_desk
from tests.doors_cli.conftest import Line, make_line
from tests.support.cases import describe_example
from tests.support.house import PASSWORD, make_house
from tests.support.notices import NOTICE
from tests.support.webapp import Site


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(make_house(tmp_path / "home"))


@pytest.fixture
def line(desk: Desk, tmp_path: Path) -> Line:
    (tmp_path / "password").write_text(PASSWORD + "\n", "utf-8")
    (tmp_path / "notice.toml").write_text(NOTICE, "utf-8")
    with desk.house.works.work(machine_actor("founding", "tests")) as work:
        for row in work.session.scalars(select(PersonRow)):
            row.must_change = False
    return make_line(desk.house, tmp_path / "password")


def test_a_notice_moves_what_runs_and_the_old_reckoning_can_be_read(desk: Desk, line: Line, tmp_path: Path) -> None:
    case = desk.case()
    waiting = describe_example(desk.house)
    desk.house.clock.advance(datetime(2026, 12, 3, 2, tzinfo=UTC) - desk.house.clock.now())
    request = desk.ask(case)
    found = line("deadlines", login="archivist").json["deadlines"]
    assert [(one["code"], one["last_day"], one["days_left"], one["provisional"]) for one in found] == [
        ("D03", "2026-12-01", -2, False),
        ("D16", "2026-12-31", 28, True),
    ]
    shown = line("deadlines", login="archivist", as_json=False, lang="zh").out
    assert "已逾期" in shown and "暂定" in shown and waiting not in shown

    notice = str(tmp_path / "notice.toml")
    assert line("calendar", "enter", notice, login="archivist").reasons == ["access.duty-lacking"]
    entered = line("calendar", "enter", notice, login="sysadmin").json
    assert entered["moved"] == [
        {"matter": request, "was": "2026-12-31T15:59:59.999999+00:00", "due": "2026-12-30T15:59:59.999999+00:00"}
    ]
    years = line("calendar", "show", login="sysadmin").json["years"]
    assert [(one["year"], one["version"]) for one in years] == [(2024, 1), (2025, 1), (2026, 1), (2027, 1)]
    assert line("calendar", "show", "2031", login="sysadmin").reasons == ["archive.calendar-unknown"]

    told = line("deadlines", case, login="archivist", as_json=False, lang="zh").out
    after, before = told.split("此前的推导（已被取代）：")
    assert "2026年12月27日（星期日）补班，计入。" in after and "最后一日为2026年12月30日（星期三）" in after
    assert "最后一日为2026年12月31日（星期四）" in before and "暂定" in before
    assert "Calendar: 2026 version 1" in line("deadlines", case, login="archivist", as_json=False).out
    assert line("deadlines", case, login="foreign").reasons == ["archive.case-unknown"]
    assert line("deadlines", login="party").reasons == ["access.duty-lacking"]


def test_a_recording_that_came_months_later_is_late_and_says_from_when(site: Site, anjuan: Line) -> None:
    found = anjuan("deadlines", str(site.case_id), login="archivist").json["deadlines"]
    (filing,) = (each for each in found if each["code"] == "D03")
    recording = next(each for each in found if each["code"] == "D02")  # the first, of 2 June; late papers may add more
    assert (filing["code"], filing["last_day"], filing["late"]) == ("D03", "2026-12-01", False)
    assert (recording["code"], recording["last_day"], recording["late"]) == ("D02", "2026-06-03", True)
    assert "自2026-06-02 09:38（北京时间）记录结束起24小时" in recording["derivation_zh"][0]
    shown = anjuan("calendar", "show", "2026", login="party", as_json=False, lang="zh").out
    assert "国庆节 10月1日至10月7日 (补班 9月20日, 10月10日)" in shown
