"""Each command once, over a sealed case: what it answers, and with which exit code it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import wsgi
from archive.installation import Ledgers
from tests.doors_cli.conftest import Line
from tests.support.house import UNIT
from tests.support.webapp import TITLE, Site


def _reference(site: Site, anjuan: Line) -> str:
    (line,) = [c for c in anjuan("case", "list", login="archivist").json["cases"] if c["id"] == site.case_id]
    assert line["state"] == "sealed"
    return str(line["reference"])


def test_cases_are_listed_shown_and_found_by_number(site: Site, anjuan: Line) -> None:
    reference = _reference(site, anjuan)
    shown = anjuan("case", "show", reference, login="archivist").json
    assert shown["case"]["title"] == TITLE
    assert all(item["item"].startswith("item_") for item in shown["items"])
    assert shown["seals"][0]["trial"] is True
    assert shown == anjuan("case", "show", str(site.case_id), login="archivist").json


def test_another_unit_and_nobody_know_of_no_case(site: Site, anjuan: Line) -> None:
    listed = anjuan("case", "list", login="foreign").json["cases"]
    assert site.case_id not in [case["id"] for case in listed]
    foreign = anjuan("case", "show", str(site.case_id), login="foreign")
    nothing = anjuan("case", "show", "case_" + "a" * 26, login="foreign")
    assert (foreign.code, foreign.out) == (nothing.code, nothing.out) == (3, nothing.out)


def test_search_answers_only_what_may_be_read(site: Site, anjuan: Line) -> None:
    mine = anjuan("search", "户外广告", login="archivist").json
    assert mine["total"] >= 1
    assert {hit["case"] for hit in mine["hits"]} == {site.case_id}
    assert anjuan("search", "户外广告", login="foreign").json["total"] == 0
    assert anjuan("search", "户外广告", login="sysadmin").json.get("total", 0) == 0


def test_verify_tells_every_layer_and_takes_anchors_from_outside(site: Site, anjuan: Line, tmp_path: Path) -> None:
    vkeys = tmp_path / "ledger.vkeys"
    vkeys.write_text(site.house.ports.get(Ledgers).verifier_keys())
    answer = anjuan("verify", _reference(site, anjuan), "--vkeys", str(vkeys), login="archivist")
    layers = answer.json["cases"][site.case_id]
    assert answer.code == 0
    assert {"fixity", "bag", "signature", "stamp", "database", "keys", "ledger"} <= {one["layer"] for one in layers}
    assert all(layer["ok"] for layer in layers)


def test_verify_needs_a_case_or_all(anjuan: Line) -> None:
    assert anjuan("verify", login="archivist").code == 2


def test_an_object_and_its_keys_are_exported_to_who_may_read_it(site: Site, anjuan: Line, tmp_path: Path) -> None:
    exported = anjuan(
        "case", "export", str(site.case_id), str(tmp_path / "out"), "--tier", "general", login="archivist"
    )
    assert exported.code == 0
    keys = Path(exported.json["keys"][0])
    assert keys.stat().st_mode & 0o077 == 0
    assert json.loads(keys.read_text())["format"] == "anjuan-keys/1"
    assert (Path(exported.json["object"]) / "0=ocfl_object_1.1").exists()
    again = anjuan("case", "export", str(site.case_id), str(tmp_path / "out"), login="archivist")
    assert (again.code, again.reasons) == (3, ["archive.export-taken"])
    refused = anjuan("keys", "export", str(site.case_id), str(tmp_path / "no"), "--tier", "general", login="deputy")
    assert (refused.code, refused.reasons) == (3, ["access.duty-lacking"])
    assert not (tmp_path / "no").exists()


def test_a_copy_goes_through_three_hands_and_is_collected_once(site: Site, anjuan: Line, tmp_path: Path) -> None:
    items = [item["item"] for item in anjuan("case", "show", str(site.case_id), login="archivist").json["items"][:1]]
    request = anjuan("request", "submit", str(site.case_id), *items, "--purpose", "申请复议", login="party").json[
        "request"
    ]
    early = anjuan("release", request, login="archivist")
    assert (early.code, early.reasons) == (3, ["access.request-out-of-order"])
    assert anjuan("request", "review", request, "--reason", "正卷文书", login="archivist").code == 0
    shown = anjuan("request", "show", request, login="deputy").json
    assert shown["state"] == "awaiting-approval"
    for words in (("request", "list"), ("request", "show", request)):
        told = anjuan(*words, login="deputy", as_json=False, lang="zh").out
        assert "等批准" in told and "awaiting" not in told and "deputy_head" not in told
    unseen = anjuan("approve", request, "--seen", "0" * 64, login="deputy")
    assert unseen.code == 3
    own = anjuan("approve", request, "--seen", shown["scope_digest"], login="archivist")
    assert own.code == 3
    assert anjuan("approve", request, "--seen", shown["scope_digest"], "--reason", "同意", login="deputy").code == 0
    release = anjuan("release", request, login="archivist").json["release"]
    assert release in [one["release"] for one in anjuan("request", "list", login="party").json["requests"]]
    copy = tmp_path / "copy.pdf"
    assert anjuan("request", "collect", release, str(copy), login="party").code == 0
    told = anjuan("request", "show", request, login="archivist", as_json=False, lang="zh").out
    assert "已领取" in told and "领取 party 当事人" in told and "分管负责人批准 deputy 分管负责人 同意" in told
    assert copy.read_bytes().startswith(b"%PDF-") and copy.stat().st_mode & 0o077 == 0
    assert anjuan("request", "collect", release, str(copy), login="party").code == 2
    again = anjuan("request", "collect", release, str(tmp_path / "second.pdf"), login="party")
    assert (again.code, again.reasons) == (3, ["access.release-closed"])
    assert not (tmp_path / "second.pdf").exists()


def test_a_request_is_not_seen_by_strangers(site: Site, anjuan: Line) -> None:
    items = [item["item"] for item in anjuan("case", "show", str(site.case_id), login="archivist").json["items"][:1]]
    assert anjuan("request", "submit", str(site.case_id), *items, "--purpose", "x", login="stranger").code == 3
    request = anjuan("request", "submit", str(site.case_id), *items, "--purpose", "x", login="party").json["request"]
    assert anjuan("request", "show", request, login="stranger").reasons == ["access.request-unknown"]


def test_a_hold_is_placed_shown_and_lifted_by_another_hand(site: Site, anjuan: Line) -> None:
    reference = _reference(site, anjuan)
    hold = anjuan("hold", "place", reference, "--kind", "litigation", "--reason", "涉诉", login="legal").json["hold"]
    listed = anjuan("hold", "list", reference, login="archivist").json
    assert hold in [one["id"] for one in listed["holds"]]
    assert "2056" in listed["retention"]
    assert anjuan("hold", "lift", reference, hold, "--reason", "终结", login="legal").code == 3
    assert anjuan("hold", "lift", reference, hold, "--reason", "终结", login="deputy").code == 0


def test_nothing_young_is_due(site: Site, anjuan: Line) -> None:
    assert site.case_id not in anjuan("due", login="archivist").json["due"]


def test_an_account_has_no_right_and_its_password_goes_to_a_new_file(anjuan: Line, tmp_path: Path) -> None:
    once = tmp_path / "once"
    added = anjuan("user", "add", "newcomer", "新人", "--unit", UNIT, "--one-time-file", str(once), login="sysadmin")
    assert added.code == 0
    assert once.stat().st_mode & 0o777 == 0o600
    assert once.read_text().strip() not in added.out
    taken = anjuan("user", "add", "other", "乙", "--unit", UNIT, "--one-time-file", str(once), login="sysadmin")
    assert taken.code == 2
    assert (
        anjuan("user", "add", "x", "x", "--unit", UNIT, "--one-time-file", str(tmp_path / "no"), login="security").code
        == 3
    )
    people = {one["login"]: one for one in anjuan("user", "list", login="sysadmin").json["people"]}
    assert people["newcomer"]["duties"] == [] and people["newcomer"]["active"] is True
    assert "other" not in people
    assert anjuan("user", "duty", "newcomer", "custodian", "--unit", UNIT, login="security").code == 0
    assert (
        anjuan("user", "clear", "newcomer", "--kind", "PRIVACY", "--ground", "岗位", login="confidentiality").code == 0
    )
    assert anjuan("user", "clear", "newcomer", "--kind", "PRIVACY", "--ground", "岗位", login="security").code == 3
    assert anjuan("user", "disable", "newcomer", login="sysadmin").code == 0


def test_what_was_given_is_taken_back(site: Site, anjuan: Line, tmp_path: Path) -> None:
    case, once = _reference(site, anjuan), tmp_path / "once"
    assert (
        anjuan("user", "add", "leaver", "某乙", "--unit", UNIT, "--one-time-file", str(once), login="sysadmin").code
        == 0
    )
    assert anjuan("user", "duty", "leaver", "custodian", login="security").code == 2  # no unit is no every unit
    assert anjuan("user", "duty", "leaver", "custodian", "--unit", UNIT, login="security").code == 0
    anjuan("user", "clear", "leaver", "--kind", "PRIVACY", "--ground", "岗位", login="confidentiality")
    (line,) = anjuan("user", "clearances", "leaver", login="confidentiality").json["clearances"]
    assert (line["kinds"], line["counts"]) == ("PRIVACY", "True")
    assert anjuan("user", "revoke", line["id"], login="confidentiality").code == 0
    assert anjuan("user", "clearances", "leaver", login="confidentiality").json["clearances"] == []
    for give, take, login in (("circle", "leave", "confidentiality"), ("assign", "unassign", "archivist")):
        words = ("--reason", "代管") if give == "assign" else ()
        assert anjuan("user", give, case, "leaver", *words, login=login).code == 0
        assert anjuan("user", take, case, "leaver", login=login).code == 0
        assert anjuan("user", take, case, "leaver", login=login).code == 3
    assert anjuan("user", "party", case, "leaver", "--checked", "证件", login="archivist").code == 0
    assert anjuan("user", "unlink", case, "leaver", login="archivist").code == 0
    again = tmp_path / "again"
    assert anjuan("user", "reset", "leaver", "--one-time-file", str(again), login="sysadmin").code == 0
    assert again.stat().st_mode & 0o777 == 0o600 and again.read_text() != once.read_text()
    assert anjuan("user", "enable", "leaver", login="sysadmin").code == 3
    assert anjuan("user", "enable", "leaver", login="security").code == 0
    assert anjuan("user", "withdraw", "leaver", "custodian", "--unit", UNIT, login="security").code == 0
    people = {one["login"]: one for one in anjuan("user", "list", login="sysadmin").json["people"]}
    assert people["leaver"]["duties"] == [] and people["leaver"]["active"] is True


def test_a_clearance_above_secret_waits_for_a_second_officer(anjuan: Line) -> None:
    words = ("user", "clear", "deputy", "--level", "CONFIDENTIAL", "--ground", "岗位")
    number = anjuan(*words, login="confidentiality").json["clearance"]
    own = anjuan("user", "countersign", str(number), login="confidentiality")
    assert (own.code, own.reasons) == (3, ["access.same-hand"])


def test_ledger_heads_proofs_and_audit(site: Site, anjuan: Line, tmp_path: Path) -> None:
    signed = anjuan("ledger", "checkpoint", "--out", str(tmp_path / "pins"), login="auditor")
    assert len(signed.json["checkpoints"]) == 2
    assert (tmp_path / "pins" / "ledger.vkeys").read_text().count("+") > 2
    entry = anjuan("case", "show", str(site.case_id), login="archivist").json["seals"][0]["entry"]
    proof = tmp_path / "seal.tlog-proof"
    assert anjuan("ledger", "prove", entry, str(proof), login="auditor").code == 0
    assert proof.read_text().startswith("c2sp.org/tlog-proof@v1")
    pins, vkeys = tmp_path / "pins" / "activity.checkpoint", tmp_path / "pins" / "ledger.vkeys"
    audited = anjuan("ledger", "verify", "--pins", str(pins), "--vkeys", str(vkeys), login="auditor")
    assert audited.code == 0, audited.out
    assert {finding["code"] for finding in audited.json["findings"]} <= {"pinned-until", "not-provable"}


def test_a_cut_ledger_is_told_by_a_pin(site: Site, anjuan: Line, tmp_path: Path) -> None:
    anjuan("ledger", "checkpoint", "--out", str(tmp_path / "pins"), login="auditor")
    pin = tmp_path / "pins" / "activity.checkpoint"
    lines = pin.read_text("utf-8").split("\n")
    pin.write_text("\n".join([lines[0], str(int(lines[1]) + 5), *lines[2:]]), "utf-8")
    assert anjuan("ledger", "verify", "--pins", str(pin), login="auditor").code == 3


def test_a_witness_that_is_not_set_up_is_a_refusal(anjuan: Line) -> None:
    assert anjuan("ledger", "checkpoint", "--witness", login="sysadmin").reasons == ["archive.witness-absent"]


def test_one_pass_of_the_worker(anjuan: Line) -> None:
    done = anjuan("worker", "--once").json
    assert done["stuck"] == 0
    assert set(done["sequenced"]) == {"activity", "release"}


def test_every_index_is_made_anew(site: Site, anjuan: Line) -> None:
    assert anjuan("reindex", login="sysadmin").code == 0
    assert anjuan("search", "户外广告", login="archivist").json["total"] >= 1


def test_doctor_and_settings(anjuan: Line) -> None:
    lights = {one["part"]: one["light"] for one in anjuan("doctor").json["parts"]}
    assert lights["key places"] == "green" and lights["seals"] == "amber"
    shown = anjuan("config", "show").json
    assert shown["grade"]["value"] == "trial" and shown["grade"]["source"].endswith("anjuan.toml")
    assert shown["web.port"] == {"value": "8000", "source": "default"}


def test_templates_are_written_and_fit_to_fill(anjuan: Line, tmp_path: Path) -> None:
    written = [Path(name) for name in anjuan("sip", "template", str(tmp_path / "t")).json["written"]]
    assert {"案卷目录.xlsx", "case.json"} <= {path.name for path in written}


@pytest.mark.parametrize("grade", ["classified", "ordinary"])
def test_an_installation_is_founded_only_where_none_is(site: Site, anjuan: Line, tmp_path: Path, grade: str) -> None:
    words = ["init", "--grade", grade, "--passphrase-dir", str(tmp_path), "--secrets-dir", str(tmp_path / "s")]
    answer = anjuan(*words)
    assert (answer.code, answer.reasons) == (3, ["archive.home-taken"])
    assert not (tmp_path / "s").exists()


def test_the_fonds_number_is_asked_for_where_it_counts(tmp_path: Path) -> None:
    def init(*words: str) -> Result:
        shared = ["--home", str(tmp_path / "home"), "--lang", "en", "init", "--passphrase-dir", str(tmp_path / "p")]
        return CliRunner().invoke(wsgi.cli, [*shared, "--generate", "--secrets-dir", str(tmp_path / "s"), *words])

    asked = init("--grade", "ordinary")
    assert asked.exit_code == 2 and "--fonds" in asked.output and not (tmp_path / "home").exists()
    bad = init("--grade", "ordinary", "--fonds", "J 019/..")
    assert bad.exit_code == 3 and "archive.number-part-invalid" in bad.output and not (tmp_path / "home").exists()


def test_a_volume_is_written_for_reading_inside(site: Site, anjuan: Line, tmp_path: Path) -> None:
    out = tmp_path / "volume.pdf"
    answer = anjuan("case", "volume", site.case_id, str(out), "--volume", "2", login="archivist")
    assert (answer.code, answer.json) == (0, {"volume": str(out)})
    assert out.read_bytes().startswith(b"%PDF-1.7")
    assert anjuan("case", "volume", site.case_id, str(out), login="archivist").reasons == ["archive.export-taken"]
    assert anjuan("case", "volume", site.case_id, str(tmp_path / "x"), login="supervisor").reasons == [
        "access.duty-lacking"
    ]
