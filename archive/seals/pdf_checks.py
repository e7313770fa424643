"""Checks of signed PDFs 文件验签: our own seal certificates, and signatures that foreign PDFs bring with them.

A signature counts only if its digest matches and pyHanko's bottom line holds, at the instant asked or by the AdES
validation with time stamps as proof (ETSI EN 319 102-1, 5.6.3) when that says OK too. The file counts only if its last
signature covers it to the last byte.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import crl, ocsp, x509
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from archive.seals.apart import run_apart
from archive.seals.certificates import common_name, is_trial, is_valid_at, load_certificate
from archive.seals.terms import Coverage, Indication, PdfSignature, PdfVerdict

_COVERAGE = {
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.ENTIRE_FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.ENTIRE_REVISION,
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: Coverage.CONTIGUOUS,
}
_USES = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_UNREADABLE = (
    PdfError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
)
# pyHanko logs each failed validation with a traceback; the verdict says it, and a log must not hold names of signers.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class _Ground:
    """What every signature of one file is judged by."""

    anchors: tuple[x509.Certificate, ...]
    at: datetime | None
    certificates: tuple[x509.Certificate, ...]
    lists: tuple[crl.CertificateList, ...]
    responses: tuple[ocsp.OCSPResponse, ...]

    @property
    def revocation(self) -> CertRevTrustPolicy:
        """Where the file brings revocation data, every certificate must be covered by them."""
        known = bool(self.lists or self.responses)
        return CertRevTrustPolicy(REQUIRE_REVINFO if known else NO_REVOCATION, retroactive_revinfo=True)


def verify_pdf(pdf: bytes, anchors: Sequence[bytes] = (), at: datetime | None = None) -> PdfVerdict:
    """Verdict on every signature and document time stamp of a PDF.

    `anchors` (DER) are the caller's; without them an intact signature is INDETERMINATE ("signer not trusted here").
    `at` (aware) is the instant for which the newest time stamp must be good: the time of a stamp around the whole
    object, or now; its own time when left out, as in `verify_timestamp`. Older ones are judged at the time of their
    successor. The whole is ok only when each signature is intact and trusted, nothing but evidence was added after it,
    and the last one covers the entire file: trailing bytes and later revisions do not pass.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        embedded = list(reader.embedded_signatures)
        if not embedded:
            return _none("not-signed")
        ground = _ground(reader, anchors, at or _stamp_time(embedded[-1]))
        successors = [_stamp_time(each) for each in embedded[1:]]
        found = tuple(
            run_apart(_judge(each, ground, next((t for t in successors[n:] if t), ground.at), pdf))
            for n, each in enumerate(embedded)
        )
    except _UNREADABLE as error:
        return _none(f"unreadable: {type(error).__name__}")
    return _whole(found, long_term=bool(ground.certificates))


def _whole(found: tuple[PdfSignature, ...], *, long_term: bool) -> PdfVerdict:
    last = found[-1]
    covered = last.coverage is Coverage.ENTIRE_FILE
    reasons = [reason for each in found for reason in each.reasons]
    if not covered:
        reasons.append("file-changed-after-last-signature")
    if not covered or any(each.indication is Indication.TOTAL_FAILED for each in found):
        indication = Indication.TOTAL_FAILED
    elif all(each.indication is Indication.TOTAL_PASSED for each in found):
        indication = Indication.TOTAL_PASSED
    else:
        indication = Indication.INDETERMINATE
    return PdfVerdict(
        ok=indication is Indication.TOTAL_PASSED,
        indication=indication,
        reasons=tuple(dict.fromkeys(reasons)),
        signed=True,
        signatures=found,
        long_term=covered and last.kind == "time-stamp" and long_term,
        trial=any(each.trial for each in found),
    )


def _ground(reader: PdfFileReader, anchors: Sequence[bytes], at: datetime | None) -> _Ground:
    roots = [load_certificate(der) for der in anchors]
    # path validation never looks at an anchor's dates
    usable = tuple(root for root in roots if at is None or is_valid_at(root, at))
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return _Ground(usable, at, (), (), ())
    lists = tuple(crl.CertificateList.load(each.get_object().data) for each in store.crls)
    responses = tuple(ocsp.OCSPResponse.load(each.get_object().data) for each in store.ocsps)
    return _Ground(usable, at, tuple(store.load_certs()), lists, responses)


async def _judge(embedded: EmbeddedPdfSignature, ground: _Ground, at: datetime | None, pdf: bytes) -> PdfSignature:
    is_stamp = embedded.sig_object_type == "/DocTimeStamp"
    own = embedded.signer_cert
    context = ValidationContext(
        trust_roots=list(ground.anchors),
        other_certs=ground.certificates,
        crls=ground.lists,
        moment=at,
        ocsps=ground.responses,
        revinfo_policy=ground.revocation,
        allow_fetching=False,
    )
    status: Any
    problem = ""
    if is_stamp:
        status = await async_validate_pdf_timestamp(embedded, context)
    else:
        status = await async_validate_pdf_signature(embedded, context, key_usage_settings=_USES)
        if ground.anchors and not status.bottom_line:
            status, problem = await _long_term(embedded, ground, status)
    coverage = _coverage(embedded, status, pdf)
    changed = not is_stamp and status.modification_level is not None and not status.docmdp_ok
    reasons = _reasons(status, changed, coverage, problem)
    return PdfSignature(
        field=embedded.field_name,
        kind="time-stamp" if is_stamp else "signature",
        signer=common_name(own),
        time=_time(embedded, status),
        intact=bool(status.intact and status.valid),
        trusted=bool(status.trusted and not problem),
        changed=changed,
        coverage=coverage,
        indication=_indication(reasons),
        reasons=tuple(reasons),
        trial=is_trial(own),
    )


async def _long_term(embedded: EmbeddedPdfSignature, ground: _Ground, basic: Any) -> tuple[Any, str]:
    """Status and sub-indication (empty when OK) where the certificate may have ended since.

    The time stamps of the file then prove that the signature was there before.
    """
    policy = CertValidationPolicySpec(SimpleTrustManager.build(trust_roots=ground.anchors), ground.revocation)
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
            key_usage_settings=_USES,
        )
    )
    timing = ValidationTimingInfo(ground.at, ground.at, True) if ground.at else None
    result = await ades_lta_validation(embedded, spec, timing_info=timing)
    status = result.api_status or basic
    if result.ades_subindic.standard_name == "OK" and status.bottom_line:
        return status, ""
    name: str = result.ades_subindic.standard_name
    return status, name.lower().replace("_", "-") if name != "OK" else "bottom-line-failed"


def _coverage(embedded: EmbeddedPdfSignature, status: Any, pdf: bytes) -> Coverage:
    """pyHanko's view, and our own look at the gap: it must hold the signature and nothing else."""
    _, first, start, length = (*embedded.byte_range, 0, 0, 0, 0)[:4]
    gap = pdf[int(first) : int(start)]
    inside = gap[1:-1].strip(b"0123456789abcdefABCDEF")
    if not (gap[:1] == b"<" and gap[-1:] == b">" and not inside and len(embedded.pkcs7_content) * 2 + 2 == len(gap)):
        return Coverage.UNCLEAR
    coverage = _COVERAGE.get(status.coverage, Coverage.UNCLEAR)
    if coverage is Coverage.ENTIRE_FILE and int(start) + int(length) != len(pdf):
        return Coverage.UNCLEAR
    return coverage


def _reasons(status: Any, changed: bool, coverage: Coverage, problem: str) -> list[str]:
    reasons = []
    if not status.intact:
        reasons.append("signed-bytes-changed")
    if not status.valid:
        reasons.append("signature-broken")
    if not status.trusted or problem:
        reasons.append("signer-not-trusted")
    if problem and problem not in ("no-certificate-chain-found", "hash-failure", "sig-crypto-failure"):
        reasons.append(problem)
    if changed:
        reasons.append("changed-after-signing")
    if coverage not in (Coverage.ENTIRE_FILE, Coverage.ENTIRE_REVISION):
        reasons.append("coverage-unclear")
    return reasons


def _indication(reasons: Sequence[str]) -> Indication:
    if not reasons:
        return Indication.TOTAL_PASSED
    broken = {"signed-bytes-changed", "signature-broken", "changed-after-signing", "coverage-unclear", "format-failure"}
    return Indication.TOTAL_FAILED if broken & set(reasons) else Indication.INDETERMINATE


def _stamp_time(embedded: EmbeddedPdfSignature) -> datetime | None:
    if embedded.sig_object_type != "/DocTimeStamp":
        return None
    moment: datetime = embedded.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _time(embedded: EmbeddedPdfSignature, status: Any) -> datetime | None:
    stamped = getattr(status, "timestamp", None) or getattr(
        getattr(status, "timestamp_validity", None), "timestamp", None
    )
    moment = stamped or embedded.self_reported_timestamp
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None


def _none(reason: str) -> PdfVerdict:
    failed = Indication.TOTAL_FAILED if reason != "not-signed" else Indication.INDETERMINATE
    return PdfVerdict(False, failed, (reason,), False, (), False, False)
