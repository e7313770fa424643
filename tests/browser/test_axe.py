"""axe-core on every page at three sizes for every duty that sees it; nothing scrolls sideways, in large text, at 200 %
or in English either. The pages come from the routes: one without a sample or a reader fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SIZES, Surfer
from tests.browser.furnishing import Furnished, furnished
from tests.browser.visits import LOGINS, Walk, walk

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]
OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
TWICE = (640, 450)
"""What 1280 by 900 leaves of a page at 200 %."""
PHONE = SIZES[0]
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
    return walk(rooms)


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


def _page(surfer: Surfer, login: str) -> Page:
    """A page in a browser that is signed in as ``login``."""
    context = surfer.browser.new_context(base_url=surfer.address)
    context.set_default_timeout(10_000)
    if login:
        cookie = surfer.site.client(login).get_cookie("anjuan")
        assert cookie is not None
        context.add_cookies([{"name": "anjuan", "value": cookie.value, "url": surfer.address}])
    return context.new_page()


def test_every_page_has_a_reader(found: Walk) -> None:
    assert found.unseen == [], "give samples of its arguments in tests/browser/visits.py"
    assert len(found.visits) > 40


@pytest.mark.parametrize("login", LOGINS)
def test_every_page_of_a_duty(surfer: Surfer, found: Walk, login: str) -> None:
    page = _page(surfer, login)
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if "Content Security Policy" in told.text else None)
    mine = [visit for visit in found.visits if visit.login == login]
    for visit in mine:
        page.goto(visit.path)
        wrong += look_at(page, visit.path)
    page.goto("/sign-in?lang=en")
    for visit in mine:
        page.goto(visit.path)
        wrong += _reflow(page, f"{visit.path} in English")
    page.context.close()
    assert wrong == []
