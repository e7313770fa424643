"""Doors of the holdings: what each reader finds on the pages, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from flask.testing import FlaskClient
from jinja2 import nodes

from archive.doors.web.words import clauses, split_title
from tests.support.webapp import TITLE, Site, token_of

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
HAN = re.compile(r"[\u4e00-\u9fff]")
FREE = ("案卷", "中文", "试用", "TRIAL 试用", "副卷")


def _text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_list_shows_a_case_to_its_unit_and_to_no_other(site: Site) -> None:
    assert TITLE[:8] in _text(site.client("archivist"), "/cases")
    foreign = _text(site.client("foreign"), "/cases")
    assert TITLE[:8] not in foreign and "还没有您可以知悉的案卷" in foreign


def test_the_supervisor_sees_status_and_no_content(site: Site) -> None:
    text = _text(site.client("confidentiality"), f"/cases/{site.case_id}")
    assert "不予显示：个人隐私" in text and "询问笔录" not in text and "行政处罚决定书" in text


def test_marks_on_top_are_those_of_what_this_reader_sees(site: Site) -> None:
    strip = re.compile(r'<section class="strip".*?</section>', re.DOTALL)
    full = strip.search(_text(site.client("archivist"), f"/cases/{site.case_id}"))
    narrow = strip.search(_text(site.client("confidentiality"), f"/cases/{site.case_id}"))
    assert full is not None and narrow is not None
    assert "商业秘密" in full.group() and "个人隐私" in full.group()
    assert "商业秘密" not in narrow.group() and "内部" in narrow.group()


def test_navigation_holds_what_the_duty_may_do(site: Site) -> None:
    archivist, deputy = _text(site.client("archivist"), "/cases"), _text(site.client("deputy"), "/cases")
    assert "/requests" in archivist and "/approvals" not in archivist
    assert "/approvals" in deputy
    assert site.client("party").get("/").headers["Location"] == "/my"


def test_the_language_switch_changes_the_page_and_stays(site: Site) -> None:
    client = site.client("archivist", fresh=True)
    assert client.get("/cases?lang=en").headers["Location"] == "/cases"
    text = _text(client, f"/cases/{site.case_id}")
    assert '<html lang="en"' in text and "Contents" in text and "卷内文件目录</h2>" not in text
    assert "Not found" in client.get("/cases/absent").get_data(as_text=True)


def test_verify_runs_every_layer_in_front_of_the_reader(site: Site) -> None:
    client = site.client("archivist")
    path = f"/cases/{site.case_id}/verify"
    answer = client.post(path, data={"csrf_token": token_of(client.get(path)), "deep": "yes"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "未发现不符" in text
    for word in ("固化信息", "封存签名", "时间戳", "存证账本", "防："):
        assert word in text
    assert "全部通过" not in text, "a trial layer never counts as plain success"


def test_a_hold_is_placed_and_lifted_by_two_people(site: Site) -> None:
    legal, deputy = site.client("legal"), site.client("deputy")
    page = legal.get(f"/cases/{site.case_id}")
    place = f"/cases/{site.case_id}/holds"
    legal.post(place, data={"csrf_token": token_of(page), "kind": "litigation", "reason": "应诉通知书"})
    page = deputy.get(f"/cases/{site.case_id}")
    lift = re.search(r'action="(/cases/[^"]+/lift)"', page.get_data(as_text=True))
    assert lift is not None and "应诉通知书" in page.get_data(as_text=True)
    lifted = deputy.post(lift.group(1), data={"csrf_token": token_of(page), "reason": "诉讼终结"})
    assert lifted.status_code == 302
    assert "/lift" not in _text(deputy, f"/cases/{site.case_id}")
    assert site.client("archivist").post(place, data={"kind": "litigation"}).status_code == 400


def test_a_query_that_cannot_be_read_is_explained(site: Site) -> None:
    answer = site.client("archivist").get("/search?q=NOT 甲")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "search.query-negative" in text and "怎样写检索式" in text


def test_who_may_not_search_is_told_so_whatever_the_query(site: Site) -> None:
    for query in ("甲", "NOT 甲"):
        assert site.client("party").get(f"/search?q={query}").status_code == 403


def test_a_search_is_narrowed_by_fields_that_stay_readable(site: Site) -> None:
    client = site.client("archivist")
    assert "找到 1 页" in _text(
        client, "/search?q=焊缝&title=现场检查"
    )  # a title stands with an item's first page alone
    narrowed = _text(client, "/search?q=焊缝&since=2026-06-03&party=")
    assert "找到 1 页" in narrowed and "date:[2026-06-03 TO " in narrowed
    assert "没有找到" in _text(client, "/search?q=焊缝&until=2020-01-01")
    assert "找到 3 页" in _text(client, "/search?q=焊缝&since=no-date")


def test_search_counts_only_the_readers_own_world(site: Site) -> None:
    assert "找到 3 页" in _text(site.client("archivist"), "/search?q=焊缝")
    assert "找到 2 页" in _text(site.client("confidentiality"), "/search?q=焊缝")
    assert "没有找到" in _text(site.client("foreign"), "/search?q=焊缝")


def test_case_names_break_between_party_and_conduct() -> None:
    assert split_title("甲公司擅自占道案", "甲公司") == ("甲公司", "擅自占道案")
    assert split_title("擅自占道案", "甲公司") == ("", "擅自占道案")


def test_clauses_escape_what_is_not_markup(site: Site) -> None:
    with site.app.test_request_context("/"):
        assert str(clauses("甲，<b>乙")) == ('<span class="clause">甲，</span><span class="clause">&lt;b&gt;乙</span>')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_of_a_template_has_both_languages(path: Path) -> None:
    tree = jinja2.Environment().parse(path.read_text("utf-8"))
    for piece in tree.find_all(nodes.TemplateData):
        left = piece.data
        for word in sorted(FREE, key=len, reverse=True):
            left = left.replace(word, "")
        assert path.name == "macros.html" or not HAN.search(left), left.strip()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t":
            assert len(call.args) == 2
            zh, en = call.args
            if isinstance(zh, nodes.Const) and isinstance(en, nodes.Const):
                assert en.value or not HAN.search(str(zh.value)), zh.value
