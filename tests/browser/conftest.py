"""A real Chromium before the application of a test house."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.services.chromium import launch_options
from tests.support.webapp import Site, shared_site

SIZES = PHONE, TABLET, DESK = (390, 844), (820, 1180), (1440, 900)


@dataclass(frozen=True)
class Surfer:
    """A browser and the address of the site in it."""

    browser: Browser
    site: Site
    address: str

    def open(self, login: str = "", *, script: bool = True, size: tuple[int, int] = DESK) -> Page:
        """A page in a context of its own, on the first page of ``login``, who has signed in just now."""
        context = self.browser.new_context(
            base_url=self.address, java_script_enabled=script, viewport={"width": size[0], "height": size[1]}
        )
        context.set_default_timeout(10_000)
        if login:
            cookie = self.site.client(login, fresh=True).get_cookie("anjuan")
            assert cookie is not None
            context.add_cookies([{"name": "anjuan", "value": cookie.value, "url": self.address}])
        page = context.new_page()
        page.goto("/")
        return page


@pytest.fixture(scope="module")
def surfer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surfer]:
    """The site served on loopback, and Chromium."""
    site = shared_site(tmp_path_factory)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield Surfer(browser, site, f"http://127.0.0.1:{server.server_port}")
        browser.close()
    server.shutdown()
    server.server_close()
    thread.join()
