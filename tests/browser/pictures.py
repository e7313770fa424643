"""Pictures 插图 of the manuals, taken of the demonstration in a real Chromium: ``python3 run.py pictures [NAME …]``.

Founds a demonstration in a temporary folder, unless ``--demo FOLDER`` names one that was made for pictures before,
serves it, and tells the scenes in both languages. Written are PNGs of few colours below ``docs/manual/pictures``.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.scenes import SCENES, Scene
from tests.services.chromium import launch_options

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "manual" / "pictures"
LARGEST = 120 * 1024
PASSWORD = "tupian-shouce-yanshi"
NEUTRAL = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const here = walk.currentNode;
    if (here.data.trim().startsWith("/")) here.data = here.data.replace(/\\/.*\\//, "/srv/anjuan/");
  }
}"""
"""A folder of this machine is shown as it would be called on another."""
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from wsgi import cli; cli(prog_name='anjuan')"
ANJUAN = [sys.executable, "-P", "-c", START]


def passwords_of(folder: Path) -> dict[str, str]:
    """The one-time passwords of the demonstration in ``folder``; makes it, with every page read, when there is none."""
    kept = folder.with_suffix(".passwords.json")
    if not kept.exists():
        print("making the demonstration …", flush=True)
        told = _anjuan("demo", "--no-serve", "--folder", str(folder))
        for words in (("reading", "run"), ("worker", "--once")):
            _anjuan(*_home(folder), *words)
        found = re.findall(r"^  (\w+) +([a-z]{5}(?:-[a-z]{5}){3}) ", told, re.MULTILINE)
        kept.write_text(json.dumps(dict(found)))
    return dict(json.loads(kept.read_text()))


def _home(folder: Path) -> tuple[str, ...]:
    return "--home", str(folder / "home"), "--unlock-dir", str(folder / "passphrases")


def _anjuan(*words: str) -> str:
    return subprocess.run([*ANJUAN, *words], stdout=subprocess.PIPE, check=True).stdout.decode()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the demonstration while it is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*ANJUAN, *_home(folder), "serve", "--port", str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urlopen(f"{address}/sign-in").close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()


class People:
    """Everybody of the demonstration, each signed in once, with a password of their own."""

    def __init__(self, browser: Browser, address: str, passwords: dict[str, str]) -> None:
        self._browser = browser
        self._address = address
        self._passwords = passwords
        self._pages: dict[str, Page] = {}

    def page_of(self, login: str) -> Page:
        """The page in front of ``login``."""
        if login not in self._pages:
            context = self._browser.new_context(base_url=self._address, reduced_motion="reduce")
            page = context.new_page()
            if login and not self._signs_in(page, login, PASSWORD):
                self._signs_in(page, login, self._passwords[login])
                self._change(page, self._passwords[login])
            self._pages[login] = page
        return self._pages[login]

    def _signs_in(self, page: Page, login: str, password: str) -> bool:
        page.goto("/sign-in")
        page.fill("#login", login)
        page.fill("#password", password)
        page.click("main button[type=submit]")
        return not page.url.endswith("/sign-in")

    def _change(self, page: Page, old: str) -> None:
        page.goto("/password")
        page.fill("#old", old)
        page.fill("#new", PASSWORD)
        page.fill("#again", PASSWORD)
        page.click("main button[type=submit]")


def take(page: Page, scene: Scene, language: str) -> bytes | None:
    """Plays a scene; a PNG of few colours when it has a name."""
    page.set_viewport_size({"width": scene.size[0], "height": scene.size[1]})
    page.goto(f"/help?lang={language}")
    scene.deed(page)
    if not scene.name:
        return None
    page.wait_for_load_state("networkidle")
    page.evaluate(NEUTRAL)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    raw = page.locator(scene.part).first.screenshot() if scene.part else page.screenshot()
    return _few_colours(Image.open(io.BytesIO(raw)).convert("RGB"), scene.name)


def _few_colours(image: Image.Image, name: str) -> bytes:
    """A PNG of few colours: the most frequent ones as they are, and rare ones kept, for a single red word says what is
    overdue.
    """
    counted = Counter({colour: count for count, colour in image.getcolors(image.width * image.height) or []})
    rare = image.quantize(32, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    for most in (96, 48, 24, 8):
        chosen = Image.new("P", (1, 1))
        chosen.putpalette([part for colour, _ in counted.most_common(most) for part in _three(colour)] + rare[:96])
        made = io.BytesIO()
        image.quantize(palette=chosen, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        if made.tell() <= LARGEST:
            return made.getvalue()
    raise ValueError(f"{name} does not fit {LARGEST} bytes: show less of it")


def _three(colour: object) -> tuple[int, int, int]:
    assert isinstance(colour, tuple)
    return colour[0], colour[1], colour[2]


def make(folder: Path, names: set[str]) -> None:
    """Tells all scenes in both languages and writes the pictures named, or all."""
    passwords = passwords_of(folder)
    with served(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        people = People(browser, address, passwords)
        for language in ("zh", "en"):
            for scene in SCENES:
                made = take(people.page_of(scene.login), scene, language)
                if made is None or (names and scene.name not in names):
                    continue
                target = PICTURES / language / f"{scene.name}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(made)
                print(f"{target.relative_to(ROOT)}  {len(made) // 1024} KiB", flush=True)
        browser.close()


def main() -> None:
    """Makes the pictures."""
    words = argparse.ArgumentParser(prog="run.py pictures", description="the pictures of the manuals")
    words.add_argument("names", nargs="*", help="only these")
    words.add_argument("--demo", type=Path, help="a demonstration made for pictures before, or where to make it")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(given.demo or Path(folder) / "demo", set(given.names))


if __name__ == "__main__":
    main()
