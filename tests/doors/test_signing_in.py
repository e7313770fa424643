"""Doors of signing in: one answer for every no, a forced change of one-time passwords, sessions as rows."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from access.tables import PersonRow, SessionRow
from archive.kernel.actor import machine_actor
from tests.support.house import PASSWORD
from tests.support.webapp import FRESH, Site, sign_in, token_of


def _plain(text: str) -> str:
    return re.sub(r'(name="csrf_token" value|name="login" value)="[^"]*"', "", text)


def test_an_unknown_a_wrong_and_a_locked_account_get_the_same_page(site: Site) -> None:
    pages = []
    for login, password in (("nobody-here", "x" * 12), ("supervisor", "x" * 12)):
        answer = sign_in(site.app.test_client(), login, password)
        pages.append((answer.status_code, _plain(answer.get_data(as_text=True))))
    for _ in range(4):
        sign_in(site.app.test_client(), "supervisor", "x" * 12)
    locked = sign_in(site.app.test_client(), "supervisor", PASSWORD)
    pages.append((locked.status_code, _plain(locked.get_data(as_text=True))))
    with site.house.works.work(machine_actor("tests", "other tests sign in as this person")) as work:
        row = work.session.get_one(PersonRow, site.house.people["supervisor"].id)
        row.failures, row.locked_until = 0, None
    assert pages[0][0] == 403
    assert len(set(pages)) == 1


def test_a_one_time_password_must_be_changed_before_anything_else(site: Site) -> None:
    client = site.app.test_client()
    assert sign_in(client, FRESH).headers["Location"] == "/password"
    for path in ("/", "/cases", f"/cases/{site.case_id}", "/search?q=甲"):
        assert client.get(path).headers["Location"] == "/password"
    page = client.get("/password")
    short = client.post(
        "/password", data={"csrf_token": token_of(page), "old": PASSWORD, "new": "short", "again": "short"}
    )
    assert short.status_code == 422
    new = "a much longer sentence"
    other = client.post("/password", data={"csrf_token": token_of(page), "old": PASSWORD, "new": new, "again": "else"})
    assert other.status_code == 422
    done = client.post("/password", data={"csrf_token": token_of(page), "old": PASSWORD, "new": new, "again": new})
    assert done.status_code == 302
    assert client.get("/cases").status_code == 200


def test_the_cookie_holds_a_secret_that_the_table_does_not(site: Site) -> None:
    client = site.client("archivist", fresh=True)
    cookie = client.get_cookie("anjuan")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Strict"
    secret = cookie.value.removeprefix("s.")
    with site.house.works.sessions() as session:
        rows = list(session.scalars(select(SessionRow)))
    assert rows and all(secret not in (row.id, str(row.data)) for row in rows)


def test_signing_in_makes_a_new_secret_and_signing_out_ends_the_row(site: Site) -> None:
    client = site.client("archivist", fresh=True)
    first = client.get_cookie("anjuan")
    assert first is not None
    page = client.get("/sign-out")
    assert client.post("/sign-out", data={"csrf_token": token_of(page)}).status_code == 302
    assert client.get("/cases").status_code == 302
    client.set_cookie("anjuan", first.value)
    assert client.get("/cases").status_code == 302, "the ended session must not open again"
    sign_in(client, "archivist")
    second = client.get_cookie("anjuan")
    assert second is not None and second.value != first.value


def test_a_session_ends_when_it_was_idle_too_long(site: Site) -> None:
    client = site.client("archivist", fresh=True)
    assert client.get("/cases").status_code == 200
    site.house.clock.advance(timedelta(minutes=31))
    try:
        assert client.get("/cases").status_code == 302
    finally:
        site.house.clock.advance(-timedelta(minutes=31))


def test_a_post_without_the_sessions_token_does_nothing(site: Site) -> None:
    client = site.client("deputy")
    path = f"/cases/{site.case_id}/holds"
    for data in ({"kind": "litigation", "reason": "x"}, {"csrf_token": "forged", "kind": "litigation", "reason": "x"}):
        answer = client.post(path, data=data)
        assert answer.status_code == 400 and "失效" in answer.get_data(as_text=True)
    foreign = token_of(site.client("archivist").get("/sign-out"))
    assert client.post(path, data={"csrf_token": foreign, "kind": "litigation", "reason": "x"}).status_code == 400


def test_after_signing_in_one_comes_back_to_a_page_of_this_house_only(site: Site) -> None:
    client = site.app.test_client()
    sent = client.get("/cases?after=x")
    assert sent.headers["Location"] == "/sign-in?next=/cases?after%3Dx"
    for wanted, reached in (
        ("/cases", "/cases"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
    ):
        fresh = site.app.test_client()
        page = fresh.get("/sign-in")
        data = {"csrf_token": token_of(page), "login": "archivist", "password": PASSWORD, "next": wanted}
        local = {"REMOTE_ADDR": "192.0.2.9"}
        assert fresh.post("/sign-in", data=data, environ_overrides=local).headers["Location"] == reached


def test_many_tries_meet_a_page_that_says_wait(site: Site) -> None:
    client = site.app.test_client()
    token = token_of(client.get("/sign-in"))
    data = {"csrf_token": token, "login": "nobody-at-all", "password": "x"}
    far = {"REMOTE_ADDR": "192.0.2.7"}
    answers = [client.post("/sign-in", data=data, environ_overrides=far) for _ in range(21)]
    assert answers[0].status_code == 403
    assert answers[-1].status_code == 429
    assert "archive.too-many-tries" in answers[-1].get_data(as_text=True)


def test_many_tries_of_an_old_password_meet_a_page_that_says_wait(site: Site) -> None:
    client = site.client("auditor")
    token = token_of(client.get("/password"))
    data = {"csrf_token": token, "old": "x", "new": "y" * 12, "again": "z" * 12}
    far = {"REMOTE_ADDR": "192.0.2.8"}
    answers = [client.post("/password", data=data, environ_overrides=far) for _ in range(21)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
