"""Certificates of the trial authority 试用证书: root, signer, time stamp, revocation list; 35 years, EC P-256.

No distribution point stands in them: an address that answers nobody would only slow a checker down. The list is
stored with the evidence and embedded in sealed PDFs.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.seals.terms import TRIAL_MARK

LIFE = timedelta(days=35 * 365 + 9)
"""35 years with their leap days: longer than the longest fixed period of 30 years and the time to renew."""

NAME_BYTES = 64
"""Upper bound of O and CN (RFC 5280 appendix A), counted in UTF-8 bytes by the strictest reader."""


@dataclass(frozen=True)
class TrialNames:
    """O and the tail of each CN 名称: the tail tells installations of one name apart."""

    organization: str
    tail: str

    @classmethod
    def of(cls, archive_name: str) -> "TrialNames":
        """Names for an archive; what does not fit in 64 bytes is cut at a character."""
        whole = f"{TRIAL_MARK} {archive_name}".strip().encode()[:NAME_BYTES]
        return cls(whole.decode(errors="ignore"), secrets.token_hex(4))

    def subject(self, what: str) -> x509.Name:
        """The subject of one certificate, e.g. `TRIAL 试用 Seal 封存章 1f3a9c2e`."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{TRIAL_MARK} {what} {self.tail}"),
            ]
        )


def issue_root(key: ec.EllipticCurvePrivateKey, names: TrialNames, now: datetime) -> x509.Certificate:
    """The self-signed root 根证书."""
    subject = names.subject("Root 根")
    return (
        _builder(subject, subject, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(key, hashes.SHA512())
    )


def issue_signer(
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    names: TrialNames,
    now: datetime,
) -> x509.Certificate:
    """The archive's sealing certificate 封存章证书: digitalSignature and contentCommitment."""
    builder = _builder(names.subject("Seal 封存章"), root.subject, key, now)
    builder = builder.add_extension(_usage(commitment=True), critical=True)
    return _issue(builder, root_key)


def issue_stamper(
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    names: TrialNames,
    now: datetime,
) -> x509.Certificate:
    """The time-stamp certificate 时间戳证书: critical, sole extended use timeStamping (RFC 3161, 2.3)."""
    builder = _builder(names.subject("Time Stamp 时间戳"), root.subject, key, now)
    builder = builder.add_extension(_usage(), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return _issue(builder, root_key)


def issue_revocation_list(
    key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    now: datetime,
    *,
    number: int,
    revoked: Mapping[int, datetime],
) -> bytes:
    """The revocation list (DER), good until the root ends; `revoked` maps serial numbers to their dates."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now)
        .next_update(root.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issuer_identifier(key), critical=False)
    )
    for serial, date in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(date).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA512()).public_bytes(serialization.Encoding.DER)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _issue(builder: x509.CertificateBuilder, root_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_issuer_identifier(root_key), critical=False)
        .sign(root_key, hashes.SHA512())
    )


def _issuer_identifier(root_key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())


def _usage(*, certificates: bool = False, commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
