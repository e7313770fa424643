"""Every route asks the guard or stands on a short list; what is not asked for is not answered."""

from __future__ import annotations

import re

import pytest

from archive.kernel.guard import Action
from tests.support.webapp import Site, shared_site

OPEN = {
    "api.document": "what the API is, no record",
    "static": "style sheets and the icon",
    "desk.help_page": "keys and signs, no record",
    "manual.show": "how to use the house, no record",
    "manual.picture": "pictures of the demonstration",
    "access.sign_in": "the form before anybody is known",
    "access.sign_in_now": "signing in",
    "access.password": "one's own password",
    "access.change": "one's own password",
    "access.sign_out": "leaving",
    "access.sign_out_now": "leaving",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The shared site."""
    return shared_site(tmp_path_factory)


def _rules(site: Site) -> list[tuple[str, str, str]]:
    return [
        (str(rule.endpoint), rule.rule, method)
        for rule in site.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"})
    ]


def test_every_route_says_what_it_asks_or_is_on_the_list(site: Site) -> None:
    for endpoint, _, _ in _rules(site):
        view = site.app.view_functions[endpoint]
        actions = getattr(view, "asks", ())
        if endpoint in OPEN:
            assert not actions and (endpoint == "static" or getattr(view, "open_to_all", False))
        else:
            assert actions and all(isinstance(action, Action) for action in actions), endpoint


def test_the_list_holds_no_route_that_is_gone(site: Site) -> None:
    assert set(OPEN) <= {endpoint for endpoint, _, _ in _rules(site)}


def _path(rule: str, case_id: str) -> str:
    filled = rule.replace("<case_id>", case_id)
    return re.sub(r"<(?:int:)?\w+>", lambda found: "1" if "int:" in found.group() else "absent", filled)


def test_nobody_gets_an_answer_from_a_route_that_asks(site: Site) -> None:
    site.app.config["WTF_CSRF_ENABLED"] = False
    try:
        for endpoint, rule, method in _rules(site):
            if endpoint in OPEN:
                continue
            answer = site.app.test_client().open(_path(rule, site.case_id), method=method)
            if rule.startswith("/api/"):  # a program is not sent to a page
                assert answer.status_code == 401 and answer.mimetype == "application/problem+json", endpoint
                continue
            assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"), endpoint
            assert site.case_id not in answer.get_data(as_text=True).replace("%2F", "/").split("next=")[0]
    finally:
        site.app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.parametrize("login", ["foreign", "stranger", "security", "sysadmin"])
def test_what_is_above_the_reader_and_what_is_absent_get_the_same_answer(site: Site, login: str) -> None:
    client = site.client(login)
    site.app.config["WTF_CSRF_ENABLED"] = False
    try:
        for endpoint, rule, method in _rules(site):
            if "<case_id>" not in rule or (endpoint.startswith("verifying.") and login == "sysadmin"):
                continue
            paths = (_path(rule, case_id) for case_id in (site.case_id, "case_" + "a" * 26))
            there, absent = (client.open(path, method=method) for path in paths)
            assert (there.status_code, there.data) == (absent.status_code, absent.data), rule
            assert dict(there.headers) == dict(absent.headers), rule
            assert there.status_code in (403, 404), rule
    finally:
        site.app.config["WTF_CSRF_ENABLED"] = True


def test_no_page_has_script_or_style_of_its_own(site: Site) -> None:
    client = site.client("archivist")
    for path in ("/cases", f"/cases/{site.case_id}", "/search?q=甲", f"/cases/{site.case_id}/verify", "/sign-out"):
        answer = client.get(path)
        text = answer.get_data(as_text=True)
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/[\w./-]+\"></script>)", text), path
        assert "<style" not in text and not re.search(r"\s(style|on\w+)=", text), path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "http:" not in text.replace("http://www.w3.org", "") and "https:" not in text, path
