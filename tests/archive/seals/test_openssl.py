"""What anybody has: the commands of `material`'s docstring, run by the real OpenSSL on the files of the evidence."""

from pathlib import Path

import pytest

from archive.seals import material
from archive.seals.material import validation_material
from tests.archive.seals.builders import STAMPED, authority, flip, pem, sealed
from tests.services.openssl import openssl

pytestmark = pytest.mark.service("openssl")

CMS = (
    "cms -verify -binary -inform DER -in seal.p7s -content tagmanifest-sha512.txt -CAfile anchor.pem "
    "-purpose any -out /dev/null"
)
STAMP = "ts -verify -in seal.p7s.tsr -data seal.p7s -CAfile anchor.pem -untrusted validation/tsa-chain.pem"
THEN = f" -attime {int(STAMPED.timestamp())}"


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    seal, made = sealed(), authority()
    (tmp_path / "tagmanifest-sha512.txt").write_bytes(seal.data)
    (tmp_path / "seal.p7s").write_bytes(seal.signature)
    (tmp_path / "seal.p7s.tsr").write_bytes(seal.answer)
    (tmp_path / "anchor.pem").write_bytes(pem(made.anchor))
    (tmp_path / "validation").mkdir()
    for name, content in validation_material(made.signer, made.stamper).items():
        (tmp_path / "validation" / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_documented_commands_are_the_tested_ones() -> None:
    documented = " ".join((material.__doc__ or "").replace("\\", " ").split())
    assert f"openssl {CMS}" in documented
    assert f"openssl {STAMP}" in documented


@pytest.mark.usefixtures("evidence")
def test_seal_and_stamp_verify() -> None:
    for command, said in ((CMS + THEN, "Verification successful"), (STAMP + THEN, "Verification: OK")):
        done = openssl(*command.split())
        assert done.returncode == 0, done.stderr
        assert said in (done.stdout + done.stderr).decode()


@pytest.mark.usefixtures("evidence")
def test_revocation_is_checked_from_the_stored_lists() -> None:
    command = "verify -crl_check -CRLfile validation/signer-crl.pem -CAfile anchor.pem"
    done = openssl(*(command + THEN).split(), "validation/signer-chain.pem")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["tagmanifest-sha512.txt", "seal.p7s"])
def test_a_flipped_byte_is_refused(evidence: Path, name: str) -> None:
    path = evidence / name
    path.write_bytes(flip(path.read_bytes(), -5))
    assert openssl(*(CMS + THEN).split()).returncode != 0
    if name == "seal.p7s":
        assert openssl(*(STAMP + THEN).split()).returncode != 0


def test_another_authority_is_refused(evidence: Path) -> None:
    (evidence / "anchor.pem").write_bytes(pem(authority("two").anchor))
    for command in (CMS, STAMP):
        assert openssl(*(command + THEN).split()).returncode != 0
