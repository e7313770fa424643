"""Doors of the first screen: each duty finds what waits for it and nothing that the guard would not show."""

from __future__ import annotations

import re

import pytest

from ingest.ports import TakeIn
from ingest.service.intakes import Intake, refuse, resume_or_begin
from ingest.terms import Problem
from tests.doors.test_requests import ask_for
from tests.support.house import UNIT
from tests.support.webapp import TITLE, Site

SECTIONS = {
    "archivist": ["归档期限", "未通过的接收包", "复制申请", "本月封存", "保管期满"],
    "deputy": ["复制申请", "保管期满", "冻结中"],
    "confidentiality": ["复制申请", "密钥层"],
    "legal": ["复制申请", "冻结中"],
    "supervisor": ["归档及时率", "超过 30 日归档", "本月封存"],
    "auditor": ["存证账本", "今日事件"],
    "security": ["账户与岗位"],
    "sysadmin": ["系统", "后续工作", "存证账本", "账户与岗位"],
}


def _desk(site: Site, login: str) -> str:
    answer = site.client(login).get("/")
    assert answer.status_code == 200, login
    return answer.get_data(as_text=True)


def _heads(text: str) -> list[str]:
    return re.findall(r"<h2 id=\"[\w-]+\">(.*?)</h2>", text)


@pytest.mark.parametrize("login", list(SECTIONS))
def test_each_duty_has_its_own_sections(site: Site, login: str) -> None:
    heads = _heads(_desk(site, login))
    assert len(heads) == len(SECTIONS[login])
    for wanted in SECTIONS[login]:
        assert any(wanted in head for head in heads), (wanted, heads)


def test_a_request_stands_on_the_desk_of_who_has_it_and_on_no_other(site: Site) -> None:
    request_id = ask_for(site, site.client("party"), 1).rsplit("/", 1)[-1]
    archivist = _desk(site, "archivist")
    assert f"/requests/{request_id}" in archivist and "件复制申请等您办理" in archivist
    for login in ("deputy", "legal", "foreign", "supervisor", "auditor"):
        assert request_id not in _desk(site, login), login


def test_a_foreign_unit_finds_neither_counts_nor_names(site: Site) -> None:
    text = _desk(site, "foreign")
    assert TITLE[:6] not in text and "本月还没有封存案卷" in text


def test_only_the_auditor_opens_the_ledger(site: Site) -> None:
    assert "case.sealed" in site.client("auditor").get("/ledger?kind=case.sealed").get_data(as_text=True)
    assert site.client("archivist").get("/ledger").status_code == 403


def _refused(site: Site) -> str:
    ports, actor = site.house.ports.get(TakeIn), site.house.people["archivist"]
    intake: Intake = resume_or_begin(ports, actor, "source of this test", UNIT, 1)
    refuse(ports, actor, intake, [Problem("ingest.file-missing", "03.pdf")])
    return intake.id


def test_a_refused_package_tells_its_sender_every_word_and_its_unit_the_code_alone(site: Site) -> None:
    intake_id = _refused(site)
    assert intake_id[-8:] in _desk(site, "archivist")
    own = site.client("archivist").get(f"/intakes/{intake_id}").get_data(as_text=True)
    assert "03.pdf" in own and "ingest.file-missing" in own and "须补正" in own
    assert site.client("foreign").get(f"/intakes/{intake_id}").status_code == 404
    assert site.client("deputy").get(f"/intakes/{intake_id}").status_code == 403


def test_what_runs_is_shown_as_it_is_durable(site: Site) -> None:
    ports, actor = site.house.ports.get(TakeIn), site.house.people["archivist"]
    intake = resume_or_begin(ports, actor, "another source of this test", UNIT, 1)
    page = site.client("archivist").get("/intakes").get_data(as_text=True)
    assert intake.id[-8:] in page and 'data-live="2"' in page and "正在接收" in page
    refuse(ports, actor, intake, [Problem("ingest.file-missing", "04.pdf")])
    assert 'data-live="2"' not in site.client("archivist").get("/intakes").get_data(as_text=True)


def test_the_help_page_shows_the_keys_to_everybody(site: Site) -> None:
    text = site.app.test_client().get("/help").get_data(as_text=True)
    assert "没有一键批准" in text and site.case_id not in text
