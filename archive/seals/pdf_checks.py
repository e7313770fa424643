"""Checks of signed PDFs 文件验签: our own seal certificates, and signatures that foreign PDFs bring with them."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from archive.seals.certificates import common_name, is_trial, load_certificate
from archive.seals.terms import Coverage, Indication, PdfSignature, PdfVerdict

_COVERAGE = {
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.ENTIRE_FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.ENTIRE_REVISION,
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: Coverage.CONTIGUOUS,
}
# pyHanko logs each failed validation with a traceback; the verdict says it, and a log must not hold names of signers.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)


def verify_pdf(pdf: bytes, anchors: Sequence[bytes] = (), at: datetime | None = None) -> PdfVerdict:
    """Verdict on every signature and document time stamp of a PDF.

    `anchors` (DER) are the caller's; without them an intact signature is INDETERMINATE ("signer not trusted here").
    The whole is ok only when each signature is intact and trusted, nothing but evidence was added after it, and the
    last one covers the entire file: trailing bytes and later revisions do not pass.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        embedded = list(reader.embedded_signatures)
    except (PdfError, ValueError, KeyError, TypeError) as error:
        return _none(f"unreadable: {type(error).__name__}")
    if not embedded:
        return _none("not-signed")
    found = tuple(asyncio.run(_judge(signature, anchors, at)) for signature in embedded)
    last = found[-1]
    covered = last.coverage is Coverage.ENTIRE_FILE
    reasons = [reason for each in found for reason in each.reasons]
    if not covered:
        reasons.append("file-changed-after-last-signature")
    ok = covered and all(each.indication is Indication.TOTAL_PASSED for each in found)
    worst = (
        Indication.TOTAL_FAILED
        if not covered or any(each.indication is Indication.TOTAL_FAILED for each in found)
        else Indication.INDETERMINATE
    )
    return PdfVerdict(
        ok,
        Indication.TOTAL_PASSED if ok else worst,
        tuple(dict.fromkeys(reasons)),
        True,
        found,
        covered and last.kind == "time-stamp",
        any(each.trial for each in found),
    )


async def _judge(embedded: Any, anchors: Sequence[bytes], at: datetime | None) -> PdfSignature:
    is_stamp = embedded.sig_object_type == "/DocTimeStamp"
    kind = "time-stamp" if is_stamp else "signature"
    own = embedded.signer_cert
    name, trial = (common_name(own), is_trial(own)) if own is not None else ("", False)
    try:
        context = ValidationContext(
            trust_roots=[load_certificate(der) for der in anchors],
            allow_fetching=False,
            moment=at,
            revocation_mode="soft-fail",
        )
        validate = async_validate_pdf_timestamp if is_stamp else async_validate_pdf_signature
        status: Any = await validate(embedded, context)
    except (PdfError, ValueError, KeyError, TypeError) as error:
        reason = f"unreadable: {type(error).__name__}"
        return PdfSignature(
            embedded.field_name, kind, name, None, False, False, True, Coverage.UNCLEAR, Indication.TOTAL_FAILED,
            (reason,), trial,
        )  # fmt: skip
    changed = not is_stamp and status.modification_level is not None and not status.docmdp_ok
    reasons = _reasons(status, changed)
    indication = (
        Indication.TOTAL_PASSED
        if not reasons
        else Indication.INDETERMINATE
        if set(reasons) == {"signer-not-trusted"}
        else Indication.TOTAL_FAILED
    )
    return PdfSignature(
        embedded.field_name,
        kind,
        name,
        _time(embedded, status),
        bool(status.intact and status.valid),
        bool(status.trusted),
        changed,
        _COVERAGE.get(status.coverage, Coverage.UNCLEAR),
        indication,
        tuple(reasons),
        trial,
    )


def _reasons(status: Any, changed: bool) -> list[str]:
    reasons = []
    if not status.intact:
        reasons.append("signed-bytes-changed")
    if not status.valid:
        reasons.append("signature-broken")
    if not status.trusted:
        reasons.append("signer-not-trusted")
    if changed:
        reasons.append("changed-after-signing")
    if status.coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        reasons.append("coverage-unclear")
    return reasons


def _time(embedded: Any, status: Any) -> datetime | None:
    stamped = getattr(status, "timestamp", None) or getattr(
        getattr(status, "timestamp_validity", None), "timestamp", None
    )
    moment = stamped or embedded.self_reported_timestamp
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None


def _none(reason: str) -> PdfVerdict:
    failed = Indication.TOTAL_FAILED if reason != "not-signed" else Indication.INDETERMINATE
    return PdfVerdict(False, failed, (reason,), False, (), False, False)
