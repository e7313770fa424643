"""The page for correcting what a machine read: layers, doubtful lines, a reason, nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive.doors.web.reading import png_size
from archive.kernel.actor import machine_actor
from archive.kernel.ids import ItemId
from archive.kernel.refusals import Refusal
from archive.service.columns import Columns
from archive.service.correcting import LONGEST
from archive.service.layers import Layer, LayerLine, PageLayer, keep_layer
from archive.tables import FileRow, ItemRow, ReadingRow
from archive.terms import Role
from tests.support.webapp import Site, token_of

READ = (
    LayerLine("占道经营现场", 0.99, 0.1, 0.1, 0.6, 0.2),
    LayerLine("示例太道 88 号", 0.62, 0.1, 0.3, 0.6, 0.4),
    LayerLine("墙上一处污迹", 0.5, 0.1, 0.5, 0.6, 0.6),
)


@pytest.fixture
def photo(site: Site) -> ItemId:
    """The photo of the case: sealed without words, read by a machine, set right by nobody yet."""
    with site.house.works.work(machine_actor("tests", "tests")) as work:
        texts = select(FileRow.item_id).where(FileRow.role == Role.TEXT)
        row = work.session.scalars(
            select(ItemRow).where(
                ItemRow.case_id == site.case_id, ItemRow.rendition == "pdfa", ItemRow.id.not_in(texts)
            )
        ).one()
        for old in work.session.scalars(select(ReadingRow).where(ReadingRow.item_id == row.id)):
            work.session.delete(old)
        work.session.flush()
        columns = Columns(site.house.holdings, site.case_id, sealed=True)
        keep_layer(work, columns, row, PageLayer(1, Layer.MACHINE, "engine 1", READ))
        return ItemId(row.id)


def _url(site: Site, item: ItemId) -> str:
    return f"/cases/{site.case_id}/items/{item}/reading"


def _text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def _fields(page: str) -> list[str]:
    return re.findall(r'<textarea [^>]*name="line"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)


def _send(client: FlaskClient, url: str, opened: TestResponse, **typed: object) -> TestResponse:
    seen = re.search(r'name="seen" value="([^"]+)"', _text(opened))
    assert seen is not None
    data = {"csrf_token": token_of(opened), "page": "1", "seen": seen.group(1), "more": "", "reason": "", **typed}
    return client.post(url, data=data)


def test_each_line_stands_with_its_place_and_how_sure_the_machine_was(site: Site, photo: ItemId) -> None:
    page = _text(site.client("archivist").get(_url(site, photo)))
    assert _fields(page) == [line.text for line in READ]
    assert page.count('class="low"') == 2 and page.count("read-box low") == 2 and "存疑 62%" in page
    assert page.count('class="crop"') == 3 and "2 行存疑" in page and "engine 1" in page
    case = _text(site.client("archivist").get(f"/cases/{site.case_id}/items/{photo}"))
    assert "机器识读" in case and "校正文字" in case and _url(site, photo) in case


def test_a_correction_is_a_new_layer_and_every_earlier_one_is_told(site: Site, photo: ItemId) -> None:
    client, url = site.client("archivist"), _url(site, photo)
    opened = client.get(url)
    lines = ["占道经营现场", "示例大道 88 号", ""]
    answer = _send(client, url, opened, line=lines, more="第二页续\n", reason="对照页面图像")
    assert answer.status_code == 302 and answer.headers["Location"].startswith(url)
    page = _text(client.get(answer.headers["Location"]))
    assert _fields(page) == ["占道经营现场", "示例大道 88 号", "第二页续"]
    assert "已保存为新的一层" in page and "示例太道 88 号" in page, "what the machine read stands below"
    assert page.count('class="crop"') == 2, "an added line has no place on the image"
    again = client.get(url)
    _send(client, url, again, line=["占道经营现场", "示例大道 88 号\n楼顶", "第二页续"], reason="对照纸质原件")
    table = _text(client.get(url)).split('id="layers-h"')[1]
    assert (
        table.index("对照纸质原件") < table.index("对照页面图像") < table.index("engine 1") < table.index("封存的文字")
    )
    assert table.count("archivist") == 2
    shown = _text(client.get(f"/cases/{site.case_id}/items/{photo}"))
    assert "示例大道 88 号\n楼顶" in shown and "人工校正" in shown


@pytest.mark.parametrize(
    ("typed", "status", "code"),
    [
        ({"reason": ""}, 422, "archive.correction-unexplained"),
        ({"reason": "因" * 501}, 422, "archive.correction-unexplained"),
        ({"line": ["", "", ""], "more": " ", "reason": "对照"}, 422, "archive.correction-unfit"),
        ({"seen": "machine 2020-01-01T00:00:00.000000Z", "reason": "对照"}, 409, "archive.reading-changed"),
    ],
)
def test_what_cannot_be_saved_is_shown_as_it_was_typed(
    site: Site, photo: ItemId, typed: dict[str, object], status: int, code: str
) -> None:
    client, url = site.client("archivist"), _url(site, photo)
    sent = {"line": ["甲甲", "乙乙", "丙丙"], "more": "丁丁", **typed}
    answer = _send(client, url, client.get(url), **sent)
    page = _text(answer)
    assert answer.status_code == status and code in page
    assert _fields(page) == sent["line"] and f"\n{sent['more']}</textarea>" in page
    with site.house.works.work(machine_actor("tests", "tests")) as work:
        assert work.session.get(ReadingRow, (photo, 1, "person")) is None
    assert 'name="seen" value="machine 20' in page, "the layer that stands now, for sending again"


def test_the_longest_page_is_saved_and_a_longer_one_is_told_so(site: Site, photo: ItemId) -> None:
    client, url = site.client("archivist"), _url(site, photo)
    for signs, status in ((LONGEST, 302), (LONGEST + 1, 422)):
        lines = ["字" * signs, *[""] * (_text(client.get(url)).count('name="line"') - 1)]
        answer = _send(client, url, client.get(url), line=lines, reason="对照")
        assert answer.status_code == status
    assert "archive.correction-unfit" in _text(answer)
    assert _send(client, url, client.get(url), line="字" * 3 * LONGEST, reason="对照").status_code == 413


def test_a_page_of_very_many_lines_is_saved_as_any_other(site: Site, photo: ItemId) -> None:
    client, url = site.client("archivist"), _url(site, photo)
    more = "\n".join(f"第 {number} 行" for number in range(1_200))
    assert _send(client, url, client.get(url), line=[""] * 3, more=more, reason="对照").status_code == 302
    lines = _fields(_text(client.get(url)))
    assert len(lines) == 1_200
    assert _send(client, url, client.get(url), line=lines, reason="再对照").status_code == 302


def test_a_picture_without_a_head_is_refused() -> None:
    assert png_size(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\x33\0\0\5\xf0") == (1075, 1520)
    with pytest.raises(Refusal):
        png_size(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4")


def test_a_layer_that_somebody_laid_meanwhile_is_not_covered_unseen(site: Site, photo: ItemId) -> None:
    client, url = site.client("archivist"), _url(site, photo)
    opened = client.get(url)
    for text, status in (("一", 302), ("二", 409)):
        assert _send(client, url, opened, line=[text, "", ""], reason="对照").status_code == status
    newer = client.get(url)
    for text, status in (("三", 302), ("四", 409)):  # the clock stands: the same second is no excuse
        assert _send(client, url, newer, line=[text], reason="对照").status_code == status


def test_who_may_read_but_not_annotate_sees_layers_without_a_form(site: Site, photo: ItemId) -> None:
    page = site.client("deputy").get(_url(site, photo))
    assert page.status_code == 200 and "engine 1" in _text(page) and "<textarea" not in _text(page)
    token = token_of(site.client("deputy").get("/sign-out"))
    refused = site.client("deputy").post(_url(site, photo), data={"csrf_token": token, "page": "1"})
    assert refused.status_code == 403
    for stranger in ("party", "sysadmin", "foreign"):
        assert site.client(stranger).get(_url(site, photo)).status_code in (403, 404)


def test_a_reliable_page_is_the_record_and_has_no_form(site: Site) -> None:
    client = site.client("archivist")
    with site.house.works.work(machine_actor("tests", "tests")) as work:
        wanted = select(ItemRow.id).join(FileRow, FileRow.item_id == ItemRow.id).where(FileRow.role == Role.TEXT)
        item = ItemId(
            work.session.scalars(wanted.where(ItemRow.case_id == site.case_id, ItemRow.tier == "general")).first() or ""
        )
    page = client.get(_url(site, item))
    assert page.status_code == 200 and "就是记录本身" in _text(page) and "<textarea" not in _text(page)
    sent = {"csrf_token": token_of(client.get("/sign-out")), "page": "1", "line": ["甲"], "reason": "对照"}
    refused = client.post(_url(site, item), data=sent)
    assert refused.status_code == 409 and "archive.page-reliable" in _text(refused)
    assert client.get(_url(site, item) + "?page=99").status_code == 404
    assert client.get(_url(site, ItemId("item_" + "a" * 26))).status_code == 404
