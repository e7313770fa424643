"""Checks of seals 验封: a detached CMS signature and an RFC 3161 token, against anchors that the caller pinned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import DuplicateExtension, InvalidVersion, load_der_x509_certificate

from archive.seals.certificates import common_name, is_trial, load_certificate
from archive.seals.chains import check_chain
from archive.seals.stamps import parse_answer, signed_data_of
from archive.seals.terms import Indication, SealVerdict, StampUnavailableError

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
# what parsing raises on bytes that are no signature: each is a failed check, never a fault
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    NotImplementedError,
    UnsupportedAlgorithm,
    InvalidVersion,
    DuplicateExtension,
)
_NOTES = frozenset({"revocation-not-checked"})
_UNTRUSTED = frozenset({"no-anchor", "no-anchor-given", "not-valid-then"})


def verify_cms(
    signature: bytes,
    data: bytes,
    anchors: Sequence[bytes],
    at: datetime,
    revocation_lists: Iterable[bytes] = (),
) -> SealVerdict:
    """Verdict on a detached CMS (DER) over `data`; the chain is judged at `at`, the instant of its time stamp.

    `anchors` (DER) and `at` come from the caller, never from the object. Every failure is a verdict, not an exception.
    """
    try:
        info = cms.ContentInfo.load(signature, strict=True)
        if info["content_type"].native != "signed_data":
            return _failed("not-signed-data")
        signed = info["content"]
        if signed["encap_content_info"]["content_type"].native != "data":
            return _failed("wrong-content-type")
        if signed["encap_content_info"]["content"].native is not None:
            return _failed("not-detached")
        return _judge(signed, data, "data", anchors, at, revocation_lists, for_stamps=False)
    except _UNREADABLE:
        return _failed("unreadable")


def verify_timestamp(
    answer: bytes, data: bytes, anchors: Sequence[bytes], revocation_lists: Iterable[bytes] = ()
) -> SealVerdict:
    """Verdict on a TimeStampResp (DER) over `data`; `time` of the verdict is the token's genTime (UTC)."""
    try:
        info = parse_answer(answer)
        signed = signed_data_of(answer)
        imprint = info["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        moment = info["gen_time"].native.astimezone(UTC)
        if algorithm not in _HASHES or hashlib.new(algorithm, data).digest() != imprint["hashed_message"].native:
            return _failed("other-data", moment)
        content = signed["encap_content_info"]["content"].parsed.dump()
        verdict = _judge(signed, content, "tst_info", anchors, moment, revocation_lists, for_stamps=True)
        return SealVerdict(verdict.ok, verdict.indication, verdict.reasons, verdict.signer, moment, verdict.trial)
    except (StampUnavailableError, *_UNREADABLE):
        return _failed("unreadable")


def _judge(
    signed: cms.SignedData,
    content: bytes,
    content_type: str,
    anchors: Sequence[bytes],
    at: datetime,
    revocation_lists: Iterable[bytes],
    *,
    for_stamps: bool,
) -> SealVerdict:
    if len(signed["signer_infos"]) != 1:
        return _failed("not-one-signer")
    info = signed["signer_infos"][0]
    certificates = [choice.chosen.dump() for choice in signed["certificates"] if choice.name == "certificate"]
    leaf = next((c for c in certificates if _is_signer(c, info)), None)
    if leaf is None:
        return _failed("signer-certificate-missing")
    own = load_certificate(leaf)
    attributes = {a["type"].native: a["values"] for a in info["signed_attrs"]}
    reasons = _attribute_reasons(attributes, leaf, content, content_type, info["digest_algorithm"]["algorithm"].native)
    if not _is_signature(leaf, info):
        reasons.append("signature-broken")
    signed_at = attributes["signing_time"][0].native if "signing_time" in attributes else None
    if not reasons:
        reasons += check_chain(leaf, certificates, anchors, revocation_lists, at, for_stamps=for_stamps)
    return SealVerdict(
        set(reasons) <= _NOTES,
        _indication(reasons),
        tuple(reasons),
        common_name(own),
        signed_at.astimezone(UTC) if signed_at is not None else None,
        is_trial(own),
    )


def _attribute_reasons(
    attributes: dict[str, Any], leaf: bytes, content: bytes, content_type: str, algorithm: str
) -> list[str]:
    reasons = []
    values = {name: each[0] for name, each in attributes.items()}
    if algorithm not in _HASHES:
        return ["weak-digest"]
    if "content_type" not in values or values["content_type"].native != content_type:
        reasons.append("wrong-content-type")
    if "message_digest" not in values or values["message_digest"].native != hashlib.new(algorithm, content).digest():
        reasons.append("other-data")
    if not _is_bound(values, leaf):
        reasons.append("certificate-not-bound")
    return reasons


def _is_bound(values: dict[str, Any], leaf: bytes) -> bool:
    """ESS signing-certificate(-v2): the attribute names this very certificate, so none can be put in its place."""
    if "signing_certificate_v2" in values:
        first = values["signing_certificate_v2"]["certs"][0]
        algorithm = first["hash_algorithm"]["algorithm"].native
        return bool(hashlib.new(algorithm, leaf).digest() == first["cert_hash"].native)
    if "signing_certificate" in values:
        first = values["signing_certificate"]["certs"][0]
        return bool(hashlib.sha1(leaf, usedforsecurity=False).digest() == first["cert_hash"].native)
    return False


def _is_signer(certificate: bytes, info: cms.SignerInfo) -> bool:
    own = load_certificate(certificate)
    sid = info["sid"]
    if sid.name == "issuer_and_serial_number":
        chosen = sid.chosen
        return bool(chosen["serial_number"].native == own.serial_number and chosen["issuer"] == own.issuer)
    return bool(sid.chosen.native == own.key_identifier)


def _is_signature(leaf: bytes, info: cms.SignerInfo) -> bool:
    key = load_der_x509_certificate(leaf).public_key()
    signed = info["signed_attrs"].untag().dump()
    chosen = info["signature_algorithm"]
    digest = info["digest_algorithm"]["algorithm"].native if chosen.signature_algo == "rsassa_pkcs1v15" else None
    algorithm = _HASHES.get(digest or chosen.hash_algo)
    if algorithm is None:
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(info["signature"].native, signed, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH)
            scheme = pss if chosen.signature_algo == "rsassa_pss" else padding.PKCS1v15()
            key.verify(info["signature"].native, signed, scheme, algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _indication(reasons: Sequence[str]) -> Indication:
    grave = set(reasons) - _NOTES
    if not grave:
        return Indication.TOTAL_PASSED
    return Indication.INDETERMINATE if grave <= _UNTRUSTED else Indication.TOTAL_FAILED


def _failed(reason: str, moment: datetime | None = None) -> SealVerdict:
    return SealVerdict(False, Indication.TOTAL_FAILED, (reason,), "", moment, False)
