"""PAdES 文件签章 (ETSI EN 319 142-1): seals a generated PDF/A at level B-LTA with signer and stamper of the house."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime

from asn1crypto import cms, crl
from asn1crypto.algos import SignedDigestAlgorithm
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer as HankoSigner
from pyhanko.sign.signers.pdf_signer import (
    PdfSigningSession,
    PdfTimeStamper,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper as HankoStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from archive.seals.apart import run_apart
from archive.seals.certificates import load_certificate
from archive.seals.cms import DIGEST
from archive.seals.protocols import Certified, Signer, TimeStamper
from archive.seals.stamps import token_of, token_time
from archive.seals.terms import SignerUnavailableError

FIELD = "Anjuan-Seal"
_FACTS = frozenset({"location", "contact", "field"})


class _Signer(HankoSigner):
    """Our signer as pyHanko's."""

    def __init__(self, signer: Signer) -> None:
        chain = signer.certificate_chain()
        store = SimpleCertificateStore()
        store.register_multiple([load_certificate(der) for der in chain])
        super().__init__(
            signing_cert=load_certificate(chain[0]),
            cert_registry=store,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": signer.mechanism}),
        )
        self._house = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature value over ``data``; SHA-512 as everything we sign."""
        if digest_algorithm != DIGEST:
            raise ValueError(f"seals are signed over SHA-512, not {digest_algorithm}")
        return self._house.sign_raw(data)


class _Stamper(HankoStamper):
    """Our time stamper as pyHanko's; it asks for one token ahead, which tells the time and the room to keep."""

    def __init__(self, stamper: TimeStamper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._house = stamper
        answer = stamper.stamp(b"room for a token")
        self.moment = token_time(answer)
        self._first = self._take(answer)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over a digest; imprint and nonce were compared by the stamper."""
        return self._take(self._house.stamp_digest(message_digest, md_algorithm))

    def room(self) -> int:
        """Bytes to keep for one token, in steps of 4 KiB."""
        return _round_up(len(self._first.dump()))

    def _take(self, answer: bytes) -> cms.ContentInfo:
        token = cms.ContentInfo.load(token_of(answer))
        for choice in token["content"]["certificates"]:
            self._certs[choice.chosen.issuer_serial] = choice.chosen
            self.cert_registry.register(choice.chosen)
        return token


class _Writer(IncrementalPdfFileWriter):
    """Adds a revision and leaves the document's own metadata alone: a seal is no change of the document.

    pyHanko would write the machine's time and its own name there, and XMP in an order that differs by process.
    """

    def _update_meta(self) -> None:
        """Nothing."""


class _PdfSigner(PdfSigner):
    """pyHanko's signer with the time of the time-stamp authority instead of its own look at the machine's clock."""

    def __init__(self, metadata: PdfSignatureMetadata, signer: HankoSigner, stamper: _Stamper) -> None:
        super().__init__(metadata, signer=signer, timestamper=stamper)
        self._moment = stamper.moment

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        """The session, its time set."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._moment
        return session


class HousePdfSealer:
    """Seals generated PDFs 文件签章者 with the archive's signer and stamper."""

    def __init__(self, signer: Signer, stamper: TimeStamper) -> None:
        self._signer = signer
        self._stamper = stamper

    @property
    def trial(self) -> bool:
        """True when signer or stamper is a trial one."""
        return self._signer.trial or self._stamper.trial

    def seal(self, pdf: bytes, reason: str, facts: Mapping[str, str]) -> bytes:
        """The PDF sealed B-LTA: signature, token, chains and lists embedded, document time stamp over all of it.

        The signature field is invisible, so that no page of the PDF/A changes. Raises StampUnavailableError,
        SignerUnavailableError; ValueError for an unreadable PDF or unknown facts.
        """
        if unknown := set(facts) - _FACTS:
            raise ValueError(f"unknown facts of a seal: {sorted(unknown)}")
        if not pdf.startswith(b"%PDF-"):
            raise ValueError("not a readable PDF: no header")
        try:
            return run_apart(self._seal(pdf, reason, facts))
        except PdfError as error:
            raise ValueError(f"not a readable PDF: {error}") from error
        except (SigningError, PathError, ValidationError) as error:
            raise SignerUnavailableError(f"the seal cannot be made: {error}") from error

    async def _seal(self, pdf: bytes, reason: str, facts: Mapping[str, str]) -> bytes:
        """Signature with its token in one revision; evidence and the time stamp over everything in the next."""
        stamper = _Stamper(self._stamper)
        context = self._context(stamper.moment)
        field = facts.get("field", FIELD)
        metadata = PdfSignatureMetadata(
            field_name=field,
            reason=reason,
            location=facts.get("location"),
            contact_info=facts.get("contact"),
            md_algorithm=DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            validation_context=context,
            # the check accepts digitalSignature or nonRepudiation; pyHanko would insist on the latter
            signer_key_usage=set(),
        )
        chain = self._signer.certificate_chain()
        room = 2 * (_round_up(sum(len(der) for der in chain)) + stamper.room())
        sealer = _PdfSigner(metadata, _Signer(self._signer), stamper)
        signed = await sealer.async_sign_pdf(_Writer(io.BytesIO(pdf), strict=True), bytes_reserved=room)

        writer = _Writer(signed, strict=True)
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, certs=[load_certificate(der) for der in chain], crls=context.crls
        )
        stamped = await PdfTimeStamper(stamper, field_name=f"{field}-Time").async_timestamp_pdf(
            writer,
            DIGEST,
            validation_context=context,
            bytes_reserved=2 * stamper.room(),
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )
        return bytes(stamped.getvalue())

    def _context(self, moment: datetime) -> ValidationContext:
        parts: tuple[Certified, ...] = (self._signer, self._stamper)
        chains = [load_certificate(der) for part in parts for der in part.certificate_chain()]
        lists = {der for part in parts for der in part.revocation_lists()}
        return ValidationContext(
            trust_roots=[certificate for certificate in chains if certificate.self_signed != "no"],
            other_certs=chains,
            crls=[crl.CertificateList.load(der) for der in lists],
            moment=moment,
            allow_fetching=False,
            # where lists exist, each certificate must stand on none of them: a revoked seal seals nothing more
            revocation_mode="require" if lists else "soft-fail",
            retroactive_revinfo=True,
        )


def _round_up(size: int) -> int:
    return -(-(size + 1024) // 4096) * 4096
