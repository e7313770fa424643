"""Doors of the case page: the line of time, recordings of the same minute, who may see it, verification as it runs."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from archive.doors.web.moments import moments
from archive.doors.web.parts import TimeMark
from archive.doors.web.timeline import BREAK, LEFT, RESUME, RIGHT, draw
from archive.kernel.clock import SHANGHAI
from archive.kernel.ids import ItemId
from archive.kernel.refusals import Refusal
from archive.service.reading import get_case
from archive.tables import CaseRow, ItemRow
from archive.terms import SealState
from tests.support.cases import Paper, describe_example
from tests.support.house import House, make_house, person
from tests.support.webapp import Site, token_of

TODAY = date(2026, 11, 24)


def _marks() -> list[TimeMark]:
    return [
        TimeMark(date(2026, 6, 3), "立案", "opened"),
        TimeMark(date(2026, 10, 20), "归档", "filed"),
        TimeMark(date(2026, 10, 20), "封存", "sealed", css="seal"),
        TimeMark(date(2056, 12, 31), "保管期满", "period ends"),
        TimeMark(date(2027, 1, 1), "30 年", "30 years", ("保管", "kept"), date(2056, 12, 31), "band"),
        TimeMark(date(2026, 11, 18), "终点未定", "no end", ("冻结", "hold"), None, "band-hold"),
    ]


def test_the_line_of_time_keeps_the_order_of_days_and_lays_no_word_over_another() -> None:
    drawing = draw(_marks(), TODAY)
    assert [event.x for event in drawing.events] == sorted(event.x for event in drawing.events)
    assert LEFT <= drawing.events[0].x < BREAK < RESUME < drawing.events[-1].x <= RIGHT
    assert LEFT < drawing.today_x < BREAK
    same_day = [event for event in drawing.events if event.mark.start == date(2026, 10, 20)]
    assert same_day[0].y != same_day[1].y
    kept, held = drawing.lanes
    assert len(kept.bands) == 1 and kept.bands[0].x >= RESUME
    assert len(held.bands) == 2 and held.bands[1].x + held.bands[1].width == pytest.approx(RIGHT)


def test_many_events_of_one_day_stand_one_above_the_other_within_the_drawing() -> None:
    drawing = draw([TimeMark(TODAY, f"事件{number}", "event") for number in range(7)], TODAY)
    assert len({event.y for event in drawing.events}) == 7
    assert drawing.top + 10 < min(event.y for event in drawing.events)
    assert drawing.top + drawing.height > 110


def test_a_line_of_decades_is_told_by_years_and_one_of_months_in_the_words_of_its_reader() -> None:
    old = draw([TimeMark(date(1995, 6, 1), "结案", "closed"), *_marks()], TODAY)
    assert old.by_years and all(len(word) == 4 and word.isdigit() for _, word in old.ticks)
    assert [word for _, word in draw(_marks(), TODAY).ticks][:2] == ["6月", "7月"]
    assert [word for _, word in draw(_marks(), TODAY, chinese=False).ticks][:2] == ["Jun", "Jul"]


def test_a_text_gives_its_moments_each_on_its_day() -> None:
    found = moments("2026年6月2日9时40分至10时18分；次日 25时61分", date(2026, 6, 5))
    assert found == [datetime(2026, 6, 2, 9, 40, tzinfo=SHANGHAI), datetime(2026, 6, 2, 10, 18, tzinfo=SHANGHAI)]
    assert moments("9时40分", None) == []


def _item_url(site: Site, title: str) -> str:
    page = site.client("archivist").get(f"/cases/{site.case_id}").get_data(as_text=True)
    row = next(part for part in page.split("<li>") if f">{title}</span>" in part and 'class="seq"' in part)
    return row.split('href="')[1].split('"')[0]


def test_a_paper_leads_to_the_minute_of_the_recording_and_back(site: Site) -> None:
    client = site.client("archivist")
    paper = client.get(_item_url(site, "现场检查（勘验）笔录")).get_data(as_text=True)
    assert "现场检查录像" in paper.split('class="minute"')[1]
    film = client.get(_item_url(site, "现场检查录像") + "?t=17").get_data(as_text=True)
    assert "#t=17" in film and "现场检查（勘验）笔录" in film.split('class="minute"')[1]


def test_the_page_says_who_may_see_the_case_and_the_supervisor_is_not_told(site: Site) -> None:
    told = site.client("archivist").get(f"/cases/{site.case_id}").get_data(as_text=True)
    assert "谁能看" in told and "逐人说明" in told
    names = told.split('id="who"')[1].split("</dl>")[0]
    assert "archivist" in names and "party" not in names and "foreign" not in names
    assert "谁能看" not in site.client("supervisor").get(f"/cases/{site.case_id}").get_data(as_text=True)


def test_verification_tells_every_layer_as_it_goes_and_the_verdict_last(site: Site) -> None:
    client = site.client("archivist")
    token = token_of(client.get(f"/cases/{site.case_id}/verify"))
    answer = client.post(f"/cases/{site.case_id}/verify/live", data={"csrf_token": token})
    pieces = answer.get_data(as_text=True).split("\x1e")
    assert answer.status_code == 200 and len(pieces) > 6
    assert all("<h3>" in piece and "防：" in piece for piece in pieces[:-1])
    assert "未发现不符" in pieces[-1] and "<h3>" not in pieces[-1]
    assert "均未打开" in pieces[-3] + pieces[-2] and "opened" not in answer.get_data(as_text=True)
    assert client.post(f"/cases/{site.case_id}/verify/live").status_code == 400


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("contents") / "home")


def test_a_long_contents_list_is_given_in_parts_around_what_is_read(house: House) -> None:
    case_id = describe_example(house, [Paper(f"第 {number} 件") for number in range(1, 10)])
    with house.works.work(person(house, "archivist")) as work:
        whole = get_case(work, house.holdings, case_id)
        every = [item.item_id for volume in whole.volumes for item in volume.items]
        assert (len(every), whole.contents.before, whole.contents.after) == (9, None, None)
        part = get_case(work, house.holdings, case_id, around=every[4], most=3)
        assert [item.item_id for item in part.volumes[0].items] == every[3:6]
        assert (part.contents.items, part.contents.first) == (9, 4)
        assert part.contents.before in every[:3] and part.contents.after in every[6:]
        last = get_case(work, house.holdings, case_id, around=every[-1], most=3)
        assert last.contents.after is None and last.volumes[0].items[-1].item_id == every[-1]
        with pytest.raises(Refusal, match="case-unknown"):
            get_case(work, house.holdings, case_id, around=ItemId("item_absent"), most=3)


def test_static_scripts_take_nothing_from_elsewhere() -> None:
    for path in (Path(__file__).parents[2] / "archive" / "static").glob("*.js"):
        text = path.read_text("utf-8")
        assert "http:" not in text and "https:" not in text and "innerHTML =" not in text and "eval(" not in text


def test_a_destroyed_case_says_so_and_offers_no_key(site: Site) -> None:
    """The row is set as a destruction leaves it; the deed itself is tested where it stands."""
    house = site.house
    case_id = describe_example(house, (Paper("占道经营笔录"),))
    with house.works.work(person(house, "archivist")) as work:
        row = work.session.get_one(CaseRow, case_id)
        row.state, row.facts_enc = SealState.DESTROYED, b""
        for item in work.session.scalars(select(ItemRow).where(ItemRow.case_id == case_id)):
            item.facts_enc = b""
    page = site.client("archivist").get(f"/cases/{case_id}").get_data(as_text=True)
    assert page.count("已销毁") >= 2 and "依令销毁" in page
    assert "keys unlock" not in page and "待解锁" not in page and "现在验封" not in page
