"""``?`` opens the manual of the reader's duty at the part that belongs to the page."""

from __future__ import annotations

import re

import pytest

from archive.doors.web.manual import MANUALS
from tests.support.webapp import Site

HELP = re.compile(r'<li><a href="(/help[^"]*)"[^>]*>(?:帮助|Help)')


def _help(site: Site, login: str, path: str) -> str:
    client = site.client(login) if login else site.app.test_client()
    found = HELP.search(client.get(path).get_data(as_text=True))
    assert found is not None, path
    return found.group(1)


@pytest.mark.parametrize(
    ("login", "path", "part"),
    [
        ("archivist", "/", "/help/archivist#desk.home"),
        ("archivist", "/cases/{case}", "/help/archivist#cases.show"),
        ("archivist", "/intakes", "/help/archivist#intakes.show_all"),
        ("archivist", "/cases/absent", "/help/archivist#refused"),
        ("supervisor", "/cases", "/help/archivist#cases.list_page"),
        ("deputy", "/approvals", "/help/deputy-head#requests.approvals"),
        ("legal", "/requests", "/help/deputy-head#requests.waiting"),
        ("confidentiality", "/", "/help/confidentiality-officer#desk.home"),
        ("sysadmin", "/status", "/help/operator#status.show"),
        ("auditor", "/ledger", "/help/operator#ledger.show"),
        ("security", "/", "/help/operator#desk.home"),
        ("party", "/my", "/help/party#room.home"),
        ("party", "/my/cases/{case}/ask", "/help/party#room.papers"),
        ("", "/sign-in", "/help"),
        ("archivist", "/help/archivist", "/help/archivist"),
    ],
)
def test_help_leads_to_the_part_of_the_page(site: Site, login: str, path: str, part: str) -> None:
    assert _help(site, login, path.format(case=site.case_id)) == part


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", MANUALS)
def test_a_manual_is_a_page_with_its_parts_and_pictures(site: Site, name: str, language: str) -> None:
    client = site.app.test_client()
    client.get(f"/help?lang={language}")
    text = client.get(f"/help/{name}").get_data(as_text=True)
    parts = re.findall(r'<li><a href="#([\w.-]+)">', text)
    assert len(parts) > 5 and all(f'<a id="{part}"></a>' in text for part in parts)
    pictures = re.findall(r'<img src="([^"]+)" alt="[^"]+" width="([1-9]\d+)" height="([1-9]\d+)"', text)
    assert pictures and len(pictures) == text.count("<img")
    for address, _, _ in pictures:
        with client.get(address) as answer:
            assert answer.status_code == 200 and answer.mimetype == "image/png"
    assert "](" not in text and "**" not in text


def test_what_is_no_manual_is_not_found(site: Site) -> None:
    client = site.app.test_client()
    for path in (
        "/help/absent",
        "/help/pictures/fr/desk.png",
        "/help/pictures/zh/absent.png",
        "/help/pictures/zh/..%2f",
    ):
        assert client.get(path).status_code == 404, path


def test_the_list_of_manuals_is_open_to_everybody(site: Site) -> None:
    text = site.app.test_client().get("/help").get_data(as_text=True)
    assert all(f'href="/help/{name}"' in text for name in MANUALS)
