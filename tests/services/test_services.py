"""Each real service answers, and can say no: a judge that accepts everything would prove nothing."""

import datetime
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pkcs11
import pytest
import sqlalchemy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fpdf import FPDF
from playwright.sync_api import sync_playwright
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter

from tests.services import chromium, clamd, dss, judges, openssl, postgres, softhsm
from tests.services.verapdf import verapdf


def make_pdf(path: Path, *, archival: bool) -> Path:
    page = FPDF(enforce_compliance="PDF/A-2B") if archival else FPDF()
    page.add_page()
    if not archival:
        page.set_font("helvetica", size=12)
        page.cell(text="a font that is not embedded")
    page.output(str(path))
    return path


def make_signer(folder: Path) -> tuple[SimpleSigner, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TRIAL 试用")])
    now = datetime.datetime.now(datetime.UTC)
    usage = {"content_commitment": True, "digital_signature": True}
    rest = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.KeyUsage(**usage, **rest, decipher_only=False), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    key_file, certificate_file, der = folder / "key.pem", folder / "certificate.pem", folder / "certificate.der"
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    der.write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    signer = SimpleSigner.load(str(key_file), str(certificate_file))
    assert isinstance(signer, SimpleSigner)
    return signer, der


@pytest.mark.service("verapdf")
def test_verapdf_accepts_an_archival_file_and_names_what_a_plain_one_breaks(tmp_path: Path) -> None:
    good = make_pdf(tmp_path / "归档 a.pdf", archival=True)
    bad = make_pdf(tmp_path / "bad.pdf", archival=False)
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(good.read_bytes()[:200])
    verdicts = verapdf([good, bad, broken], "2b")
    assert verdicts[good].valid
    assert not verdicts[bad].valid
    assert any("font" in clause for clause in verdicts[bad].broken)
    assert not verdicts[broken].valid


@pytest.mark.service("dss")
def test_dss_accepts_a_signed_file_and_refuses_it_with_one_byte_changed(tmp_path: Path) -> None:
    signer, trusted = make_signer(tmp_path)
    metadata = PdfSignatureMetadata(field_name="Seal", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signed, flipped = tmp_path / "signed.pdf", tmp_path / "flipped.pdf"
    with make_pdf(tmp_path / "plain.pdf", archival=True).open("rb") as source, signed.open("wb") as out:
        sign_pdf(IncrementalPdfFileWriter(source), metadata, signer=signer, output=out)
    data = bytearray(signed.read_bytes())
    at = data.index(b"/MediaBox")
    data[at + len(b"/MediaBox [0 0 5")] ^= 1
    flipped.write_bytes(bytes(data))
    verdicts = dss.judge([signed, flipped], [trusted])
    (good,), (bad,) = verdicts[signed].of("signature"), verdicts[flipped].of("signature")
    assert (good.format, good.indication) == ("PAdES-BASELINE-B", "TOTAL_PASSED")
    assert bad.indication == "TOTAL_FAILED"


@pytest.mark.service("softhsm")
def test_softhsm_keeps_a_key_that_encrypts() -> None:
    token = softhsm.token("services-test")
    module = pkcs11.lib(str(token.module))
    module.reinitialize()
    with module.get_token(token_label=token.label).open(user_pin=token.pin, rw=True) as session:
        key: Any = session.generate_key(pkcs11.KeyType.AES, 256)
        vector = session.generate_random(128)
        sealed = key.encrypt(b"0123456789abcdef", mechanism_param=vector)
        assert key.decrypt(sealed, mechanism_param=vector) == b"0123456789abcdef"


@pytest.mark.service("clamd")
def test_clamd_finds_its_test_virus_and_nothing_in_plain_words() -> None:
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder, clamd.running(Path(folder)) as path:
        assert b"Own.Eicar" in scan(path, clamd.EICAR)
        assert scan(path, b"plain words") == b"stream: OK\0"


def scan(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(path))
        line.sendall(b"zINSTREAM\0" + len(data).to_bytes(4, "big") + data + bytes(4))
        return line.recv(4096)


@pytest.mark.service("judges")
def test_judges_refuse_what_is_no_bag_and_no_object(tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    bag.mkdir()
    (bag / "paper.txt").write_text("证据")
    assert not judges.bagit_validate(bag)
    assert not judges.ocfl_validate(bag)
    make = f"import bagit; bagit.make_bag({str(bag)!r})"
    subprocess.run([judges.judge_python(), "-c", make], check=True, capture_output=True, timeout=60)
    assert judges.bagit_validate(bag)
    (bag / "data" / "paper.txt").write_text("伪证")
    assert not judges.bagit_validate(bag)


@pytest.mark.service("openssl")
def test_openssl_answers() -> None:
    assert openssl.openssl("dgst", "-sha256", "-r", data=b"").stdout.startswith(b"e3b0c44298fc1c14")


@pytest.mark.service("postgres")
def test_postgres_serves_sqlalchemy() -> None:
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres.running(Path(folder)) as url:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("show data_checksums")).scalar_one() == "on"
        engine.dispose()


@pytest.mark.browser
@pytest.mark.service("chromium")
def test_chromium_runs_without_a_network() -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(**chromium.launch_options())
        page = browser.new_page()
        page.set_content("<h1>案卷</h1>")
        assert page.inner_text("h1") == "案卷"
        browser.close()
