"""Trial time-stamp service 试用时间戳服务 (RFC 3161), in this process; also answers HTTP when wrapped by a server."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.asymmetric import ec

from archive.kernel.clock import Clock
from archive.seals.certificates import is_valid_at, load_certificate
from archive.seals.cms import build_signed_data, mechanism_of, sign_with_key
from archive.seals.stamps import DIGEST_SIZES, Answer

TRIAL_POLICY = "2.25.96183446533605627865960398445938622188"
"""Policy of every trial token 试用策略: "no independence, no audit, clock of the archive's own machine"."""


class TrialStampService:
    """Answers time-stamp requests with the machine's own clock; each token names the trial policy."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, chain: Sequence[bytes], clock: Clock) -> None:
        self._key = key
        self._chain = tuple(chain)
        self._clock = clock

    def answer(self, request: bytes) -> bytes:
        """A TimeStampResp (DER) to a TimeStampReq (DER); what it cannot stamp is rejected with a reason."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            size = len(imprint["hashed_message"].native)
            policy = asked["req_policy"].native
            extended = asked["extensions"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format")
        if algorithm not in DIGEST_SIZES:
            return _rejection("bad_alg")
        if size != DIGEST_SIZES[algorithm]:
            return _rejection("bad_data_format")
        if policy not in (None, TRIAL_POLICY):
            return _rejection("unaccepted_policy")
        if extended:
            return _rejection("unaccepted_extensions")
        now = self._clock.now().replace(microsecond=0)
        if not is_valid_at(load_certificate(self._chain[0]), now):
            return _rejection("time_not_available")
        return self._granted(asked, now)

    def _granted(self, asked: tsp.TimeStampReq, now: datetime) -> bytes:
        fields: dict[str, object] = {
            "version": "v1",
            "policy": TRIAL_POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": secrets.randbits(152) + 1,
            "gen_time": now,
            "accuracy": {"seconds": 1},
        }
        if asked["nonce"].native is not None:
            fields["nonce"] = asked["nonce"].native
        # The set of certificates holds the own one alone: every verifier reads a set of one in the same order.
        token = build_signed_data(
            chain=self._chain[:1],
            mechanism=mechanism_of(load_certificate(self._chain[0])),
            sign_raw=lambda data: sign_with_key(self._key, data),
            content_type="tst_info",
            content=tsp.TSTInfo(fields).dump(),
            detached=False,
        )
        return bytes(Answer({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}).dump())


def _rejection(reason: str) -> bytes:
    status = {"status": "rejection", "fail_info": {reason}}
    return bytes(Answer({"status": status}).dump())
