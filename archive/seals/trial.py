"""Trial authority 试用签章机构: a root, a signer and a time-stamp key made for one installation, never shipped.

Everything it makes says TRIAL 试用: it lets the embedded default work from the first minute and proves nothing to
anybody outside. The keys are PKCS#8 (PBES2) under a secret that the caller takes from the key store.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archive.kernel.clock import Clock
from archive.seals.certificates import load_certificate
from archive.seals.cms import KeySigner
from archive.seals.stamps import Stamper
from archive.seals.terms import SignerUnavailableError
from archive.seals.trial_certificates import (
    TrialNames,
    issue_revocation_list,
    issue_root,
    issue_signer,
    issue_stamper,
)
from archive.seals.trial_tsa import TrialStampService

ROOT, SIGNER, STAMPER, LIST = "root", "signer", "tsa", "root.crl"


@dataclass(frozen=True)
class TrialAuthority:
    """The loaded authority 试用机构: `anchor` is the root (DER) which a checker must get from outside the store."""

    anchor: bytes
    signer: KeySigner
    stamper: Stamper
    service: TrialStampService


def create_trial_authority(folder: Path, archive_name: str, now: datetime, key: bytes) -> None:
    """Make the authority in `folder` 建立试用机构, all or nothing; FileExistsError when it is there already.

    `now` is aware UTC and the start of 35 years; `key` (at least 32 bytes, from the key store) encrypts the private
    keys. Files are 0600, the folder 0700.
    """
    if len(key) < 32:
        raise ValueError("the key that wraps the trial authority needs 32 bytes or more")
    if folder.exists():
        raise FileExistsError(folder)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in (ROOT, SIGNER, STAMPER)}
    names = TrialNames.of(archive_name)
    root = issue_root(keys[ROOT], names, now)
    certificates = {
        ROOT: root,
        SIGNER: issue_signer(keys[ROOT], root, keys[SIGNER], names, now),
        STAMPER: issue_stamper(keys[ROOT], root, keys[STAMPER], names, now),
    }
    files = {f"{name}.crt.pem": c.public_bytes(serialization.Encoding.PEM) for name, c in certificates.items()}
    files |= {f"{name}.key.pem": _encrypted(k, key) for name, k in keys.items()}
    files[LIST] = issue_revocation_list(keys[ROOT], root, now, number=1, revoked={})
    _write_folder(folder, files)


def load_trial_authority(folder: Path, key: bytes, clock: Clock) -> TrialAuthority:
    """Open the authority of this installation; SignerUnavailableError when it is missing or `key` is not its key."""
    try:
        chain = {name: _read_certificate(folder, name) for name in (ROOT, SIGNER, STAMPER)}
        signer_key = _read_key(folder, SIGNER, key)
        stamper_key = _read_key(folder, STAMPER, key)
    except (OSError, ValueError, TypeError) as error:
        raise SignerUnavailableError(f"trial authority: {error}") from error

    def lists() -> tuple[bytes, ...]:
        return ((folder / LIST).read_bytes(),)

    service = TrialStampService(stamper_key, (chain[STAMPER], chain[ROOT]), clock)
    return TrialAuthority(
        anchor=chain[ROOT],
        signer=KeySigner(signer_key, (chain[SIGNER], chain[ROOT]), lists),
        stamper=Stamper(service.answer, (chain[STAMPER], chain[ROOT]), lists),
        service=service,
    )


def renew_revocation_list(folder: Path, key: bytes, now: datetime, revoked: Sequence[str] = ()) -> None:
    """Issue a new list 签发吊销列表; `revoked` names newly withdrawn certificates (`signer`, `tsa`), dated `now`.

    What an earlier list revoked stays revoked.
    """
    root = x509.load_der_x509_certificate(_read_certificate(folder, ROOT))
    previous = x509.load_der_x509_crl((folder / LIST).read_bytes())
    number = previous.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
    dates: dict[int, datetime] = {entry.serial_number: entry.revocation_date_utc for entry in previous}
    for name in revoked:
        dates.setdefault(load_certificate(_read_certificate(folder, name)).serial_number, now)
    content = issue_revocation_list(_read_key(folder, ROOT, key), root, now, number=number, revoked=dates)
    fresh = folder / f"{LIST}.new"
    fresh.unlink(missing_ok=True)
    _write_file(fresh, content)
    fresh.replace(folder / LIST)
    _sync_folder(folder)


def _encrypted(private: ec.EllipticCurvePrivateKey, key: bytes) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(key.hex().encode()),
    )


def _read_key(folder: Path, name: str, key: bytes) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key((folder / f"{name}.key.pem").read_bytes(), key.hex().encode())
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{name}: not the kind of key this authority makes")
    return loaded


def _read_certificate(folder: Path, name: str) -> bytes:
    _, _, der = pem.unarmor((folder / f"{name}.crt.pem").read_bytes())
    return bytes(der)


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    building = folder.with_name(f".{folder.name}.building")
    if building.exists():
        shutil.rmtree(building)
    building.mkdir(parents=True, mode=0o700)
    for name, content in files.items():
        _write_file(building / name, content)
    _sync_folder(building)
    building.rename(folder)
    _sync_folder(folder.parent)


def _write_file(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
