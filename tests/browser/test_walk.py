"""The walk in a real Chromium: a word in its box, a film, a copy asked for on a phone, the seal, by keyboard."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PHONE, Surfer

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]


def test_a_word_leads_to_its_box_on_the_page_without_script(surfer: Surfer) -> None:
    page = surfer.open("archivist", script=False)
    page.fill("#bar-q", "斜撑")
    page.press("#bar-q", "Enter")
    page.click(".pages a >> nth=0")
    page.wait_for_url("**/items/**")  # the picture is there and the page has gone to its anchor: nothing moves any more
    image, box = page.locator(".page-image img").bounding_box(), page.locator(".hit-box").first.bounding_box()
    assert image is not None and box is not None
    assert image["x"] < box["x"] and box["x"] + box["width"] < image["x"] + image["width"]
    assert image["y"] < box["y"] < image["y"] + image["height"] / 2
    page.context.close()


def test_a_film_plays_and_seeks_through_the_sealed_bytes(surfer: Surfer) -> None:
    page = surfer.open("archivist")
    page.goto(f"/cases/{surfer.site.case_id}")
    page.click("text=现场检查录像")
    length = page.evaluate(
        "new Promise(done => { const film = document.querySelector('video'); const told = () => done(film.duration);"
        " if (film.readyState >= 1) told(); else film.addEventListener('loadedmetadata', told); })"
    )
    assert 29 < length < 31
    at = page.evaluate(
        "new Promise(done => { const film = document.querySelector('video');"
        " film.addEventListener('seeked', () => done(film.currentTime)); film.currentTime = 20; })"
    )
    assert at == 20
    page.context.close()


def test_a_party_asks_on_a_phone_without_script(surfer: Surfer) -> None:
    page = surfer.open("party", script=False, size=PHONE)
    page.click("a.btn:has-text('申请复制')")
    page.click("button:has-text('下一步')")
    assert page.locator(".refusal").count() == 1, "nothing chosen is told"
    page.check("#p1")
    page.click("button:has-text('下一步')")
    page.fill("#purpose", "申请行政复议")
    page.click("button:has-text('下一步')")
    page.click("button:has-text('提交申请')")
    assert page.locator("h1").inner_text() == "正在等档案员核定范围"
    page.context.close()


def test_signing_in_and_opening_a_case_by_keyboard_alone(surfer: Surfer) -> None:
    page = surfer.open()
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for typed in ("archivist", "bakudo-cidefu-demo"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(surfer.address + "/")
    page.goto("/cases")
    page.keyboard.press("j")
    assert "/cases/case_" in str(page.evaluate("document.activeElement.href"))
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px", "the focus is seen"
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/case_*")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(surfer.address + "/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "bar-q"
    page.keyboard.type("?")
    assert page.url == surfer.address + "/", "keys are words while one types"
    page.context.close()


def test_the_drawn_page_has_text_that_can_be_selected_where_it_stands(surfer: Surfer) -> None:
    page = surfer.open("archivist")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.headers.get("range", "all")) if "/files/" in one.url else None)
    page.goto("/search?q=斜撑")
    page.click(".pages a >> nth=0")
    page.wait_for_selector("[data-drawn]")
    assert len(asked) == 1 and asked[0].startswith("bytes=0-"), "each request is a read in the ledger"
    span = page.locator(".textLayer span", has_text="斜撑").first
    box, words = page.locator(".hit-box").first.bounding_box(), span.bounding_box()
    assert box is not None and words is not None
    assert words["y"] - 8 < box["y"] < words["y"] + words["height"]
    assert words["x"] < box["x"] < words["x"] + words["width"]
    assert page.locator(".page-image img").count() == 0
    wide = page.locator(".page-image").bounding_box()
    page.click(".sizer button >> nth=1")
    page.wait_for_function("document.querySelector('.page-image').clientWidth > 600")
    larger = page.locator(".page-image").bounding_box()
    assert wide is not None and larger is not None and larger["width"] > wide["width"] * 1.2
    page.context.close()


def test_the_picture_stays_where_the_file_does_not_come(surfer: Surfer) -> None:
    page = surfer.open("archivist")
    wrong: list[str] = []
    page.on("pageerror", lambda fault: wrong.append(str(fault)))
    page.route("**/files/*", lambda route: route.abort())
    with page.expect_console_message(lambda said: said.text.startswith("PDF.js")):
        page.goto(f"/cases/{surfer.site.case_id}")
    assert page.locator(".page-image img").is_visible() and wrong == []
    page.context.close()


def test_the_seal_is_verified_layer_by_layer_in_front_of_the_reader(surfer: Surfer) -> None:
    page = surfer.open("archivist")
    page.goto(f"/cases/{surfer.site.case_id}")
    page.click("text=现在验封")
    page.wait_for_selector("#verify .verdict:has-text('未发现不符')", timeout=60_000)
    assert page.locator("#verify .layers > li").count() > 5
    assert page.url.endswith(surfer.site.case_id), "the reader stays where they were"
    assert page.locator("[data-status]").inner_text() == "刚刚验封"
    page.context.close()
