"""CMS signatures 数字签名 (RFC 5652) with CAdES baseline attributes (ETSI EN 319 122-1), written with asn1crypto."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from archive.seals.certificates import common_name, is_trial, load_certificate

DIGEST = "sha512"
"""One digest for everything we sign: the manifest, the signed attributes and the imprint."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def mechanism_of(certificate: x509.Certificate) -> str:
    """Signature algorithm for the certificate's key; ValueError for a kind that old verifiers cannot read."""
    kind = certificate.public_key.algorithm
    if kind == "ec":
        return f"{DIGEST}_ecdsa"
    if kind == "rsa":
        return f"{DIGEST}_rsa"
    raise ValueError(f"key kind {kind} is not supported for seals, use EC P-256/P-384 or RSA")


def sign_with_key(key: PrivateKey, data: bytes) -> bytes:
    """Signature value of a key held in memory: ECDSA (DER) or RSA PKCS#1 v1.5, SHA-512."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA512()))
    return key.sign(data, padding.PKCS1v15(), hashes.SHA512())


def build_signed_data(
    *,
    chain: Sequence[bytes],
    mechanism: str,
    sign_raw: Callable[[bytes], bytes],
    content_type: str,
    content: bytes,
    detached: bool,
    signing_time: datetime | None = None,
) -> bytes:
    """A ContentInfo with SignedData (DER) over `content`; certificates and attributes in DER order.

    ESS signing-certificate-v2 (RFC 5816) binds the certificate, so that another one with the same key cannot
    be put in its place.
    """
    certificate = load_certificate(chain[0])
    attributes = _signed_attributes(certificate, content_type, content, signing_time)
    signer_info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": _digest_algorithm(),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": mechanism}),
            "signature": sign_raw(attributes.dump()),
        }
    )
    encapsulated: dict[str, object] = {"content_type": content_type}
    if not detached:
        encapsulated["content"] = core.ParsableOctetString(content)
    signed_data = cms.SignedData(
        {
            "version": "v1" if content_type == "data" else "v3",
            "digest_algorithms": cms.DigestAlgorithms([_digest_algorithm()]),
            "encap_content_info": encapsulated,
            "certificates": cms.CertificateSet(
                [cms.CertificateChoices("certificate", load_certificate(c)) for c in chain]
            ),
            "signer_infos": cms.SignerInfos([signer_info]),
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed_data}).dump())


def _digest_algorithm() -> algos.DigestAlgorithm:
    return algos.DigestAlgorithm({"algorithm": DIGEST})


def _signed_attributes(
    certificate: x509.Certificate, content_type: str, content: bytes, signing_time: datetime | None
) -> cms.CMSAttributes:
    general_names = x509.GeneralNames([x509.GeneralName("directory_name", certificate.issuer)])
    identifier = tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(certificate.dump()).digest(),
            "issuer_serial": {"issuer": general_names, "serial_number": certificate.serial_number},
        }
    )
    values: list[tuple[str, object]] = [
        ("content_type", content_type),
        ("message_digest", hashlib.sha512(content).digest()),
        ("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [identifier]})),
    ]
    if signing_time is not None:
        values.append(("signing_time", cms.Time({_time_choice(signing_time): signing_time.replace(microsecond=0)})))
    return cms.CMSAttributes([cms.CMSAttribute({"type": name, "values": (value,)}) for name, value in values])


def _time_choice(moment: datetime) -> str:
    """RFC 5652 clause 11.3: UTCTime through 2049, GeneralizedTime from 2050."""
    return "utc_time" if moment.year < 2050 else "general_time"


class ChainSigner:
    """What every signer shares 签章者基类: a chain, its lists, and a CMS built around `sign_raw`."""

    def __init__(self, chain: Sequence[bytes], revocation_lists: Callable[[], tuple[bytes, ...]]) -> None:
        self._chain = tuple(chain)
        self._revocation_lists = revocation_lists
        own = load_certificate(self._chain[0])
        self.name = common_name(own)
        self.trial = is_trial(own)
        self.mechanism = mechanism_of(own)

    def certificate_chain(self) -> tuple[bytes, ...]:
        """The certificates, DER, own first."""
        return self._chain

    def revocation_lists(self) -> tuple[bytes, ...]:
        """Revocation lists for the chain, DER."""
        return self._revocation_lists()

    def use_lists(self, revocation_lists: Callable[[], tuple[bytes, ...]]) -> None:
        """Take the lists from elsewhere from now on: a token tells its chain only after it is open."""
        self._revocation_lists = revocation_lists

    def sign_raw(self, data: bytes) -> bytes:
        """The signature value; every kind of key says how."""
        raise NotImplementedError

    def sign_cms(self, data: bytes, signing_time: datetime | None = None) -> bytes:
        """Detached CMS over `data` 封签: see `Signer.sign_cms`."""
        return build_signed_data(
            chain=self._chain,
            mechanism=self.mechanism,
            sign_raw=self.sign_raw,
            content_type="data",
            content=data,
            detached=True,
            signing_time=signing_time,
        )


class KeySigner(ChainSigner):
    """Signs with a key held in memory 内存密钥签章."""

    def __init__(
        self, key: PrivateKey, chain: Sequence[bytes], revocation_lists: Callable[[], tuple[bytes, ...]] = tuple
    ) -> None:
        super().__init__(chain, revocation_lists)
        self._key = key

    def sign_raw(self, data: bytes) -> bytes:
        """Signature value, SHA-512."""
        return sign_with_key(self._key, data)
