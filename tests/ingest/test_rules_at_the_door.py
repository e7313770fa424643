"""Rules where people meet them: the receipt, the sealed description, the commands, and a house that is strict."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import wsgi
from archive.doors.root_cli import make_cli
from archive.kernel.actor import Actor
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart, Settings
from archive.service.reading import get_case
from ingest.doors.cli import commands
from ingest.profile.reading import read_description
from ingest.service.judging import blocking, judge_described, packs_of
from tests.archive.renditions.samples import pdf_with_text
from tests.ingest.support import Desk
from tests.support.house import PASSWORD, person

PROCESS = {"procedures": ["I"], "acts": ["site_inspection"], "filed_on": "2026-11-01"}
SECOND_CITY = Path(__file__).parent / "packs_of_others" / "second-city.toml"


def _inspection(description: Any) -> None:
    """An inspection whose draw and film lie nowhere, with a paper nobody looked at."""
    description["case"] |= {"procedure": "inspection", "process": PROCESS}
    description["items"][0] |= {"title": "检查笔录甲", "doc_type": "INSP_REC", "doc_date": "2026-10-20"}


def _run(desk: Desk, *words: str) -> Result:
    def sign_in(ports: Ports, login: str, secret: str) -> Actor:
        return person(desk.house, login)

    cli = make_cli(lambda path, unlock: desk.house.ports, sign_in, wsgi.PACKAGES, commands)
    secret = desk.folder / "secret.txt"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(PASSWORD, "utf-8")
    who = ["--home", str(desk.house.path), "--as", "archivist", "--password-file", str(secret), "--json"]
    return CliRunner().invoke(cli, [*who, *words])


def _json(result: Result) -> Any:
    return json.loads(result.stdout.splitlines()[-1])


def test_findings_stand_on_the_receipt_in_the_seal_and_in_the_explanation(desk: Desk) -> None:
    path = desk.write("judged", {"a.pdf": pdf_with_text("检查笔录甲 judged")}, _inspection)
    described = {each["rule"] for each in _json(_run(desk, "rules", "explain", str(path)))["findings"]}
    receipt = desk.take(path)
    assert receipt.rules is not None and receipt.state == "sealed"
    found = {each.rule: each for each in receipt.rules.findings}
    assert {"SR-020", "SR-032", "PL-42"} <= set(found) and set(found) == described
    assert (found["SR-032"].title, found["SR-032"].item, found["SR-032"].unit) == ("检查笔录甲", 1, "zd1")
    with desk.ports.works.work(desk.actor) as work:
        facts = get_case(work, desk.ports.holdings, receipt.case_id).line.facts
    assert facts is not None and facts.judgement is not None
    assert {each.rule for each in facts.judgement.findings} == set(found)
    assert "SR-029" in facts.judgement.not_judged
    assert "检查笔录甲" not in facts.judgement.model_dump_json(), "an item's words are under the key of the item"
    told = _json(_run(desk, "rules", "explain", receipt.case_id))
    assert {each["rule"] for each in told["findings"]} == set(found)


def test_a_strict_house_sends_back_what_states_its_process_and_nothing_else(desk: Desk) -> None:
    strict = Settings(ingest=IngestPart(completeness="strict"))
    description: dict[str, Any] = json.loads((desk.write("strict", {"a.txt": b"x"}) / "case.json").read_text("utf-8"))
    silent, _ = read_description(json.dumps(description).encode())
    _inspection(description)
    stated, _ = read_description(json.dumps(description).encode())
    assert silent is not None and stated is not None
    for sip, codes in ((silent, set[str]()), (stated, {"SR-020", "SR-032", "PL-42"})):
        report = judge_described(strict, sip, date(2026, 11, 2))
        assert {str(problem.facts["rule"]) for problem in blocking(strict, sip, report)} == codes
        assert blocking(Settings(), sip, report) == []


def test_what_a_sender_may_not_say(desk: Desk) -> None:
    description: dict[str, Any] = json.loads((desk.write("words", {"a.txt": b"x"}) / "case.json").read_text("utf-8"))
    wrongs: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("case.judgement", {"judgement": {}}, {}),
        ("case.process.acts.0", {"process": {"acts": ["sight_inspection"]}}, {}),
        ("case.process.started_at", {"process": {"started_at": "2026-01-01T10:00:00"}}, {}),
        ("items.0.paper.states.0", {}, {"paper": {"states": ["weather"]}}),
        ("items.0.paper.signed.1", {}, {"paper": {"signed": ["party", "king"]}}),
        ("items.0.paper.ended_at", {}, {"paper": {"ended_at": "2026-01-01T10:00:00"}}),
    ]
    for place, case, item in wrongs:
        wrong = {**description, "case": {**description["case"], **case}, "items": [{**description["items"][0], **item}]}
        sip, problems = read_description(json.dumps(wrong).encode())
        assert sip is None and [problem.facts["where"] for problem in problems] == [place]


def test_a_house_judges_by_the_packs_of_its_settings(tmp_path: Path) -> None:
    chosen = Settings(ingest=IngestPart(rules=(str(SECOND_CITY),)))
    assert [pack.id for pack in packs_of(chosen)] == ["types", "national", "second-city"]
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SECOND_CITY.read_text("utf-8").replace("site_inspection", "site_inspections"), "utf-8")
    for name, code in ((str(wrong), "ingest.pack-wrong"), ("nowhere", "ingest.pack-unknown")):
        with pytest.raises(Refusal) as refused:
            packs_of(Settings(ingest=IngestPart(rules=(name,))))
        assert refused.value.code == code


def test_the_commands_show_and_check(desk: Desk, tmp_path: Path) -> None:
    shown = _json(_run(desk, "rules", "show", "--on", "2019-05-01"))
    assert shown["packs"] == "zhuhui 2026.1" and all(rule["id"].startswith("SR-") for rule in shown["rules"])
    assert "SR-032" in _json(_run(desk, "rules", "show", "insp_rec"))["rules"]
    assert _run(desk, "rules", "show", "SR-999").exit_code == 3
    assert _json(_run(desk, "rules", "check", str(SECOND_CITY)))["rules"] == 3
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SECOND_CITY.read_text("utf-8") + "\nrun = 1\n", "utf-8")
    refused = _run(desk, "rules", "check", str(wrong))
    assert refused.exit_code == 3 and "ingest.pack-wrong" in refused.output
