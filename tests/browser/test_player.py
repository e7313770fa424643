"""Moments of a recording in a real Chromium: a finding leads to its minute, with script and without."""

from __future__ import annotations

import pytest

from tests.browser.conftest import SIZES, Surfer
from tests.support.recordings import recordings

pytestmark = [pytest.mark.browser, pytest.mark.service("chromium")]


@pytest.fixture(scope="module")
def addresses(surfer: Surfer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return recordings(surfer.site, tmp_path_factory.mktemp("films"))


READY = (
    "new Promise(done => { const film = document.querySelector('video'); const told = () => done(film.duration);"
    " if (film.readyState >= 2) told(); else film.addEventListener('loadeddata', told); })"
)
HEAD = (
    "new Promise(done => { const film = document.querySelector('video'); film.addEventListener('timeupdate', () =>"
    " done(parseFloat(document.querySelector('[data-playhead]').getAttribute('x1'))), { once: true }); film.play(); })"
)
AT = (
    "new Promise(done => { const film = document.querySelector('video'); const told = () => done(film.currentTime);"
    " if (film.readyState >= 2 && !film.seeking) told(); else film.addEventListener('seeked', told); })"
)


def test_a_moment_moves_the_player_that_is_there(surfer: Surfer, addresses: dict[str, str]) -> None:
    page = surfer.open("archivist")
    page.goto(addresses["gap"])
    page.evaluate(READY)
    before = page.url
    page.click(".chapters a >> nth=1")
    assert page.evaluate(AT) >= 10 and page.url == before
    assert 50 <= page.evaluate(HEAD) < 95, "the line on the wave is where the film is"
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()


def test_without_script_the_page_opens_at_the_moment(surfer: Surfer, addresses: dict[str, str]) -> None:
    page = surfer.open("archivist", script=False)
    page.goto(addresses["gap"])
    page.click(".found a")
    assert page.url.endswith("?t=12#page")
    assert "#t=12" in (page.locator("video source").get_attribute("src") or "")
    page.click(".as-table summary >> nth=0")
    assert "断档" in page.locator(".player table").inner_text()
    page.context.close()


def test_the_copy_plays_where_the_original_does_not(surfer: Surfer, addresses: dict[str, str]) -> None:
    page = surfer.open("archivist")
    page.goto(addresses["old"])
    assert 3.5 < page.evaluate(READY) < 4.5
    assert "浏览副本，原件为准" in page.locator(".player .note").inner_text()
    page.context.close()
