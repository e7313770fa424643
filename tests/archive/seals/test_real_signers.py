"""Signers that a bureau brings: PKCS#12 file and PKCS#11 token, with the settings that name them."""

import subprocess
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pkcs11 import Attribute, ObjectClass

from archive.kernel.settings import Home, Settings
from archive.seals.chain_files import arrange
from archive.seals.checks import verify_cms, verify_timestamp
from archive.seals.http_tsa import open_stamper
from archive.seals.pkcs11 import TokenSigner
from archive.seals.pkcs11 import open_signer as open_token_signer
from archive.seals.pkcs12 import load_pkcs12_signer
from archive.seals.pkcs12 import open_signer as open_file_signer
from archive.seals.terms import SignerUnavailableError, StampUnavailableError
from archive.seals.trial_certificates import LIFE
from tests.archive.seals.builders import KEY, MADE, MANIFEST, SIGNED, STAMPED, authority, authority_folder, pem
from tests.archive.seals.test_http_tsa import serving
from tests.services import softhsm

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
KINDS = ["rsa", "p256", "p384"]


def make_key(kind: str) -> PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1() if kind == "p256" else ec.SECP384R1())


def issue(key: PrivateKey, life: timedelta = LIFE) -> x509.Certificate:
    """A certificate of a bureau, issued by the root of authority "one"."""
    folder = authority_folder("one")
    root = x509.load_pem_x509_certificate((folder / "root.crt.pem").read_bytes())
    root_key = serialization.load_pem_private_key((folder / "root.key.pem").read_bytes(), KEY.hex().encode())
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "某某局 案卷封存章")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(root.subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(MADE).not_valid_after(MADE + life)
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage |= dict.fromkeys(("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    builder = builder.add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
    return builder.sign(root_key, hashes.SHA512())


def pack(key: PrivateKey, certificate: x509.Certificate, others: Sequence[bytes], passphrase: bytes) -> bytes:
    cas = [x509.load_der_x509_certificate(der) for der in others]
    return pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, cas, serialization.BestAvailableEncryption(passphrase)
    )


def home(folder: Path, **parts: dict[str, str]) -> Home:
    return Home(folder, Settings.model_validate(parts), {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_pkcs12_file_signs_and_its_chain_is_put_in_order(kind: str) -> None:
    key = make_key(kind)
    stranger, root = authority("two").anchor, authority().anchor
    signer = load_pkcs12_signer(pack(key, issue(key), [stranger, root], "密码".encode()), "密码")
    assert signer.certificate_chain()[1:] == (root,)
    verdict = verify_cms(signer.sign_cms(MANIFEST, SIGNED), MANIFEST, [root], STAMPED)
    assert (verdict.ok, verdict.signer) == (True, "某某局 案卷封存章")


def test_settings_name_the_file_and_lists_lie_in_the_home_folder(tmp_path: Path) -> None:
    key = make_key("p256")
    (tmp_path / "seal.p12").write_bytes(pack(key, issue(key), [authority().anchor], b"secret"))
    (tmp_path / "pass").write_text("secret\n")
    lists = tmp_path / "seal" / "lists"
    lists.mkdir(parents=True)
    own, foreign = authority().signer.revocation_lists(), authority("two").signer.revocation_lists()
    (lists / "a.crl").write_bytes(own[0])
    (lists / "b.crl").write_bytes(foreign[0])
    seal = {"pkcs12_file": str(tmp_path / "seal.p12"), "pkcs12_passphrase_file": str(tmp_path / "pass")}
    signer = open_file_signer(home(tmp_path, seal=seal))
    assert signer.revocation_lists() == own
    verdict = verify_cms(signer.sign_cms(MANIFEST), MANIFEST, [authority().anchor], STAMPED, own)
    assert (verdict.ok, verdict.reasons, verdict.time) == (True, (), None)


def test_a_wrong_passphrase_or_file_is_a_fault(tmp_path: Path) -> None:
    key = make_key("p256")
    packed = pack(key, issue(key), [], b"right")
    for data, passphrase in ((packed, "wrong"), (packed, ""), (b"junk", "right")):
        with pytest.raises(SignerUnavailableError):
            load_pkcs12_signer(data, passphrase)
    with pytest.raises(SignerUnavailableError):
        open_file_signer(home(tmp_path, seal={"pkcs12_file": str(tmp_path / "none")}))


def test_settings_name_the_authority_and_its_chain(tmp_path: Path) -> None:
    made = authority()
    leaf, root = made.stamper.certificate_chain()
    chain = tmp_path / "tsa.pem"
    for heap in ([root, leaf], [root]):
        chain.write_bytes(b"".join(pem(der) for der in heap))
        with serving(made.service.answer) as (url, _):
            stamper = open_stamper(home(tmp_path, seal={"tsa_url": url, "tsa_ca_file": str(chain)}))
            answer = stamper.stamp(b"seal")
        assert stamper.certificate_chain() == tuple(reversed(heap))
        assert verify_timestamp(answer, b"seal", stamper.certificate_chain()[-1:]).ok


def test_settings_say_how_long_an_authority_is_waited_for(tmp_path: Path) -> None:
    (chain := tmp_path / "tsa.pem").write_bytes(pem(authority().anchor))
    released = threading.Event()

    def slow(request: bytes) -> bytes:
        released.wait(20)
        return b""

    with serving(slow) as (url, _):
        seal = {"tsa_url": url, "tsa_ca_file": str(chain), "tsa_timeout_seconds": "0.1"}
        with pytest.raises(StampUnavailableError, match=r"within 0\.1 s"):
            open_stamper(home(tmp_path, seal=seal)).stamp(b"seal")
        released.set()
    with pytest.raises(ValueError, match="tsa_timeout_seconds"):
        home(tmp_path, seal={"tsa_timeout_seconds": "0"})


def test_an_empty_chain_file_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no certificate"):
        arrange([])


@pytest.fixture(scope="module")
def token() -> softhsm.Token:
    reason = softhsm.available()
    if reason:
        pytest.skip(reason)
    return softhsm.token("seals-seal")


def put(token: softhsm.Token, label: str, key: PrivateKey, tmp_path: Path) -> x509.Certificate:
    """Key and certificates into the token, the way an operator does it."""
    certificate = issue(key)
    path = tmp_path / "key.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    command = ["softhsm2-util", "--import", str(path), "--token", token.label, "--label", label]
    subprocess.run([*command, "--id", label.encode().hex(), "--pin", token.pin], check=True, capture_output=True)
    library = pkcs11.lib(str(token.module))
    library.reinitialize()
    with library.get_token(token_label=token.label).open(rw=True, user_pin=token.pin) as session:
        for name, der in ((label, certificate.public_bytes(serialization.Encoding.DER)), ("root", authority().anchor)):
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: name,
                    Attribute.SUBJECT: x509.load_der_x509_certificate(der).subject.public_bytes(),
                    Attribute.VALUE: der,
                }
            )
    return certificate


@pytest.mark.service("softhsm")
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_signs_and_tells_its_chain(kind: str, token: softhsm.Token, tmp_path: Path) -> None:
    put(token, f"seal-{kind}", make_key(kind), tmp_path)
    signer = TokenSigner(token.module, token.label, token.pin, f"seal-{kind}")
    assert signer.certificate_chain()[-1] == authority().anchor
    for _ in range(2):
        assert verify_cms(signer.sign_cms(MANIFEST, SIGNED), MANIFEST, [authority().anchor], STAMPED).ok


# python-pkcs11 complains when it cleans up what the lost session left
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.service("softhsm")
def test_settings_name_the_token_and_a_lost_session_is_opened_again(token: softhsm.Token, tmp_path: Path) -> None:
    put(token, "seal-own", make_key("p256"), tmp_path)
    (tmp_path / "pin").write_text(token.pin + "\n")
    (tmp_path / "pin-of-roots").write_text("1234567890\n")
    roots = str(tmp_path / "pin-of-roots")
    keys = {"pkcs11_module": str(token.module), "pkcs11_token": "seals", "pkcs11_pin_file": roots}
    with pytest.raises(SignerUnavailableError):  # the PIN of the roots is not tried
        open_token_signer(home(tmp_path, keys=keys, seal={"pkcs11_label": "seal-own"}))
    seal = {"pkcs11_label": "seal-own", "pkcs11_pin_file": str(tmp_path / "pin")}
    signer = open_token_signer(home(tmp_path, keys=keys, seal=seal))
    first = signer.sign_cms(MANIFEST)
    pkcs11.lib(str(token.module)).reinitialize()
    for signature in (first, signer.sign_cms(MANIFEST)):
        assert verify_cms(signature, MANIFEST, [authority().anchor], STAMPED).ok


@pytest.mark.service("softhsm")
def test_a_wrong_pin_token_or_label_is_a_fault(token: softhsm.Token) -> None:
    for name, pin, label in (
        (token.label, "wrong-pin", "seal-x"),
        ("no-token", token.pin, "seal-x"),
        (token.label, token.pin, "no-label"),
    ):
        with pytest.raises(SignerUnavailableError):
            TokenSigner(token.module, name, pin, label)


def test_a_key_kind_that_old_verifiers_cannot_read_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    packed = pack(key, issue(key), [], b"secret")
    with pytest.raises(SignerUnavailableError, match="EC or RSA"):
        load_pkcs12_signer(packed, "secret")
