"""What a reader waits for 屏幕响应: the first page of a large volume, the first frame of a long film, a large case.

In a real Chromium before the real server, with nothing of it in memory: the server is started anew for each round.
From the click to the frame in which the page is painted, or the film shows its first picture; opening a case is the
time of the whole answer, ten times, behind one that warms up. Every figure is a share of its bound. The sealed film
has as many bytes as ANJUAN_BENCH_BYTES says (4 GiB), the volume ANJUAN_BENCH_PAGES, the case ANJUAN_BENCH_ITEMS.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from access.tables import PersonRow
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.terms import Role
from tests.bench.report import Report
from tests.bench.volume import scan
from tests.services import chromium
from tests.support.cases import Paper, seal_example
from tests.support.house import PASSWORD, House, make_house

BYTES = int(os.environ.get("ANJUAN_BENCH_BYTES", 4 << 30))
PAGES = int(os.environ.get("ANJUAN_BENCH_PAGES", 500))
ITEMS = int(os.environ.get("ANJUAN_BENCH_ITEMS", 2_000))
ROUNDS = int(os.environ.get("ANJUAN_BENCH_ROUNDS", 5))
OPENINGS = 10
PAINTED, FRAME, OPENED = 1.0, 1.0, 0.3
_WATCH = """
addEventListener("click", () => sessionStorage.setItem("clicked", performance.timeOrigin + performance.now()), true);
const told = (name) => {
  if (!(name in window)) window[name] = performance.timeOrigin + performance.now() - sessionStorage.getItem("clicked");
};
const look = () => {
  const image = document.querySelector(".page-image img");
  const drawn = document.querySelector(".page-image[data-drawn]");
  if (drawn || (image && image.complete && image.naturalWidth)) requestAnimationFrame(() => told("paintedAt"));
  const film = document.querySelector("video");
  if (film && !film.dataset.watched) {
    film.dataset.watched = "yes";
    film.requestVideoFrameCallback(() => told("frameAt"));
    film.muted = true;
    film.play();
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def measure(report: Report) -> None:
    """Adds the shares of the bounds; nothing where there is no Chromium."""
    if (reason := chromium.available()) is not None:
        print(f"screens: not measured, {reason}")
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as name:
        folder = Path(name)
        house = make_house(folder / "home")
        _let_in(house)
        volume, recording, large = _volume(house), _recording(house, folder), _large(house)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**chromium.launch_options())
            pages = [_shown(house, browser, volume, "paintedAt") for _ in range(ROUNDS)]
            frames = [_shown(house, browser, recording, "frameAt") for _ in range(ROUNDS)]
            opened = _openings(house, browser, large)
            browser.close()
    _tell(report, f"first page of {PAGES} on screen", pages, PAINTED)
    _tell(report, f"first frame of {BYTES >> 20} MiB", frames, FRAME)
    _tell(report, f"opening a case of {ITEMS} items", opened, OPENED)


def _tell(report: Report, name: str, seconds: list[float], bound: float) -> None:
    note = f"median of {len(seconds)} beside its bound; worst {max(seconds):.3f} s, least {min(seconds):.3f} s"
    report.ratio(f"screens: {name}", median(seconds), bound, 1.0, "lower", note)


def _let_in(house: House) -> None:
    with house.works.work(machine_actor("founding", "bench")) as work:
        for row in work.session.scalars(select(PersonRow)):
            row.must_change = False


def _volume(house: House) -> CaseId:
    """All pages in one item: the most that a single page can ask for."""
    paper = Paper("扫描件", content=scan(PAGES), name="scan.pdf", role=Role.PDFA, pages=PAGES)
    return seal_example(house, [paper], title="页数很多的案卷").case_id


def _recording(house: House, folder: Path) -> CaseId:
    film = folder / "film.mp4"
    subprocess.run([sys.executable, "-m", "tests.bench.samples.long_film", str(film), str(BYTES)], check=True)
    made = seal_example(house, [Paper("现场录像", name="film.mp4", path=film)], title="录像很长的案卷").case_id
    film.unlink()
    return made


def _large(house: House) -> CaseId:
    papers = [Paper(f"现场检查笔录及附件之{number}") for number in range(ITEMS)]
    return seal_example(house, papers, title="件数很多的案卷").case_id


@contextmanager
def _served(house: House) -> Iterator[int]:
    """The house behind the real server, on a free port of loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [sys.executable, "-m", "tests.bench.samples.served", str(house.path), str(port)]
    process = subprocess.Popen(words)
    try:
        _wait_for(lambda: _answers(port), 120)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/sign-in")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _wait_for(is_so: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.05)


def _signed_in(browser: Browser, port: int) -> Page:
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1440, "height": 900})
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#login", "archivist")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.goto("/cases")
    return page


def _shown(house: House, browser: Browser, case_id: CaseId, what: str) -> float:
    """Seconds from the click on the case in the list until ``what`` happened."""
    with _served(house) as port:
        page = _signed_in(browser, port)
        page.locator(f'main a[href="/cases/{case_id}"]').first.click()
        _wait_for(lambda: page.evaluate(f"window.{what} ?? 0"), 120)
        taken = float(page.evaluate(f"window.{what}")) / 1000
        page.context.close()
    return taken


def _openings(house: House, browser: Browser, case_id: CaseId) -> list[float]:
    with _served(house) as port:
        page = _signed_in(browser, port)
        cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
        page.context.close()
        return [_opening(port, case_id, cookies) for _ in range(OPENINGS + 1)][1:]


def _opening(port: int, case_id: CaseId, cookies: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    start = time.perf_counter()
    connection.request("GET", f"/cases/{case_id}", headers={"Cookie": cookies})
    answer = connection.getresponse()
    body = answer.read()
    taken = time.perf_counter() - start
    connection.close()
    if answer.status != 200 or case_id.encode() not in body:
        raise RuntimeError(f"the case was answered with {answer.status}")
    return taken
