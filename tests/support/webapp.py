"""The web application of a test house, with one case taken in by the real take-in: papers, a photo, a recording."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import typst
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

import access.doors.web
import archive.doors.web.door
import ingest.doors.web
import retention.doors.web
import search.doors.web
from access.service.people import link_party
from access.tables import PersonRow
from access.terms import Duty
from archive.doors.web.app import make_flask
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.service.reading import get_case_target
from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.service.index import index_case
from tests.support.house import PASSWORD, UNIT, House, make_house

DOORS = (
    archive.doors.web.door.door,
    access.doors.web.door,
    retention.doors.web.door,
    search.doors.web.door,
    ingest.doors.web.door,
)
TITLE = "示例商贸有限公司擅自设置大型户外广告设施案"
PARTY = "示例商贸有限公司"
FRESH = "archivist2"  # still has a one-time password

RECORD = """
检查时间：2026年6月2日9时40分至10时18分

检查地点：示例区示范大道 88 号楼顶东侧

被检查人：示例商贸有限公司　　现场负责人：当事人甲

经查，该楼顶东侧设有户外广告设施一处，钢质骨架，展面朝向示范大道。展面长 12.40 米、高 6.10 米，面积 75.64 平方米；
后部斜撑 4 处，其中 1 处焊缝开裂约 3 厘米。现场未见设置许可的公示。当事人甲称未办理户外广告设置手续。

以上情况已拍照，并全程录音录像。
"""
DECISION = """
当事人：示例商贸有限公司

经查，你单位未经批准，在示例区示范大道 88 号楼顶擅自设置大型户外广告设施，违反了《市容环境卫生管理条例》的规定。
本机关决定：责令限期拆除，并处罚款人民币二万元。
"""
CONTRACT = """
发包人：示例商贸有限公司　　承包人：示例广告工程有限公司

一、工程内容：楼顶钢质骨架广告设施一处。二、合同价款：骨架每平方米 1180 元，合计 124050 元。
"""
INTERVIEW = """
问：户外广告的支架由谁焊接？答：由示例广告工程有限公司焊接，焊缝没有检测过。我的住址是示例路 1 号。
"""


def paper(title: str, text: str, pages: int = 1) -> bytes:
    """A born-digital PDF of ``pages`` pages with Chinese text."""
    fonts = resources.files("archive") / "fonts"
    body = "\n#pagebreak()\n".join(f"#align(center)[= {title}]\n{text}\n第 {n} 页" for n in range(1, pages + 1))
    head = (
        '#set page(paper: "a4", margin: 25mm)\n#set text(font: "Noto Serif SC", size: 13pt)\n#set par(leading: 1em)\n'
    )
    compile_page: Any = typst.compile
    made = compile_page((head + body).encode(), font_paths=[str(fonts)], ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


def make_package(folder: Path, *, title: str = TITLE, recording: bool = True) -> Path:
    """A submission as a folder: five papers of different markings, a photo, a recording."""
    folder.mkdir(parents=True)
    papers: list[dict[str, Any]] = [
        {"title": "行政处罚决定书", "doc_no": "示区城管罚决字〔2026〕第0087号", "text": DECISION, "pages": 3},
        {"title": "现场检查（勘验）笔录", "text": RECORD, "pages": 2},
        {"title": "询问笔录（当事人甲）", "text": INTERVIEW, "kind": "PRIVACY", "whose": "当事人甲"},
        {"title": "广告设施施工合同", "text": CONTRACT, "kind": "TRADE_SECRET", "whose": "示例广告工程公司"},
        {"title": "立案审批表", "text": "拟同意立案。", "part": "internal", "kind": "PROCESS_PAPER"},
    ]
    items = []
    for number, one in enumerate(papers, start=1):
        name = f"{number:02}.pdf"
        (folder / name).write_bytes(paper(one["title"], one["text"], one.get("pages", 1)))
        claims = [{"kind": one["kind"], "whose": one.get("whose", "")}] if "kind" in one else []
        items.append(
            {
                "title": one["title"],
                "doc_no": one.get("doc_no", ""),
                "author": "示例区城市管理局",
                "doc_date": f"2026-06-{number:02}",
                "part": one.get("part", "main"),
                "files": [name],
                "marking": {"claims": claims},
            }
        )
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(folder / "photo.jpg", quality=80)
    items.append({"title": "现场照片", "doc_date": "2026-06-02", "files": ["photo.jpg"]})
    if recording:
        sample = [sys.executable, "-m", "tests.support.film", str(folder / "film.mp4"), "30"]
        subprocess.run(sample, check=True, capture_output=True)
        items.append(
            {
                "title": "现场检查录像",
                "files": ["film.mp4"],
                "recording": {
                    "device": "执法记录仪 B-017",
                    "officer": "示例一",
                    "started_at": "2026-06-02T09:38:00+08:00",
                },
            }
        )
    case = {
        "title": title,
        "party": PARTY,
        "cause": "擅自设置大型户外广告设施",
        "decision_no": "示区城管罚决字〔2026〕第0087号",
        "handling_unit": "一中队",
        "officers": [
            {"name": "示例一", "certificate_no": "00000101"},
            {"name": "示例二", "certificate_no": "00000102"},
        ],
        "outcome": "penalty",
        "closed_on": "2026-11-01",
    }
    description = {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}
    (folder / "case.json").write_text(json.dumps(description, ensure_ascii=False), "utf-8")
    return folder


@dataclass(frozen=True)
class Site:
    """A house with its web application and one sealed, indexed case in it."""

    house: House
    app: Flask
    case_id: CaseId

    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, login: str, *, fresh: bool = False) -> FlaskClient:
        """A signed-in browser, kept for further tests unless it must be a ``fresh`` one (Argon2id is slow)."""
        if login in self.clients and not fresh:
            return self.clients[login]
        client = self.app.test_client()
        answer = sign_in(client, login)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        if not fresh:
            self.clients[login] = client
        return client


_ADDRESSES = itertools.count(1)


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> TestResponse:
    """Signs in as a person would."""
    page = client.get("/sign-in")
    data = {"csrf_token": token_of(page), "login": login, "password": password}
    number = next(_ADDRESSES)  # tries are limited for each address
    return client.post(
        "/sign-in", data=data, environ_overrides={"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250}"}
    )


def token_of(page: TestResponse) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found is not None, page.get_data(as_text=True)[:2000]
    return found.group(1)


def make_app(house: House) -> Flask:
    """The web application of a house, raising faults instead of hiding them."""
    return make_flask(house.ports, DOORS, import_name="tests", testing=True)


def make_site(house: House, folder: Path) -> Site:
    """Takes one case in, indexes it, confirms ``party`` as its party, and opens the application."""
    with house.works.work(machine_actor("founding", "tests")) as work:
        for row in work.session.scalars(select(PersonRow).where(PersonRow.login != FRESH)):
            row.must_change = False
    package = make_package(folder)
    receipt = take_in(house.ports.get(TakeIn), house.people["archivist"], package)
    index(house, receipt.case_id)
    with house.works.work(house.people["archivist"]) as work:
        target = get_case_target(work, receipt.case_id)
        link_party(work, target, house.people["party"].id, Duty.PARTY, "身份证原件")
    return Site(house, make_app(house), receipt.case_id)


def index(house: House, case_id: CaseId) -> None:
    """Indexes a case as the worker would."""
    ports = house.ports.get(SearchPorts)
    with house.works.work(machine_actor("indexer", "tests")) as work:
        index_case(work, ports, HoldingsForSearch(house.holdings), case_id)


_SHARED: list[Site] = []


def shared_site(factory: pytest.TempPathFactory) -> Site:
    """One site for all tests of this process that only add to it."""
    if not _SHARED:
        folder = factory.mktemp("site")
        _SHARED.append(make_site(make_house(folder / "home"), folder / "package"))
    return _SHARED[0]
