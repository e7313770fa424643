"""Chains 证书链: from a certificate to an anchor that the caller pinned, at an instant, with revocation lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

LONGEST = 6


def check_chain(
    leaf: bytes,
    others: Iterable[bytes],
    anchors: Sequence[bytes],
    revocation_lists: Iterable[bytes],
    at: datetime,
    *,
    for_stamps: bool = False,
) -> tuple[str, ...]:
    """Reasons why `leaf` (DER) does not lead to one of `anchors` (DER) at `at`; empty when it does.

    Codes: `no-anchor`, `chain-broken`, `not-valid-then`, `revoked`, `wrong-purpose`; `revocation-not-checked` is a
    note that stands beside success. The anchors are the caller's; nothing that the object carries becomes one.
    """
    certificate = x509.load_der_x509_certificate(leaf)
    heap = [x509.load_der_x509_certificate(other) for other in others]
    roots = [x509.load_der_x509_certificate(anchor) for anchor in anchors]
    lists = [x509.load_der_x509_crl(each) for each in revocation_lists]
    reasons: list[str] = []
    if for_stamps and not _stamps_only(certificate):
        reasons.append("wrong-purpose")
    path = _climb(certificate, heap, roots)
    if path is None:
        return (*reasons, "no-anchor" if roots else "no-anchor-given")
    if any(not step.not_valid_before_utc <= at <= step.not_valid_after_utc for step in path):
        reasons.append("not-valid-then")
    for step, issuer in pairwise(path):
        state = _revocation(step, issuer, lists, at)
        if state:
            reasons.append(state)
    return tuple(dict.fromkeys(reasons))


def _climb(
    leaf: x509.Certificate, heap: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> list[x509.Certificate] | None:
    path = [leaf]
    while len(path) <= LONGEST:
        current = path[-1]
        if current in roots:
            return path
        found = next((c for c in (*roots, *heap) if c not in path and _issued(current, c)), None)
        if found is None:
            return None
        path.append(found)
    return None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not basic.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    return True


def _stamps_only(certificate: x509.Certificate) -> bool:
    """RFC 3161 clause 2.3: the key purpose is time stamping alone, and critical."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
) -> str:
    own = [each for each in lists if each.issuer == issuer.subject and _signed_by(each, issuer)]
    for each in own:
        entry = each.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            return "revoked"
    return "" if own else "revocation-not-checked"


def _signed_by(each: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    try:
        return each.is_signature_valid(key)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
