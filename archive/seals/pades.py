"""PAdES 文件签章 (ETSI EN 319 142-1): seals a generated PDF/A at level B-LTA with signer and stamper of the house."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Mapping
from datetime import datetime

from asn1crypto import cms, core, crl
from asn1crypto.algos import SignedDigestAlgorithm
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer as HankoSigner
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper as HankoStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from archive.seals.certificates import load_certificate
from archive.seals.protocols import Certified, Signer, TimeStamper
from archive.seals.stamps import token_of, token_time
from archive.seals.terms import SignerUnavailableError

# all revocation lists are given; that nothing is fetched is what we want, not a reason to warn at each seal
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)

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
        if digest_algorithm != "sha512":
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

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Something as long as a token will be, rounded up: tokens differ by some bytes, sealed PDFs shall not."""
        return cms.ContentInfo({"content_type": "data", "content": core.OctetString(bytes(self.room()))})

    def room(self) -> int:
        """Bytes to keep for one token, in steps of 4 KiB."""
        return _round_up(len(self._first.dump()))

    def _take(self, answer: bytes) -> cms.ContentInfo:
        token = cms.ContentInfo.load(token_of(answer))
        for choice in token["content"]["certificates"]:
            self._certs[choice.chosen.issuer_serial] = choice.chosen
            self.cert_registry.register(choice.chosen)
        return token


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
        stamper = _Stamper(self._stamper)
        metadata = PdfSignatureMetadata(
            field_name=facts.get("field", FIELD),
            timestamp_field_name=f"{facts.get('field', FIELD)}-Time",
            reason=reason,
            location=facts.get("location"),
            contact_info=facts.get("contact"),
            md_algorithm="sha512",
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            validation_context=self._context(stamper.moment),
            # all evidence comes before the document time stamp, so that this covers the entire file
            dss_settings=DSSContentSettings(
                include_vri=False,
                placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS,
                next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            ),
        )
        sealer = _PdfSigner(metadata, _Signer(self._signer), stamper)
        try:
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=True)
        except PdfError as error:
            raise ValueError(f"not a readable PDF: {error}") from error
        chains = sum(len(der) for der in self._signer.certificate_chain())
        room = 2 * (_round_up(chains) + stamper.room())
        try:
            sealed = asyncio.run(sealer.async_sign_pdf(writer, bytes_reserved=room))
        except SigningError as error:
            raise SignerUnavailableError(f"the seal cannot be made: {error}") from error
        return bytes(sealed.getvalue())

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
