"""By keyboard alone, and without script: one page of each route."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Surfer
from tests.browser.furnishing import Furnished, furnished
from tests.browser.visits import Visit, walked

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]
MOST = 300
STEP = """() => {
  const here = document.activeElement, told = getComputedStyle(here), box = here.getBoundingClientRect();
  if (here === document.body || here.dataset.passed > 20) return "end";
  here.dataset.passed = Number(here.dataset.passed ?? 0) + 1;
  if (here.dataset.passed > 1) return "";  // a part of it, such as the month of a date: the browser's own
  const ring = told.outlineStyle !== "none" && parseFloat(told.outlineWidth) >= 2;
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return ring && seen ? "" : here.outerHTML.slice(0, 120) + (ring ? " is out of sight" : " shows no focus");
}"""
MISSED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.type !== "hidden" && !one.disabled)
  .filter((one) => !one.dataset.passed && one.type !== "radio" && one.tabIndex >= 0)
  .map((one) => one.outerHTML.slice(0, 120) + " is not reached")"""


@pytest.fixture(scope="module")
def rooms(surfer: Surfer, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """The site with something on every page."""
    return furnished(surfer.site, tmp_path_factory.mktemp("furnishing"))


@pytest.fixture(scope="module")
def visits(rooms: Furnished) -> list[Visit]:
    """One page of each route, by reader."""
    return sorted(
        {visit.endpoint: visit for visit in reversed(walked(rooms).visits)}.values(), key=lambda one: one.login
    )


def _opened(surfer: Surfer, visits: list[Visit], *, script: bool) -> Iterator[tuple[Page, Visit]]:
    """Each visit on an open page, one browser context a reader."""
    for login, mine in groupby(visits, key=lambda visit: visit.login):
        page = surfer.open(login, script=script)
        page.emulate_media(reduced_motion="reduce")  # the focus is looked for where it is, not on its way
        for visit in mine:
            page.goto(visit.path)
            yield page, visit
        page.context.close()


def _tab_through(page: Page) -> list[str]:
    """What is wrong with the way from the first key to the last."""
    page.keyboard.press("Tab")
    wrong = [] if page.evaluate("document.activeElement.className") == "skip" else ["the first key offers no skipping"]
    for _ in range(MOST):
        told = page.evaluate(STEP)
        if told == "end":
            break
        wrong += [told] if told else []
        page.keyboard.press("Tab")
    return [*wrong, *page.evaluate(MISSED)]


def test_every_control_is_reached_and_shows_its_focus(surfer: Surfer, visits: list[Visit]) -> None:
    opened = _opened(surfer, visits, script=True)
    assert [f"{visit.path}: {told}" for page, visit in opened for told in _tab_through(page)] == []


def test_the_skip_link_leads_into_the_content(surfer: Surfer) -> None:
    page = surfer.open("archivist")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    page.context.close()


def test_no_control_is_shown_that_does_nothing_without_script(surfer: Surfer, visits: list[Visit]) -> None:
    wrong = []
    for page, visit in _opened(surfer, visits, script=False):
        assert page.locator("h1").is_visible(), visit.path
        idle = page.locator("button:not(form *):not([form]):visible")
        wrong += [f"{visit.path}: {one.inner_text()}" for one in idle.all()]
    assert wrong == []


def test_reading_without_script_from_a_word_to_the_recording_and_the_request(surfer: Surfer, rooms: Furnished) -> None:
    page = surfer.open("archivist", script=False)
    page.fill("#bar-q", "焊缝")
    page.press("#bar-q", "Enter")
    page.click(".hit-case h2 a, .hit-case h3 a")
    assert page.locator(".contents").is_visible()
    page.go_back()
    page.click(".pages a >> nth=0")
    page.click(".page-text summary")
    assert "焊缝" in page.locator(".page-text").inner_text()
    page.click(".contents a:has-text('现场检查录像')")
    film = page.locator("video[src], video source").first.get_attribute("src")
    assert film and page.request.get(film, headers={"Range": "bytes=0-99"}).status == 206
    page.goto("/requests")
    page.click(f"a[href$='{rooms.requests[0]}']")
    assert page.locator("form.decision button[type=submit]").is_visible()
    page.context.close()


def test_paper_has_the_content_alone(surfer: Surfer) -> None:
    page = surfer.open("archivist")
    page.goto(f"/cases/{surfer.site.case_id}")
    page.emulate_media(media="print")
    assert not page.locator(".duties, .bar-search, .skip").filter(visible=True).count()
    assert page.locator("h1").is_visible() and page.locator(".contents li").last.is_visible()
    page.context.close()
