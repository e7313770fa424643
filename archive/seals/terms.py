"""Words of sealing 签章术语: verdicts, their indications, and the fault of an authority that is away."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TRIAL_MARK = "TRIAL 试用"
"""Stands in O and CN of every certificate of a trial authority; whoever reads a seal meets it."""


class Indication(StrEnum):
    """Outcome of a check 验证结论 in the words of ETSI EN 319 102-1, clause 5.1.3."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


class Coverage(StrEnum):
    """How much of a PDF a signature covers 签名覆盖范围."""

    ENTIRE_FILE = "entire-file"
    ENTIRE_REVISION = "entire-revision"
    CONTIGUOUS = "contiguous-block"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class SealVerdict:
    """Verdict on a signature or a time stamp 验封结论.

    `ok` only when `indication` is TOTAL-PASSED. `reasons` are stable codes; a verdict that is ok may carry
    `revocation-not-checked`. `time` is what the signature claims or the token's genTime, UTC.
    `trial`: signed by a trial authority, which proves nothing to anybody else.
    """

    ok: bool
    indication: Indication
    reasons: tuple[str, ...]
    signer: str
    time: datetime | None
    trial: bool


@dataclass(frozen=True)
class PdfSignature:
    """One signature or document time stamp found in a PDF 文内签名.

    `intact`: the signed bytes and the signature value agree, whoever signed. `trusted`: the certificate leads to
    an anchor the caller gave. `changed`: what was added afterwards goes beyond evidence data.
    """

    field: str
    kind: str
    signer: str
    time: datetime | None
    intact: bool
    trusted: bool
    changed: bool
    coverage: Coverage
    indication: Indication
    reasons: tuple[str, ...]
    trial: bool


@dataclass(frozen=True)
class PdfVerdict:
    """Verdict on a whole PDF 文件验签结论: `ok` only if every signature passed and the last one covers the entire file.

    `signed` is False for a PDF without signatures (then `ok` is False and `reasons` says `not-signed`).
    `long_term`: a document time stamp covers the file and the evidence in it (PAdES B-LTA).
    """

    ok: bool
    indication: Indication
    reasons: tuple[str, ...]
    signed: bool
    signatures: tuple[PdfSignature, ...]
    long_term: bool
    trial: bool


class StampUnavailableError(Exception):
    """The time-stamp authority is away or answered nonsense 时间戳服务不可用: a fault, worth another try.

    The case stays "accepted, awaiting stamp" 待盖时间戳; it is never called sealed.
    """


class SignerUnavailableError(Exception):
    """The signing key cannot be used now 签章密钥不可用: wrong passphrase, token pulled, key missing."""
