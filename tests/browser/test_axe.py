"""axe-core on every page at three sizes for every duty that sees it; nothing scrolls sideways, in large text, at 200 %
or in English either. The pages come from the routes: one without a sample or a reader fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, SIZES, Surfer
from tests.browser.furnishing import Furnished, furnished
from tests.browser.visits import LOGINS, Walk, walked

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]
OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
TWICE = (640, 450)
"""What 1280 by 900 leaves of a page at 200 %."""
AXE = Axe().axe_script
STICKS_OUT = """() => {
  const root = document.documentElement, wide = root.clientWidth;
  if (root.scrollWidth <= wide) return [];
  const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > wide + 1);
  return [out.slice(-3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")];
}"""


@pytest.fixture(scope="module")
def rooms(surfer: Surfer, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """The site with something on every page."""
    return furnished(surfer.site, tmp_path_factory.mktemp("furnishing"))


@pytest.fixture(scope="module")
def found(rooms: Furnished) -> Walk:
    """Who sees which page."""
    return walked(rooms)


def _too_wide(page: Page) -> list[str]:
    """What sticks out when the page scrolls sideways."""
    return [f"scrolls sideways: {one}" for one in page.evaluate(STICKS_OUT)]


def _findings(page: Page) -> list[str]:
    told = page.evaluate("options => axe.run(document, options)", OPTIONS)
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in told["violations"]]


def _resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def look_at(page: Page, what: str) -> list[str]:
    """Everything that is wrong with the page as it stands: axe's findings and scrolling sideways, by size."""
    wrong = []
    page.evaluate(AXE)
    for size in SIZES:
        _resize(page, size)
        wrong += [f"{what} {size[0]}: {one}" for one in _findings(page)]
        wrong += [f"{what} {size[0]}: {one}" for one in _too_wide(page)]
    return [*wrong, *_reflow(page, what)]


def _reflow(page: Page, what: str) -> list[str]:
    wrong = []
    for size in (TWICE, PHONE):
        _resize(page, size)
        for css in ("", "elder"):
            page.evaluate("css => document.documentElement.className = css", css)
            wrong += [f"{what} {size[0]} {css}: {one}" for one in _too_wide(page)]
        page.evaluate("document.documentElement.className = ''")
    return wrong


def test_every_page_has_a_reader(found: Walk) -> None:
    assert found.unseen == [], "give samples of its arguments in tests/browser/visits.py"
    assert len(found.visits) > 40


@pytest.mark.parametrize("login", LOGINS)
def test_every_page_of_a_duty(surfer: Surfer, found: Walk, login: str) -> None:
    page = surfer.open(login)
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if "Content Security Policy" in told.text else None)
    mine = [visit for visit in found.visits if visit.login == login]
    for visit in mine:
        page.goto(visit.path)
        wrong += look_at(page, visit.path)
    page.goto("/help?lang=en")
    for visit in mine:
        page.goto(visit.path)
        wrong += _reflow(page, f"{visit.path} in English")
    page.context.close()
    assert wrong == []


def _wrong_password(page: Page, _: Furnished) -> None:
    page.goto("/sign-in")
    page.fill("#login", "nobody")
    page.fill("#password", "not this one")
    page.click("main button[type=submit]")


def _short_password(page: Page, _: Furnished) -> None:
    page.goto("/password")
    for field in page.locator("main input[type=password]").all():
        field.fill("short")
    page.click("main button[type=submit]")


def _purpose_asked(page: Page, rooms: Furnished) -> None:
    page.goto(f"/my/cases/{rooms.site.case_id}/ask")
    page.check("#p1")
    page.click("button:has-text('下一步')")


def _nothing_chosen(page: Page, rooms: Furnished) -> None:
    page.goto(f"/my/cases/{rooms.site.case_id}/ask")
    page.click("button:has-text('下一步')")


def _checked(page: Page, rooms: Furnished) -> None:
    _purpose_asked(page, rooms)
    page.fill("#purpose", "申请行政复议")
    page.click("button:has-text('下一步')")


def _unticked(page: Page, rooms: Furnished) -> None:
    page.goto(f"/requests/{rooms.requests[1]}")
    page.click("button:has-text('同意并签署')")


def _verified_beside(page: Page, rooms: Furnished) -> None:
    page.goto(f"/cases/{rooms.site.case_id}")
    page.click("text=现在验封")
    page.wait_for_selector("#verify .verdict:has-text('未发现不符')", timeout=60_000)


def _verified_on_a_page(page: Page, rooms: Furnished) -> None:
    page.goto(f"/cases/{rooms.site.case_id}/verify")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_selector(".verdict, .layers", timeout=60_000)


DEEDS: dict[str, list[Callable[[Page, Furnished], None]]] = {
    "": [_wrong_password],
    "archivist": [_short_password, _verified_beside, _verified_on_a_page],
    "party": [_nothing_chosen, _purpose_asked, _checked],
    "deputy": [_unticked],
}
"""What is shown only after a form was sent."""


@pytest.mark.parametrize("login", list(DEEDS))
def test_what_follows_a_form(surfer: Surfer, rooms: Furnished, login: str) -> None:
    page = surfer.open(login)
    wrong: list[str] = []
    for deed in DEEDS[login]:
        deed(page, rooms)
        wrong += look_at(page, deed.__name__)
    page.context.close()
    assert wrong == []
