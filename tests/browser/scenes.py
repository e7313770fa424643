"""Scenes 画面: what each picture of the manuals shows, as deeds of people in a browser before the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

DESK, PHONE = (1120, 760), (420, 780)
CASE = "户外广告"
SCANNED = "棚亭"


@dataclass(frozen=True)
class Scene:
    """One picture: its name, whose page it is, what leads there, the size of the window, and the part that is kept."""

    name: str
    login: str
    deed: Callable[[Page], object]
    size: tuple[int, int] = DESK
    part: str = ""


def _open_case(page: Page) -> None:
    page.goto(f"/search?q={CASE}")
    _open_first(page)


def _open_first(page: Page) -> None:
    page.locator(".hit-case h3 a").first.click()


def _open_paper(page: Page) -> None:
    page.goto("/search?q=立面")
    page.locator(".pages a").first.click()
    page.wait_for_selector("[data-drawn]")
    page.wait_for_timeout(500)


def _open_item(title: str) -> Callable[[Page], None]:
    def deed(page: Page) -> None:
        _open_case(page)
        page.locator(".contents a", has_text=title).first.click()
        page.wait_for_load_state("networkidle")

    return deed


def _verify(page: Page) -> None:
    _open_case(page)
    page.locator("form[data-live] button").click()
    page.wait_for_selector("[data-status]:is(:text('刚刚验封'), :text('verified just now'))", timeout=120_000)


def _refused_report(page: Page) -> None:
    page.goto("/intakes")
    page.locator("#fail-h").scroll_into_view_if_needed()
    page.locator("section[aria-labelledby=fail-h] th a").first.click()


def _ask(page: Page) -> None:
    page.goto("/my")
    page.locator("a.btn").first.click()


def _choose(page: Page) -> None:
    _ask(page)
    for box in page.locator(".choice .tick").all()[:2]:
        box.check()


def _purpose(page: Page) -> None:
    _choose(page)
    page.locator("button[value=purpose]").click()
    page.fill("#purpose", "申请行政复议使用")


def _check(page: Page) -> None:
    _purpose(page)
    page.locator("button[value=check]").click()


def _send(page: Page) -> None:
    _check(page)
    page.locator("button[value=send]").click()


def _first_waiting(place: str) -> Callable[[Page], None]:
    def deed(page: Page) -> None:
        page.goto(place)
        page.locator("section[aria-labelledby=mine-h] th a").first.click()

    return deed


def _review(page: Page) -> None:
    _first_waiting("/requests")(page)
    page.locator("form.decision button[type=submit]").click()


def _read_all(page: Page) -> None:
    _first_waiting("/approvals")(page)
    page.check("#read")


def _return(page: Page) -> None:
    _first_waiting("/approvals")(page)
    page.locator("form.decision summary").click()
    page.fill("#reason", "用途不明，请写明用于哪一件复议。")


def _approve(page: Page) -> None:
    _read_all(page)
    page.locator("button[value=agree]").click()


def _release(page: Page) -> None:
    _first_waiting("/requests")(page)
    page.locator("form.decision button[type=submit]").click()
    page.wait_for_selector(".decision h2")


def _my_newest(page: Page) -> None:
    page.goto("/my")
    page.locator("section[aria-labelledby=req-h] .choice a").first.click()


def _place_hold(page: Page) -> None:
    _open_case(page)
    page.locator("#holds").scroll_into_view_if_needed()
    page.locator(".case-facts details:has(#hold-kind) > summary").click()


def _who(page: Page) -> None:
    _open_case(page)
    page.locator("#who + .facts summary").click()


def _correct(page: Page) -> None:
    page.goto(f"/search?q={SCANNED}")
    page.locator(".pages li:has(.soon) a").first.click()
    page.locator('a[href*="/reading?"]').click()


def at(path: str) -> Callable[[Page], object]:
    """The page of that address."""
    return lambda page: page.goto(path)


SCENES = (
    Scene("desk", "dangan", at("/")),
    Scene("intakes", "dangan", at("/intakes")),
    Scene("refused", "dangan", _refused_report),
    Scene("search", "dangan", at(f"/search?q={CASE}")),
    Scene("case", "dangan", _open_case, (1120, 900)),
    Scene("page", "dangan", _open_paper, (1120, 900)),
    Scene("recording", "dangan", _open_item("录像"), (1120, 820)),
    Scene("reading", "dangan", _correct, (1120, 640)),
    Scene("verify", "dangan", _verify, part="#verify"),
    Scene("ask-papers", "dangshiren", _choose, PHONE),
    Scene("ask-check", "dangshiren", _check, PHONE),
    Scene("ask-status", "dangshiren", _send, PHONE),
    Scene("review", "dangan", _first_waiting("/requests"), (1120, 860)),
    Scene("", "dangan", _review),
    Scene("approvals", "fenguan", at("/approvals")),
    Scene("decide", "fenguan", _read_all, (1120, 860)),
    Scene("return", "fenguan", _return, part=".decision"),
    Scene("", "fenguan", _approve),
    Scene("release", "dangan", _first_waiting("/requests"), part=".decision"),
    Scene("", "dangan", _release),
    Scene("collect", "dangshiren", _my_newest, PHONE),
    Scene("hold", "fazhi", _place_hold, part=".case-facts"),
    Scene("officer-desk", "baomi", at("/"), (1120, 860)),
    Scene("officer-case", "baomi", _who, part=".case-facts"),
    Scene("status", "sysadmin", at("/status"), (1120, 860)),
    Scene("ledger", "auditor", at("/ledger")),
    Scene("accounts", "security", at("/")),
)
"""In the order in which they happen: a scene without a name is a deed on the way to the next picture."""
