"""What leaves the building, judged by others' tools: the reference reader, openssl, sha512sum, bagit, OCFL, veraPDF,
EU DSS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from asn1crypto import pem

from archive.installation import Ledgers
from archive.kernel.refusals import Refusal
from archive.ocfl.reading import read_object
from archive.service.exporting import export_case, export_keys
from archive.terms import Tier
from tests.services import dss, judges, verapdf
from tests.services.openssl import openssl
from tests.support.house import person
from tests.support.tampering import PAPERS, Target

READER = Path(__file__).parents[3] / "archive" / "spec" / "anjuan_verify.py"


@dataclass(frozen=True)
class Exported:
    """A case as a court gets it: the object, the anchors from outside, the keys of three tiers."""

    object: Path
    outside: Path
    keys: dict[Tier, Path]
    clear: dict[Tier, Path]

    @property
    def content(self) -> Path:
        return self.object / "v1" / "content"


def read(*words: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", READER, *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def exported(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("exported")
    holdings, actor = target.house.holdings, person(target.house, "archivist")
    with target.restored():
        whole = export_case(holdings, actor, target.example.case_id, folder)
        keys = {
            tier: export_keys(holdings, actor, target.example.case_id, tier, folder)
            for tier in (Tier.GENERAL, Tier.PERSONAL, Tier.TRADE)
        }
    (folder / "anchor.pem").write_bytes(b"".join(pem.armor("CERTIFICATE", der) for der in target.anchors.certificates))
    (folder / "anchor.der").write_bytes(target.anchors.certificates[0])
    own = [line for line in target.house.ports.get(Ledgers).verifier_keys().splitlines() if "/activity+" in line]
    (folder / "vkeys.txt").write_text("\n".join(own) + "\n", "ascii")
    (folder / "checkpoint").write_bytes(target.anchors.pins[-1].note)
    clear = {}
    for tier, path in keys.items():
        clear[tier] = folder / f"clear-{tier}"
        code, said = read("decrypt", whole, "--keys", path, "--out", clear[tier])
        assert code == 0, said
    yield Exported(whole, folder, keys, clear)


def test_the_reference_reader_verifies_what_the_archive_sealed(exported: Exported) -> None:
    outside = exported.outside
    pin = ("--pin", outside / "checkpoint", "--vkey", outside / "vkeys.txt")
    code, said = read("verify", exported.object, "--anchor", outside / "anchor.pem", *pin)
    assert code == 0, said
    assert "v2 签名有效" in said and "TRIAL 试用" in said


def test_the_keys_of_a_tier_open_that_tier_and_no_other(exported: Exported) -> None:
    originals = {
        tier: [path.read_bytes() for path in sorted((folder / "original").iterdir())]
        for tier, folder in exported.clear.items()
    }
    assert originals[Tier.PERSONAL] == [PAPERS[1].content]
    assert originals[Tier.TRADE] == [PAPERS[2].content]
    assert sorted(originals[Tier.GENERAL]) == sorted([PAPERS[0].content] * 2)  # and the late document
    general = json.loads(exported.keys[Tier.GENERAL].read_text("utf-8"))
    assert exported.keys[Tier.GENERAL].stat().st_mode & 0o077 == 0
    names = {each["file"] for each in general["files"]}
    for tier in (Tier.PERSONAL, Tier.TRADE):
        other = json.loads(exported.keys[tier].read_text("utf-8"))
        assert not names & {each["file"] for each in other["files"]}


def test_who_may_not_read_a_tier_gets_no_key_of_it(target: Target, tmp_path: Path) -> None:
    holdings, case_id = target.house.holdings, target.example.case_id
    with target.restored():
        with pytest.raises(Refusal) as refused:
            export_keys(holdings, person(target.house, "archivist2"), case_id, Tier.PERSONAL, tmp_path)
        assert "access.compartment-lacking" in [each.code for each in refused.value.all()]
        for login in ("foreign", "auditor", "sysadmin", "party"):
            with pytest.raises(Refusal):
                export_keys(holdings, person(target.house, login), case_id, Tier.GENERAL, tmp_path)
            with pytest.raises(Refusal):
                export_case(holdings, person(target.house, login), case_id, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_export_writes_over_nothing(target: Target, exported: Exported) -> None:
    holdings, actor = target.house.holdings, person(target.house, "archivist")
    with target.restored():
        with pytest.raises(Refusal) as refused:
            export_case(holdings, actor, target.example.case_id, exported.outside)
        assert refused.value.code == "archive.export-taken"
        with pytest.raises(Refusal) as refused:
            export_keys(holdings, actor, target.example.case_id, Tier.GENERAL, exported.outside)
        assert refused.value.code == "archive.export-taken"


def test_sha512sum_agrees(exported: Exported) -> None:
    for manifest in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
        done = subprocess.run(["sha512sum", "--check", "--strict", "--quiet", manifest], cwd=exported.content)
        assert done.returncode == 0


@pytest.mark.service("openssl")
@pytest.mark.parametrize("version", [1, 2])
def test_openssl_verifies_seal_and_stamp(exported: Exported, version: int) -> None:
    view = read_object(exported.object)
    place = exported.object / f"v{version}" / "content"
    evidence = place / "evidence" / f"v{version}"
    manifest = exported.object / view.content_path("tagmanifest-sha512.txt", f"v{version}")
    anchor = str(exported.outside / "anchor.pem")
    seal = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-in", str(evidence / "seal.p7s"), "-content", str(manifest),
        "-CAfile", anchor, "-purpose", "any", "-out", "/dev/null",
    )  # fmt: skip
    assert seal.returncode == 0, seal.stderr
    stamp = openssl(
        "ts", "-verify", "-in", str(evidence / "seal.p7s.tsr"), "-data", str(evidence / "seal.p7s"), "-CAfile", anchor,
        "-untrusted", str(evidence / "validation" / "tsa-chain.pem"),
    )  # fmt: skip
    assert stamp.returncode == 0, stamp.stderr
    other = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-in", str(evidence / "seal.p7s"),
        "-content", str(place / "manifest-sha512.txt"), "-CAfile", anchor, "-purpose", "any", "-out", "/dev/null",
    )  # fmt: skip
    assert other.returncode != 0


@pytest.mark.service("judges")
def test_bagit_and_ocfl_validators_of_others_accept_it(exported: Exported) -> None:
    assert (verdict := judges.bagit_validate(exported.content)), verdict.said
    assert (verdict := judges.ocfl_validate(exported.object)), verdict.said


@pytest.mark.service("verapdf")
def test_every_generated_page_is_pdfa(exported: Exported) -> None:
    pages = [
        path
        for folder in exported.clear.values()
        for role in ("cover", "contents", "note", "certificate")
        if (folder / role).is_dir()
        for path in sorted((folder / role).iterdir())
    ]
    assert len(pages) >= 8
    verdicts = verapdf.verapdf(pages)
    assert all(verdicts.values()), {path.name: verdict.broken for path, verdict in verdicts.items() if not verdict}


@pytest.mark.service("dss")
def test_the_seal_certificate_is_baseline_lta_in_eu_dss(exported: Exported) -> None:
    pages = [path for folder in exported.clear.values() for path in sorted((folder / "certificate").iterdir())]
    for verdict in dss.judge(pages, [exported.outside / "anchor.der"]).values():
        (signature,) = verdict.of("signature")
        assert (signature.format, signature.indication) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED"), signature
