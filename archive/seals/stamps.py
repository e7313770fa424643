"""Time stamps 时间戳 (RFC 3161): asking, checking the answer, reading its time."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from asn1crypto import cms, core, tsp

from archive.seals.certificates import common_name, is_trial, load_certificate
from archive.seals.terms import StampUnavailableError

MAX_ANSWER = 256 * 1024
"""Bytes of an answer we are willing to parse; real ones are 2 to 8 KiB."""

DIGEST_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}


class Answer(core.Sequence):  # type: ignore[misc]
    """TimeStampResp 时间戳应答 of RFC 3161, 2.4.2: a refusal carries no token, which asn1crypto's own class forgets."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Stamper:
    """A time stamper over any exchange 时间戳客户端: in this process or by HTTP.

    `exchange` takes the DER request and gives the DER answer; `chain` is the authority's certificates as the
    administrator knows them (own first), `revocation_lists` gives their CRLs.
    """

    def __init__(
        self,
        exchange: Callable[[bytes], bytes],
        chain: Sequence[bytes],
        revocation_lists: Callable[[], tuple[bytes, ...]] = tuple,
    ) -> None:
        self._exchange = exchange
        self._chain = tuple(chain)
        self._revocation_lists = revocation_lists
        own = load_certificate(self._chain[0])
        self.name = common_name(own)
        self.trial = is_trial(own)

    def certificate_chain(self) -> tuple[bytes, ...]:
        """The authority's certificates, DER, own first."""
        return self._chain

    def revocation_lists(self) -> tuple[bytes, ...]:
        """Revocation lists for them, DER."""
        return self._revocation_lists()

    def stamp(self, data: bytes) -> bytes:
        """TimeStampResp over SHA-512 of `data`."""
        return self.stamp_digest(hashlib.sha512(data).digest(), "sha512")

    def stamp_digest(self, digest: bytes, algorithm: str) -> bytes:
        """TimeStampResp over a digest; StampUnavailableError when the answer is not one to this question."""
        if DIGEST_SIZES.get(algorithm) != len(digest):
            raise ValueError(f"a {algorithm} imprint of {len(digest)} bytes")
        nonce = secrets.randbits(64) | 1 << 63
        answer = self._exchange(build_request(digest, algorithm, nonce))
        check_answer(answer, digest, algorithm, nonce)
        return answer


def build_request(digest: bytes, algorithm: str, nonce: int) -> bytes:
    """A TimeStampReq (DER) that asks for the certificate too."""
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    request = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    return bytes(tsp.TimeStampReq(request).dump())


def check_answer(answer: bytes, digest: bytes, algorithm: str, nonce: int) -> None:
    """Refuse an answer to another question: status, imprint, nonce, certificate. The signature is `verify`'s work."""
    info = parse_answer(answer)
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != algorithm or imprint["hashed_message"].native != digest:
        raise StampUnavailableError("the token is about other data")
    if info["nonce"].native != nonce:
        raise StampUnavailableError("the token answers another request (nonce)")
    if not signed_data_of(answer)["certificates"]:
        raise StampUnavailableError("the token carries no certificate although it was asked for")


def signed_data_of(answer: bytes) -> cms.SignedData:
    """SignedData of a TimeStampResp; StampUnavailableError when it is malformed or not granted."""
    if len(answer) > MAX_ANSWER:
        raise StampUnavailableError(f"an answer of {len(answer)} bytes")
    try:
        response = Answer.load(answer, strict=True)
        status = response["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise StampUnavailableError(f"not granted: {status} {response['status']['fail_info'].native or ''}".strip())
        token = response["time_stamp_token"]
        if token["content_type"].native != "signed_data":
            raise StampUnavailableError("the token is not signed data")
        signed_data = token["content"]
        if signed_data["encap_content_info"]["content_type"].native != "tst_info":
            raise StampUnavailableError("the signed data are no time stamp")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StampUnavailableError(f"unreadable answer: {error}") from error
    return signed_data


def parse_answer(answer: bytes) -> tsp.TSTInfo:
    """TSTInfo of a TimeStampResp, fully parsed; StampUnavailableError when it cannot be read."""
    signed_data = signed_data_of(answer)
    try:
        info = signed_data["encap_content_info"]["content"].parsed
        info.native  # noqa: B018  asn1crypto parses lazily: force the error here
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StampUnavailableError(f"unreadable token: {error}") from error
    if not isinstance(info, tsp.TSTInfo):
        raise StampUnavailableError("the token holds no TSTInfo")
    return info


def token_time(answer: bytes) -> datetime:
    """genTime 时间戳时刻 of a TimeStampResp, aware UTC: the caller refuses one older than its predecessor."""
    moment: datetime = parse_answer(answer)["gen_time"].native
    return moment.astimezone(UTC)


def token_of(answer: bytes) -> bytes:
    """The bare TimeStampToken (ContentInfo, DER) inside a TimeStampResp, as evidence records and PDFs want it."""
    signed_data_of(answer)
    return bytes(Answer.load(answer)["time_stamp_token"].dump())
