"""A case put together in a real Chromium: an upload interrupted twice, then description and seal; and without script.

``ANJUAN_TEST_UPLOAD_BYTES=2147483648`` sends as much through the wire; small otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest.doors.tasks import accept_all, seal_all
from tests.browser.conftest import Surfer
from tests.support.line import Line, line_to

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]
SIZE = int(os.environ.get("ANJUAN_TEST_UPLOAD_BYTES", 160 * 2**20))
PATIENT = 120_000 + SIZE // 10_000
BLOCK = 2**20


@pytest.fixture
def line(surfer: Surfer) -> Iterator[Line]:
    """The line from the browser to the server, to be cut."""
    with line_to(int(surfer.address.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def background(surfer: Surfer) -> Iterator[None]:
    """What the worker does beside the pages."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.5):
            accept_all(surfer.site.house.ports)
            seal_all(surfer.site.house.ports)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def _film(folder: Path) -> tuple[Path, str]:
    """A file of ``SIZE`` bytes that no two MiB of are alike, with its digest."""
    path, digest = folder / "现场.bin", hashlib.sha256()
    with path.open("wb") as stream:
        for number in range(-(-SIZE // BLOCK)):
            block = number.to_bytes(4, "big") * (BLOCK // 4)
            digest.update(block)
            stream.write(block)
    return path, digest.hexdigest()


def _begin(page: Page) -> str:
    page.goto("/drafts")
    page.click("button:has-text('新建组卷')")
    page.wait_for_url("**/drafts/intake_*")
    return page.url


def _stored(page: Page, url: str) -> int:
    """How many bytes the server says it has."""
    told = page.request.get(url.replace("/drafts/", "/api/drafts/"), timeout=PATIENT).json()
    return sum(upload["offset"] for upload in told["uploads"])


def _wait_for(page: Page, url: str, least: int) -> int:
    for _ in range(600):
        if (stored := _stored(page, url)) >= least:
            return stored
        page.wait_for_timeout(100)
    raise AssertionError("nothing more arrives")


def test_an_upload_interrupted_twice_becomes_a_sealed_case(
    surfer: Surfer, line: Line, background: None, tmp_path: Path
) -> None:
    film, digest = _film(tmp_path)
    page = replace(surfer, address=line.address).open("archivist")
    page.set_default_timeout(PATIENT)
    url = _begin(page)
    page.set_input_files("#files", film)
    first = _wait_for(page, url, SIZE // 5)

    line.cut()
    page.wait_for_selector("[data-state=retrying]")
    line.mend()
    second = _wait_for(page, url, first + SIZE // 5)

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()  # the browser was closed, or the machine restarted
    expect(page.locator("#received")).to_contain_text("未传完")
    assert second <= _stored(page, url) < SIZE
    begun = len(_names(page, url))
    page.set_input_files("#files", film)
    expect(page.locator("#received")).to_contain_text("已入卷", timeout=PATIENT)
    assert len(_names(page, url)) == begun == 1, "it went on and did not begin again"
    told = page.request.get(url.replace("/drafts/", "/api/drafts/"), timeout=PATIENT).json()["uploads"][0]
    assert (told["state"], told["sha256"]) == ("accepted", digest)

    case = {"title": "浏览器组卷的案卷", "closed_on": "2026-11-01"}
    words = {"case": case, "items": [{"title": "现场数据", "files": ["现场.bin"]}]}
    (tmp_path / "case.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    page.set_input_files("#description", tmp_path / "case.json")
    page.click("button:has-text('保存著录')")
    expect(page.locator(".lede")).to_contain_text("可以封存")
    page.click("button:has-text('申请封存')")
    page.click("a:has-text('打开案卷')")
    assert page.locator("h1").inner_text() == "浏览器组卷的案卷"
    page.context.close()


def _names(page: Page, url: str) -> list[str]:
    return [
        upload["id"]
        for upload in page.request.get(url.replace("/drafts/", "/api/drafts/"), timeout=PATIENT).json()["uploads"]
    ]


def test_pausing_and_going_on_by_keyboard_alone(surfer: Surfer, line: Line, tmp_path: Path) -> None:
    page = replace(surfer, address=line.address).open("archivist")
    url = _begin(page)
    film = tmp_path / "甲.bin"
    film.write_bytes(bytes(40 * BLOCK))
    line.hold()
    page.set_input_files("#files", film)
    page.focus("#sending li button")
    page.keyboard.press("Enter")
    expect(page.locator("#sending li button")).to_have_text("继续")
    line.release()
    page.keyboard.press("Enter")
    expect(page.locator("#received")).to_contain_text("已传完")
    assert _stored(page, url) == 40 * BLOCK
    page.context.close()


def test_a_folder_keeps_its_inner_names_and_a_refusal_is_told(surfer: Surfer, tmp_path: Path) -> None:
    page = surfer.open("archivist")
    url = _begin(page)
    folder = tmp_path / "案卷"
    (folder / "照片").mkdir(parents=True)
    (folder / "照片" / "一.txt").write_text("一", "utf-8")
    (folder / "二.txt").write_text("二", "utf-8")
    (folder / "con.txt").write_text("三", "utf-8")
    page.set_input_files("#folder", folder)
    page.wait_for_selector("#sending [data-state=failed]")
    expect(page.locator("#received tbody tr")).to_have_count(2)
    expect(page.locator("#sending [data-state=failed]")).to_contain_text("con.txt")
    told = page.request.get(url.replace("/drafts/", "/api/drafts/"), timeout=PATIENT).json()["uploads"]
    assert [one["name"] for one in told] == ["二.txt", "照片/一.txt"]
    page.context.close()


def test_without_script_a_small_case_goes_from_nothing_to_the_seal(
    surfer: Surfer, background: None, tmp_path: Path
) -> None:
    page = surfer.open("archivist", script=False)
    _begin(page)
    (tmp_path / "甲.txt").write_text("没有脚本\n" * 50_000, "utf-8")
    page.set_input_files("#files", tmp_path / "甲.txt")
    page.click("button:has-text('上传')")
    words = {
        "case": {"title": "无脚本组卷", "closed_on": "2026-11-01"},
        "items": [{"title": "甲", "files": ["甲.txt"]}],
    }
    (tmp_path / "case.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    page.set_input_files("#description", tmp_path / "case.json")
    page.click("button:has-text('保存著录')")
    for _ in range(100):
        if "可以封存" in page.locator(".lede").inner_text():
            break
        page.wait_for_timeout(200)
        page.reload()
    page.click("button:has-text('申请封存')")
    for _ in range(200):
        if re.search("已封存", page.locator(".lede").inner_text()):
            break
        page.wait_for_timeout(200)
        page.reload()
    page.click("a:has-text('打开案卷')")
    page.context.close()
