"""Ports of sealing 签章接口: who signs, who stamps, who seals a PDF."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Certified(Protocol):
    """Something with a certificate 持证者: what a checker needs later is what it hands out now."""

    @property
    def trial(self) -> bool:
        """True for a trial authority 试用; pages and tokens then say so."""
        ...

    @property
    def name(self) -> str:
        """The common name of the certificate."""
        ...

    def certificate_chain(self) -> tuple[bytes, ...]:
        """The certificates, DER, own certificate first, root last where known."""
        ...

    def revocation_lists(self) -> tuple[bytes, ...]:
        """Revocation lists 吊销列表 (CRL, DER) that speak about that chain, newest known."""
        ...


class Signer(Certified, Protocol):
    """Who signs for the archive 签章者."""

    @property
    def mechanism(self) -> str:
        """Signature algorithm as asn1crypto names it: `sha512_ecdsa` or `sha512_rsa`."""
        ...

    def sign_raw(self, data: bytes) -> bytes:
        """Signature value over `data` (hashed inside). Raises SignerUnavailableError."""
        ...

    def sign_cms(self, data: bytes, signing_time: datetime | None = None) -> bytes:
        """Detached CMS SignedData (DER, RFC 5652) with CAdES baseline attributes (ETSI EN 319 122-1).

        `signing_time` is aware UTC; without it the attribute is left out.
        """
        ...


class TimeStamper(Certified, Protocol):
    """Who says when 时间戳服务 (RFC 3161)."""

    def stamp(self, data: bytes) -> bytes:
        """Whole TimeStampResp (DER) over SHA-512 of `data`; nonce and imprint already compared.

        Raises StampUnavailableError.
        """
        ...

    def stamp_digest(self, digest: bytes, algorithm: str) -> bytes:
        """The same for a digest already taken; `algorithm` is `sha256`, `sha384` or `sha512`."""
        ...


class PdfSealer(Protocol):
    """Who seals a generated PDF 文件签章: PAdES B-LTA (ETSI EN 319 142-1), still the PDF/A it was."""

    @property
    def trial(self) -> bool:
        """True when the signer or the time stamp is a trial one."""
        ...

    def seal(self, pdf: bytes, reason: str, facts: Mapping[str, str]) -> bytes:
        """The sealed PDF. `facts` may hold `location`, `contact` and `field`; other names are refused.

        Raises StampUnavailableError, SignerUnavailableError; ValueError when `pdf` is no readable PDF.
        """
        ...
