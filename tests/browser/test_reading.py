"""Correcting a reading in a real Chromium: without script, with it, at three sizes, one image for all pieces."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SIZES, Surfer
from tests.browser.furnishing import read_photo

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]


@pytest.fixture
def address(surfer: Surfer) -> str:
    """The page of the photo of the case, read by a machine."""
    return read_photo(surfer.site)


def _is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_a_line_is_set_right_without_script_and_nothing_typed_is_lost(surfer: Surfer, address: str) -> None:
    page = surfer.open("archivist", script=False, size=SIZES[2])
    page.goto(address)
    page.click("text=校正文字")
    page.fill("#line2", "示例大道 88 号")
    page.click("text=保存为新的一层")
    assert page.locator(".refusal").count() == 1 and page.input_value("#line2") == "示例大道 88 号"
    page.fill("#reason", "对照页面图像")
    page.click("text=保存为新的一层")
    assert page.locator("[role=status]").inner_text().startswith("已保存")
    assert "示例太道 88 号" in page.locator(".read-lines li >> nth=1").inner_text()
    page.context.close()


def test_the_line_under_the_hand_is_shown_on_the_image_and_a_box_leads_to_its_line(
    surfer: Surfer, address: str
) -> None:
    page = surfer.open("archivist")
    images: list[str] = []
    page.on("request", lambda asked: images.append(asked.url) if asked.url.endswith(".png") else None)
    page.goto(address + "/reading")
    page.wait_for_load_state("networkidle")
    assert len(images) == 1, "all pieces come from one image, so the ledger tells of one reading"
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert not _is_too_wide(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.focus("#line2")
    assert page.locator(".read-now").get_attribute("data-line") == "2"
    crop, box = page.locator(".crop >> nth=1").bounding_box(), page.locator(".read-now rect").bounding_box()
    assert crop is not None and crop["height"] > 20 and box is not None and box["width"] > 100
    page.click(".page-image a[data-line='1']")
    assert page.evaluate("document.activeElement.id") == "line1"
    page.context.close()
