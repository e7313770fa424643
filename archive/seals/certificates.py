"""Reading certificates 证书: names, chains, the trial mark, revocation lists from files."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from asn1crypto import pem, x509

from archive.seals.terms import TRIAL_MARK


def load_certificate(data: bytes) -> x509.Certificate:
    """A certificate from DER or PEM; ValueError when it is neither or something follows it."""
    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    certificate = x509.Certificate.load(data, strict=True)
    certificate.subject.native  # noqa: B018  asn1crypto parses lazily: force the error here
    return certificate


def common_name(certificate: x509.Certificate) -> str:
    """CN of the subject, or the whole readable subject where no CN stands."""
    name = certificate.subject.native.get("common_name")
    return str(name) if name else str(certificate.subject.human_friendly)


def is_trial(certificate: x509.Certificate) -> bool:
    """Whether the certificate says TRIAL 试用 of itself or of its issuer."""
    return TRIAL_MARK in certificate.subject.human_friendly or TRIAL_MARK in certificate.issuer.human_friendly


def is_valid_at(certificate: x509.Certificate, at: datetime) -> bool:
    """Whether `at` (aware) lies within the certificate's validity, both ends included."""
    return bool(certificate.not_valid_before <= at <= certificate.not_valid_after)


def order_chain(leaf: bytes, others: Iterable[bytes]) -> tuple[bytes, ...]:
    """The chain of `leaf` out of a heap of certificates: own first, root last, strangers left out."""
    heap = {load_certificate(other).dump(): load_certificate(other) for other in others}
    current = load_certificate(leaf)
    chain = [current.dump()]
    while current.self_signed == "no":
        issuers = [c for c in heap.values() if c.subject == current.issuer and c.dump() not in chain]
        by_key = [c for c in issuers if c.key_identifier == current.authority_key_identifier]
        found = by_key or issuers
        if not found:
            break
        current = found[0]
        chain.append(current.dump())
    return tuple(chain)


def split_pem(data: bytes) -> tuple[bytes, ...]:
    """Every block of a PEM file as DER; a DER file is returned as the one it is."""
    if not pem.detect(data):
        return (data,)
    return tuple(der for _, _, der in pem.unarmor(data, multiple=True))


def read_all(paths: Sequence[Path]) -> tuple[bytes, ...]:
    """DER of everything in these PEM or DER files, read anew at each call so that a renewed list is seen."""
    return tuple(der for path in paths for der in split_pem(path.read_bytes()))
