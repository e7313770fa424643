"""Verifying: every layer speaks when it is touched, stays silent when it is not, and never repeats content."""

from __future__ import annotations

import io
import random

import pytest

from archive.kernel.refusals import Refusal
from archive.service.verifying import Anchors, verify_case
from archive.terms import LayerResult, Tier
from tests.prove import flips
from tests.support.cases import describe_example
from tests.support.house import open_house, person
from tests.support.tampering import Attack, Target, Wanted, broken, names

LAYERS = ["fixity", "bag", "signature", "stamp", "database", "keys", "content", "certificate", "ledger"]


def test_an_untouched_case_is_whole_in_every_layer_and_says_that_it_is_a_trial(target: Target) -> None:
    auditor = person(target.house, "auditor")
    layers = verify_case(target.house.holdings, auditor, target.example.case_id, target.anchors, deep=True)
    assert [layer.name for layer in layers] == LAYERS
    assert all(layer.ok for layer in layers)
    assert {layer.name for layer in layers if layer.trial} == {"signature", "stamp"}
    assert [finding.code for layer in layers for finding in layer.findings] == ["pinned-until"]


def test_the_certificate_of_every_version_is_judged_and_a_plain_verification_says_that_none_was(target: Target) -> None:
    rows = target.ask("SELECT id FROM archive_file WHERE case_id = ? AND role = 'certificate'", target.example.case_id)
    auditor = person(target.house, "auditor")

    def certificates(anchors: Anchors, *, deep: bool) -> LayerResult:
        layers = verify_case(target.house.holdings, auditor, target.example.case_id, anchors, deep=deep)
        (found,) = [layer for layer in layers if layer.name == "certificate"]
        return found

    with target.restored():
        unpinned = certificates(Anchors(), deep=True)
        assert {each.where for each in unpinned.findings} == {f"data/{row[0]}" for row in rows}
        assert len(rows) >= 2
        assert "v1: " in unpinned.detail and "v2: " in unpinned.detail
        plain = certificates(target.anchors, deep=False)
    assert [(each.code, each.severity) for each in plain.findings] == [("not-checked", "warning")]
    assert "没有核查" in plain.proves_zh and "v1–v2" in plain.detail


def test_each_verification_is_journaled_with_what_it_found(target: Target) -> None:
    with target.restored():
        target.verify()
        flips.remove_file(target, random.Random(1))
        target.verify()
        entries = target.house.holdings.checkpoints.entries("case.verified", target.example.case_id)
    said = [entry.body["facts"]["ok"] for entry in entries[:2] if entry.body is not None]
    assert said == [False, True]


@pytest.mark.parametrize("attack", flips.ATTACKS, ids=lambda attack: attack.__name__)
def test_every_attack_is_found_and_named(target: Target, attack: Attack) -> None:
    out = io.StringIO()
    assert flips._attack(target, attack, random.Random(3), out), out.getvalue()


@pytest.mark.parametrize("column", ["handling", "level", "compartments"])
def test_a_marking_lowered_in_the_database_is_found_for_its_item(target: Target, column: str) -> None:
    """Rows decide who may read: whoever edits one is told by the manifest that lies sealed under the item's key."""
    value = {"handling": "OPEN", "level": 1, "compartments": 0}[column]
    wanted = "SELECT id FROM archive_item WHERE case_id = ? AND compartments <> 0"
    with target.restored():
        (item,) = target.ask(wanted, target.example.case_id)[0]
        target.edit(f"UPDATE archive_item SET {column} = ? WHERE id = ?", value, item)
        assert [each.where for each in broken(target.verify(deep=True))] == [item]


@pytest.mark.parametrize("role", ["original", "certificate", "inner"])
def test_a_file_row_that_says_something_else_than_its_inner_manifest_is_found(target: Target, role: str) -> None:
    wanted = "SELECT id FROM archive_file WHERE case_id = ? AND role = ?"
    with target.restored():
        (file_id,) = target.ask(wanted, target.example.case_id, role)[0]
        target.edit("UPDATE archive_file SET media_type = 'text/html' WHERE id = ?", file_id)
        assert [each.where for each in broken(target.verify(deep=True))] == [f"data/{file_id}"]


def test_flipped_bits_are_found_and_the_program_counts_what_is_not(target: Target) -> None:
    rng, out = random.Random(20261124), io.StringIO()
    assert all(flips._flip(target, rng, out) for _ in range(15)), out.getvalue()

    def nothing(target: Target, rng: random.Random) -> Wanted:
        return {("fixity", "something")}

    assert not flips._attack(target, nothing, rng, out)
    assert "nothing: wanted" in out.getvalue()


@pytest.mark.parametrize("name", ["v2/inventory.json.sha512", "inventory.json.sha512"])
def test_a_sidecar_written_in_capitals_is_a_changed_one(target: Target, name: str) -> None:
    with target.restored():
        (target.folder / name).write_bytes(target.files[name][:128].upper() + target.files[name][128:])
        assert names(broken(target.verify()), name)


def test_without_anchors_each_layer_says_what_it_cannot_prove(target: Target) -> None:
    out = io.StringIO()
    assert flips._says_what_it_cannot_prove(target, out), out.getvalue()


def test_an_anchor_of_somebody_else_does_not_count(target: Target) -> None:
    stranger = person(target.house, "auditor")
    other = Anchors((target.house.holdings.sealing.signer.certificate_chain()[0],), source="the signer itself")
    layers = verify_case(target.house.holdings, stranger, target.example.case_id, other)
    found = {layer.name: [finding.code for finding in layer.findings] for layer in layers}
    assert found["signature"] == []  # pinning the very certificate is the strictest anchor
    assert found["stamp"] and all("no-anchor" in code for code in found["stamp"])


def test_locked_tiers_are_named_and_everything_else_is_judged(target: Target) -> None:
    with target.restored():
        house = open_house(target.house.path, target.house.clock, unlocked=False)
        house.people.update(target.house.people)
        auditor = person(house, "auditor")
        layers = verify_case(house.holdings, auditor, target.example.case_id, target.anchors, deep=True)
    assert all(layer.ok for layer in layers)
    locked = [finding for layer in layers for finding in layer.findings if finding.code == "tier-locked"]
    assert len(locked) == 1
    assert str(Tier.PERSONAL) in locked[0].detail and str(Tier.TRADE) in locked[0].detail
    assert locked[0].severity == "warning"


def test_a_missing_key_is_told_for_its_file(target: Target) -> None:
    with target.restored():
        wanted = "SELECT id FROM archive_file WHERE role = 'original' AND case_id = ?"
        (file_id,) = target.ask(wanted, target.example.case_id)[0]
        target.edit("UPDATE archive_file SET id = 'o' || substr(id, 2, 25) || 'q' WHERE id = ?", file_id)
        found = [each for each in broken(target.verify()) if each.layer == "keys"]
    assert [each.code for each in found] == ["key-missing"]


def test_a_case_that_is_not_sealed_has_no_object(target: Target) -> None:
    with target.restored():
        case_id = describe_example(target.house)
        auditor = person(target.house, "auditor")
        layers = verify_case(target.house.holdings, auditor, case_id, target.anchors)
    assert [finding.code for finding in layers[0].findings] == ["object-missing"]


def test_findings_never_repeat_what_a_row_holds(target: Target) -> None:
    """A verifier may see no content: not even of a row that does not open as it should."""
    with target.restored():
        for _ in range(3):
            flips.edit_item_row(target, random.Random(9))
        said = " ".join(f"{each.where} {each.detail}" for each in target.verify(deep=True))
    for word in ("立案审批表", "身份证明", "成本核算表", "补充材料", "户外广告"):
        assert word not in said


@pytest.mark.parametrize("login", ["party", "stranger", "foreign", "security"])
def test_who_may_not_verify_is_told_nothing(target: Target, login: str) -> None:
    with target.restored(), pytest.raises(Refusal):
        verify_case(target.house.holdings, person(target.house, login), target.example.case_id, target.anchors)
