"""Real forms, photos and camera files go in by the command line; every outside judge agrees on the sealed object."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from sqlalchemy import select

from access.tables import PersonRow
from archive.installation import Ledgers
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.sealing_parts import anchors_of
from archive.service.reading import get_case
from tests.archive.renditions.samples import real
from tests.services import dss, judges, verapdf
from tests.services.openssl import openssl
from tests.support.house import PASSPHRASES, PASSWORD, UNIT, House, make_house, person

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_FORMS = 6  # of forms, office files and laws alike; every file with ANJUAN_ALL_FORMS=1


def _chosen() -> list[Path]:
    most = None if os.environ.get("ANJUAN_ALL_FORMS") else DEFAULT_FORMS
    forms = sorted(real("forms", "pdf").glob("*.pdf"))[:most]
    office = sorted(real("forms", "doc").iterdir())[: most and 2]
    laws = sorted(real("laws").glob("*.md"))[: most and 2]
    return [*forms, *sorted(real("media").iterdir()), *laws, *office]


def _package(folder: Path) -> Path:
    items = []
    for number, path in enumerate(_chosen()):
        name = f"files/{path.name}"
        (folder / "files").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / name)
        marking: dict[str, Any] = {"claims": [{"kind": "PRIVACY", "whose": "某某"}]} if number == 1 else {}
        items.append({"title": f"材料 {path.stem}", "files": [name], "marking": marking})
    case = {"title": "真实材料案", "closed_on": "2026-11-01"}
    description = {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}
    (folder / "case.json").write_text(json.dumps(description, ensure_ascii=False), "utf-8")
    return folder


class _Line:
    """The command line in a process of its own, as a person starts it."""

    def __init__(self, house: House, folder: Path) -> None:
        self.folder = folder
        self._home = house.path
        (folder / "unlock").mkdir()
        for tier, phrase in PASSPHRASES.items():
            (folder / "unlock" / f"{tier}.txt").write_text(phrase)
        (folder / "password").write_text(PASSWORD)
        with house.works.work(machine_actor("founding", "tests")) as work:
            for row in work.session.scalars(select(PersonRow)):
                row.must_change = False  # a one-time password opens nothing at a terminal

    def __call__(self, *words: str, login: str = "archivist") -> Any:
        program = [sys.executable, "-c", "from wsgi import cli; cli(prog_name='anjuan')", "--home", str(self._home)]
        program += ["--json", "--as", login, "--password-file", str(self.folder / "password")]
        program += ["--unlock-dir", str(self.folder / "unlock"), *words]
        done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, _Line, str, Path]]:
    """One case of real material, taken in by the command line."""
    base = tmp_path_factory.mktemp("real")
    house = make_house(base / "home")
    line = _Line(house, base)
    told = line("ingest", str(_package(base / "真实材料")))
    case_id = told["packages"][0]["case_id"]
    folder = house.holdings.store.object_folder(f"urn:anjuan:{case_id}")
    assert folder is not None
    yield house, line, case_id, folder


def test_verify_deep_is_green(sealed: tuple[House, _Line, str, Path]) -> None:
    _, line, case_id, _ = sealed
    layers = line("verify", case_id, "--deep")["cases"][case_id]
    assert len(layers) >= 9
    assert all(layer["ok"] for layer in layers), layers


@pytest.mark.service("libreoffice")
def test_everything_is_readable_or_says_why(sealed: tuple[House, _Line, str, Path]) -> None:
    house, _, case_id, _ = sealed
    with house.works.work(person(house, "archivist")) as work:
        view = get_case(work, house.holdings, CaseId(case_id))
    lines = [line for volume in view.volumes for line in volume.items]
    assert len(lines) == len(_chosen())
    for line in lines:
        if line.facts is None:  # the one that is marked, whose tier this reader lacks
            continue
        wanted = "media" if line.facts.media_type.startswith("video/") else "pdfa"
        assert line.rendition == wanted, (line.facts.title, line.facts.rendition_note)
        papers = line.facts.provenance
        if wanted == "pdfa":
            assert papers is not None and papers.text_after >= papers.text_before
            assert papers.text_after > 0 or line.facts.media_type.startswith("image/"), line.facts.title


@pytest.mark.service("judges")
def test_sums_bag_and_object(sealed: tuple[House, _Line, str, Path]) -> None:
    _, _, _, folder = sealed
    content = folder / "v1" / "content"
    for manifest in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
        subprocess.run(["sha512sum", "--strict", "-c", manifest], cwd=content, check=True, capture_output=True)
    assert judges.bagit_validate(content).valid
    assert judges.ocfl_validate(folder).valid


@pytest.mark.service("openssl")
def test_openssl(sealed: tuple[House, _Line, str, Path], tmp_path: Path) -> None:
    house, _, _, folder = sealed
    anchor = tmp_path / "anchor.pem"
    anchor.write_bytes(b"".join(pem.armor("CERTIFICATE", der) for der in anchors_of(house.holdings.sealing)))
    evidence = folder / "v1" / "content" / "evidence" / "v1"
    signed = folder / "v1" / "content" / "tagmanifest-sha512.txt"
    words = ["-binary", "-inform", "DER", "-in", str(evidence / "seal.p7s"), "-content", str(signed)]
    openssl("cms", "-verify", *words, "-CAfile", str(anchor), "-purpose", "any", "-out", "/dev/null")
    stamp = ["-in", str(evidence / "seal.p7s.tsr"), "-data", str(evidence / "seal.p7s"), "-CAfile", str(anchor)]
    openssl("ts", "-verify", *stamp, "-untrusted", str(evidence / "validation" / "tsa-chain.pem"))


@pytest.mark.service("verapdf", "dss")
def test_reference_reader_and_pdf_judges(sealed: tuple[House, _Line, str, Path], tmp_path: Path) -> None:
    house, line, case_id, folder = sealed
    anchor = tmp_path / "anchor.pem"
    anchor.write_bytes(b"".join(pem.armor("CERTIFICATE", der) for der in anchors_of(house.holdings.sealing)))
    (tmp_path / "ledger.vkeys").write_text(house.ports.get(Ledgers).verifier_keys())
    reader = [sys.executable, "-I", str(ROOT / "archive" / "spec" / "anjuan_verify.py")]
    subprocess.run([*reader, "verify", str(folder), "--anchor", str(anchor)], check=True, capture_output=True)
    clear = tmp_path / "clear"
    for tier in ("general", "personal"):
        keys = line("keys", "export", case_id, str(tmp_path), "--tier", tier)["keys"]
        done = [*reader, "decrypt", str(folder), "--keys", keys, "--out", str(clear / tier)]
        subprocess.run(done, check=True, capture_output=True)
    pdfs = [p for p in clear.rglob("*.pdf") if "files" not in p.parts or p.name.endswith(".pdfa.pdf")]
    made = [p for p in pdfs if p.name.endswith(".pdfa.pdf") or "封存证明" in p.name or "目录" in p.name]
    assert len(made) >= sum(not path.name.endswith(".mov") for path in _chosen())
    verdicts = {**verapdf.verapdf(made, "2b")}
    assert all(verdict.valid for verdict in verdicts.values()), verdicts
    certificates = [p for p in made if "封存证明" in p.name]
    roots = [tmp_path / "root.der"]
    roots[0].write_bytes(anchors_of(house.holdings.sealing)[0])
    crls = []
    for number, raw in enumerate(house.holdings.sealing.signer.revocation_lists()):
        crls.append(tmp_path / f"{number}.crl")
        crls[-1].write_bytes(pem.unarmor(raw)[2] if pem.detect(raw) else raw)
    for found in dss.judge(certificates, roots, crls=crls).values():
        (signature,) = found.of("signature")
        assert (signature.format, signature.indication) == ("PAdES-BASELINE-LTA", "TOTAL_PASSED")
