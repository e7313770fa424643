"""Lists on the command line: headings in both languages, Beijing time, titles, the version."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import wsgi
from tests.doors_cli.conftest import Line
from tests.support.webapp import Site


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (("doctor",), ("状态", "部件", "说明", "须留意"), ("state", "part", "details", "amber")),
        (("config", "show"), ("名称", "来源", "含义"), ("name", "source", "meaning")),
        (("user", "list"), ("账号", "岗位", "是"), ("login", "duties", "yes")),
        (("due",), ("档号", "题名", "结案"), ("reference", "title", "closed")),
        (("search", "户外广告"), ("档号", "题名", "摘要"), ("reference", "title", "snippet")),
    ],
)
def test_every_list_has_its_headings_in_both_languages(
    anjuan: Line, words: tuple[str, ...], zh: tuple[str, ...], en: tuple[str, ...]
) -> None:
    login = "sysadmin" if words[0] == "user" else "archivist"
    for language, named in (("zh", zh), ("en", en)):
        shown = anjuan(*words, login=login, as_json=False, lang=language).out
        assert all(name in shown for name in named), shown


def test_holds_are_told_in_beijing_time(site: Site, anjuan: Line) -> None:
    placed = anjuan("hold", "place", str(site.case_id), "--kind", "audit", "--reason", "专项审计", login="legal")
    told = anjuan("hold", "list", str(site.case_id), login="archivist", as_json=False, lang="zh").out
    assert "冻结于" in told and "2026-11-24 10:00" in told, "02:00 UTC"
    assert "办法第二十四条" in told
    english = anjuan("hold", "list", str(site.case_id), login="archivist", as_json=False).out
    assert "(Rules art. 24)" in english and "placed" in english
    hold = placed.json["hold"]
    assert anjuan("hold", "lift", str(site.case_id), hold, "--reason", "审计终结", login="deputy").code == 0


def test_a_search_shows_titles_and_tells_of_a_field_that_is_none(anjuan: Line) -> None:
    hits = anjuan("search", "户外广告", login="archivist").json["hits"]
    assert {"行政处罚决定书", "现场检查（勘验）笔录"} <= {hit["title"] for hit in hits}
    assert all(re.match(r"\S+·\d{4}·D30-\d{4}", hit["reference"]) for hit in hits)
    wrong = anjuan("search", "titel:决定书", login="archivist")
    assert (wrong.code, wrong.reasons) == (3, ["search.query-field"])
    assert "title" in wrong.json["refused"][0]["do"]
    assert anjuan("search", '"titel:决定书"', login="archivist").code == 0, "in quotation marks they are words"


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    told = CliRunner().invoke(wsgi.cli, ["--version"])
    assert told.exit_code == 0 and told.output == f"anjuan {project['version']}\n"
