"""Chains 证书链: from a certificate to an anchor that the caller pinned, at an instant, with revocation lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

LONGEST = 6
_WEAK = frozenset({"md5", "sha1"})


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
    if _stamps_only(certificate) != for_stamps or not _signs(certificate):
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
        below = len(path) - 1
        found = next((c for c in (*roots, *heap) if c not in path and _issued(current, c, below)), None)
        if found is None:
            return None
        path.append(found)
    return None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> bool:
    """Whether `issuer` may issue, did issue, and allows the `below` authorities that stand under it already."""
    algorithm = certificate.signature_hash_algorithm
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not basic.ca or (basic.path_length is not None and basic.path_length < below):
            return False
        if algorithm is None or algorithm.name in _WEAK or not _usage(issuer, "key_cert_sign"):
            return False
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _usage(certificate: x509.Certificate, *names: str) -> bool:
    """Whether the key usage allows one of `names`; a certificate without that extension allows all (RFC 5280)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return any(getattr(usage, name) for name in names)


def _signs(certificate: x509.Certificate) -> bool:
    return _usage(certificate, "digital_signature", "content_commitment")


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
    # a list that ended before `at` cannot say that nothing happened since; one issued later can, it dates each entry
    speaks = any(each.next_update_utc is None or each.next_update_utc >= at for each in own)
    return "" if speaks else "revocation-not-checked"


def _signed_by(each: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    try:
        return each.is_signature_valid(key)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
