"""The HTTP API: tokens, problems, the whole way of a case, and a document that says what the routes do."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from access.service.api_tokens import make_token, revoke_token
from ingest.doors.api_document import DOCUMENT
from ingest.ports import TakeIn
from ingest.service.accepting import accept_next
from ingest.service.draft_sealing import seal_next
from tests.support.webapp import Site, sign_in

TUS = {"Tus-Resumable": "1.0.0"}
BODY = "application/offset+octet-stream"
DOC: dict[str, Any] = json.loads(DOCUMENT)


def _said(answer: TestResponse, path: str, method: str) -> Any:
    """The JSON of an answer, after its status and shape were found in the document."""
    response = DOC["paths"][path][method]["responses"][str(answer.status_code)]
    if "content" not in response:
        assert answer.data == b""
        return None
    (content,) = response["content"].items()
    assert answer.mimetype == content[0]
    value = json.loads(answer.data)
    Draft202012Validator({**content[1]["schema"], "components": DOC["components"]}).validate(value)
    return value


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    with site.house.works.work(site.house.people["archivist"]) as work:
        return make_token(work, "办案系统", 30)[1]


@pytest.fixture
def api(site: Site, token: str) -> FlaskClient:
    client = site.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _metadata(draft: str, name: str, **more: str) -> str:
    said = {"draft": draft, "filename": name, **more}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def _upload(api: FlaskClient, draft: str, name: str, data: bytes) -> str:
    headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": _metadata(draft, name)}
    made = api.post("/api/uploads", headers=headers)
    _said(made, "/api/uploads", "post")
    place = made.headers["Location"]
    for start in range(0, len(data), 700_000):
        piece = data[start : start + 700_000]
        checksum = "sha256 " + base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {**TUS, "Upload-Offset": str(start), "Upload-Checksum": checksum}
        sent = api.patch(place, data=piece, content_type=BODY, headers=headers)
        assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, str(start + len(piece)))
        assert sent.headers["Tus-Resumable"] == "1.0.0"
    return place


def test_a_case_goes_from_nothing_to_the_seal(site: Site, api: FlaskClient) -> None:
    made = api.post("/api/drafts", json={"unit": "zd1"})
    draft = _said(made, "/api/drafts", "post")["id"]
    at = "/api/drafts/{draft_id}"
    data = "现场检查记录\n".encode() * 100_000  # more than a form may have
    place = _upload(api, draft, "记录.txt", data)
    shown = _said(api.get(place), "/api/uploads/{upload_id}", "get")
    assert (shown["state"], shown["offset"], shown["sha256"]) == ("uploaded", len(data), "")
    undescribed = _said(api.get(f"/api/drafts/{draft}/report"), at + "/report", "get")
    assert "ingest.draft-undescribed" in {one["code"] for one in undescribed["reasons"]}
    words: dict[str, Any] = {"case": {"title": "接口提交的案卷", "closed_on": "2026-11-01"}, "items": []}
    saved = api.put(f"/api/drafts/{draft}/description", json=words)
    assert _said(saved, at + "/description", "put")["version"] == 1 and saved.headers["ETag"] == '"1"'
    stale = api.put(f"/api/drafts/{draft}/description", json={}, headers={"If-Match": '"0"'})
    assert _said(stale, at + "/description", "put")["code"] == "ingest.draft-changed"
    report = _said(api.get(f"/api/drafts/{draft}/report"), at + "/report", "get")
    assert not report["fit"]
    assert {one["code"] for one in report["reasons"]} == {"ingest.upload-unfinished", "ingest.items-missing"}
    take_in = site.house.ports.get(TakeIn)
    while accept_next(take_in, "tests"):
        pass
    accepted = _said(api.get(place), "/api/uploads/{upload_id}", "get")
    assert (accepted["state"], accepted["sha256"]) == ("accepted", hashlib.sha256(data).hexdigest())
    words["items"] = [{"title": "现场检查记录", "files": ["记录.txt"]}]
    api.put(f"/api/drafts/{draft}/description", json=words)
    assert _said(api.get(f"/api/drafts/{draft}/report"), at + "/report", "get")["fit"]
    assert _said(api.post(f"/api/drafts/{draft}/seal"), at + "/seal", "post")["sealing"]["state"] == "queued"
    assert seal_next(take_in, "tests")
    sealed = _said(api.get(f"/api/drafts/{draft}"), at, "get")
    assert sealed["state"] == "sealed" and sealed["reference_code"].startswith("J019-")
    listed = _said(api.get("/api/intakes?state=sealed"), "/api/intakes", "get")["intakes"]
    (mine,) = [one for one in listed if one["id"] == draft]
    assert (mine["case"], mine["reference_code"]) == (sealed["case"], sealed["reference_code"])
    one = _said(api.get(f"/api/intakes/{draft}"), "/api/intakes/{intake_id}", "get")
    assert one == mine


def test_a_refused_seal_tells_every_reason_and_a_dropped_draft_is_gone(site: Site, api: FlaskClient) -> None:
    draft = api.post("/api/drafts", json={"unit": "zd1", "description": {"case": {"title": "缺"}}}).json["id"]  # type: ignore[index]
    api.post(f"/api/drafts/{draft}/seal")
    seal_next(site.house.ports.get(TakeIn), "tests")
    told = _said(api.get(f"/api/drafts/{draft}"), "/api/drafts/{draft_id}", "get")
    assert told["sealing"] is None and {one["code"] for one in told["reasons"]} == {"ingest.description-invalid"}
    assert len(told["reasons"]) > 1 and told["reasons"][0]["en"]["do"]
    assert draft in {one["id"] for one in _said(api.get("/api/drafts"), "/api/drafts", "get")["drafts"]}
    _said(api.delete(f"/api/drafts/{draft}"), "/api/drafts/{draft_id}", "delete")
    assert _said(api.get(f"/api/drafts/{draft}"), "/api/drafts/{draft_id}", "get")["state"] == "dropped"


def test_refusals_are_problems_with_code_article_and_two_languages(api: FlaskClient) -> None:
    told = _said(api.get("/api/drafts/intake_" + "a" * 26), "/api/drafts/{draft_id}", "get")
    assert (told["status"], told["code"], told["article"]) == (404, "ingest.draft-unknown", "办法第二十六条")
    assert told["en"]["article"] == "Rules art. 26" and told["zh"]["do"]
    foreign = _said(api.post("/api/drafts", json={"unit": "zd2"}), "/api/drafts", "post")
    assert (foreign["status"], foreign["code"]) == (403, "access.matter-foreign")
    wrong = _said(api.post("/api/drafts", json={"unit": 5}), "/api/drafts", "post")
    assert wrong["code"] == "ingest.description-invalid"
    assert api.get("/api/nowhere").mimetype == "application/problem+json"
    assert _said(api.get("/api/intakes?before=yesterday"), "/api/intakes", "get")["code"] == "archive.form-unreadable"


def test_tus_refuses_what_is_not_tus(api: FlaskClient) -> None:
    draft = api.post("/api/drafts", json={"unit": "zd1"}).json["id"]  # type: ignore[index]
    place, at = _upload(api, draft, "a.txt", b"x"), "/api/uploads/{upload_id}"
    headers = {**TUS, "Upload-Length": "9", "Upload-Metadata": _metadata(draft, "b.txt")}
    first = api.post("/api/uploads", headers=headers, data=b"xyz", content_type=BODY)
    assert first.headers["Upload-Offset"] == "3"
    place = first.headers["Location"]

    def patch(
        offset: str, data: bytes = b"abc", content_type: str = BODY, more: tuple[str, str] = ("X", "")
    ) -> TestResponse:
        return api.patch(
            place, data=data, content_type=content_type, headers={**TUS, "Upload-Offset": offset} | dict((more,))
        )

    assert _said(patch("3", more=("Tus-Resumable", "0.2")), at, "patch")["code"] == "ingest.upload-version"
    assert _said(patch("3", content_type="text/plain"), at, "patch")["status"] == 415
    assert _said(patch("three"), at, "patch")["code"] == "ingest.upload-header"
    assert _said(patch("0"), at, "patch")["status"] == 409
    wrong = "sha256 " + base64.b64encode(bytes(32)).decode()
    assert _said(patch("3", more=("Upload-Checksum", wrong)), at, "patch")["status"] == 460
    assert _said(patch("3", b"more than nine"), at, "patch")["status"] == 413
    head = api.head(place, headers=TUS)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("3", "9")
    overridden = {**TUS, "Upload-Offset": "3", "X-HTTP-Method-Override": "PATCH"}
    assert api.post(place, data=b"abc", content_type=BODY, headers=overridden).headers["Upload-Offset"] == "6"
    _said(api.delete(place, headers=TUS), at, "delete")
    assert api.head(place, headers=TUS).status_code == 404
    assert api.options("/api/uploads").headers["Tus-Extension"].startswith("creation")


def test_who_has_no_token_or_one_that_ended_gets_nothing(site: Site) -> None:
    works, archivist = site.house.works, site.house.people["archivist"]
    with works.work(archivist) as work:
        token_id, secret = make_token(work, "将撤销", 1)
    client = site.app.test_client()

    def get(given: str) -> int:
        return client.get("/api/drafts", headers={"Authorization": given} if given else {}).status_code

    assert (get(""), get("Bearer wrong"), get(f"Basic {secret}"), get(f"Bearer {secret}")) == (401, 401, 401, 200)
    assert client.get("/cases", headers={"Authorization": f"Bearer {secret}"}).status_code == 302, "no page by a token"
    with works.work(archivist) as work:
        revoke_token(work, token_id)
    assert get(f"Bearer {secret}") == 401
    assert site.client("archivist").get("/api/drafts", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_cookie_alone_changes_nothing(site: Site) -> None:
    client = site.app.test_client()
    sign_in(client, "archivist")
    refused = client.post("/api/drafts", json={"unit": "zd1"})
    assert (refused.status_code, json.loads(refused.data)["code"]) == (400, "archive.form-expired")
    page = client.get("/drafts").get_data(as_text=True)
    found = re.search(r'data-token="([^"]+)"', page) or re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    made = client.post("/api/drafts", json={"unit": "zd1"}, headers={"X-CSRF-Token": found[1]})
    assert made.status_code == 201


def test_the_document_is_served_and_kept(site: Site) -> None:
    kept = Path(__file__).parents[2] / "docs" / "openapi.json"
    assert kept.read_text("utf-8") == DOCUMENT
    assert site.app.test_client().get("/api/openapi.json").get_data(as_text=True) == DOCUMENT


def _routes(site: Site) -> Iterator[tuple[str, str]]:
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = re.sub(r"<(\w+)>", r"{\1}", rule.rule)
            automatic = {"OPTIONS"} if getattr(rule, "provide_automatic_options", False) else set()
            for method in (rule.methods or set()) - automatic - {"HEAD"}:
                yield path, method.lower()


def test_every_route_is_documented_and_every_documented_route_is_there(site: Site) -> None:
    documented = {(path, method) for path, one in DOC["paths"].items() for method in one if method != "head"}
    assert set(_routes(site)) == documented
    names = [one["operationId"] for path in DOC["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
    for schema in DOC["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
