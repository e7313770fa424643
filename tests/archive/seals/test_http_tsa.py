"""The HTTP time-stamp client against a server on loopback that wraps the trial authority."""

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import tsp

from archive.seals.checks import verify_timestamp
from archive.seals.http_tsa import HttpExchange, open_http_stamper
from archive.seals.stamps import MAX_ANSWER, Stamper, build_request
from archive.seals.terms import StampUnavailableError
from tests.archive.seals.builders import STAMPED, authority

REPLY = "application/timestamp-reply"


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[bytes], bytes]
    content_type = REPLY
    status = 200
    seen: list[tuple[str, dict[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, dict(self.headers)))
        answer = type(self).answer(body)
        self.send_response(self.status)
        self.send_header("Content-Type", self.content_type)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def serving(
    answer: Callable[[bytes], bytes], *, content_type: str = REPLY, status: int = 200
) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    seen: list[tuple[str, dict[str, str]]] = []
    settings = {"answer": staticmethod(answer), "content_type": content_type, "status": status, "seen": seen}
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), settings))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa?policy=1", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stamper(url: str, timeout: float = 5.0) -> Stamper:
    return open_http_stamper(url, authority().stamper.certificate_chain(), timeout=timeout, credentials="bureau:密")


def test_a_stamp_comes_over_http_and_verifies() -> None:
    made = authority()
    with serving(made.service.answer) as (url, seen):
        client = stamper(url)
        answer = client.stamp(b"seal")
    verdict = verify_timestamp(answer, b"seal", [made.anchor])
    assert (verdict.ok, verdict.time) == (True, STAMPED)
    path, headers = seen[0]
    assert path == "/tsa?policy=1"
    assert headers["Content-Type"] == "application/timestamp-query"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == "bureau:密"
    assert (client.trial, client.name) == (True, made.stamper.name)


def _other_nonce(request: bytes) -> bytes:
    asked = tsp.TimeStampReq.load(request)
    digest = asked["message_imprint"]["hashed_message"].native
    return authority().service.answer(build_request(digest, "sha512", asked["nonce"].native ^ 1))


def _other_data(request: bytes) -> bytes:
    nonce = tsp.TimeStampReq.load(request)["nonce"].native
    return authority().service.answer(build_request(hashlib.sha512(b"other").digest(), "sha512", nonce))


def _no_certificate(request: bytes) -> bytes:
    answer = tsp.TimeStampResp.load(authority().service.answer(request))
    answer["time_stamp_token"]["content"]["certificates"] = None
    return bytes(answer.dump(force=True))


WRONG = {
    "nonce": _other_nonce,
    "other data": _other_data,
    "no certificate": _no_certificate,
    "not granted": lambda _: authority().service.answer(b"junk"),
    "unreadable": lambda _: b"<html>",
    "does not end": lambda _: b"\0" * (MAX_ANSWER + 1),
}


@pytest.mark.parametrize("reason", WRONG)
def test_an_answer_to_another_question_is_a_fault(reason: str) -> None:
    with serving(WRONG[reason]) as (url, _), pytest.raises(StampUnavailableError, match=reason):
        stamper(url).stamp(b"seal")


@pytest.mark.parametrize(("content_type", "status"), [("text/html", 200), (REPLY, 503)])
def test_a_wrong_status_or_type_is_a_fault(content_type: str, status: int) -> None:
    made = authority()
    with (
        serving(made.service.answer, content_type=content_type, status=status) as (url, _),
        pytest.raises(StampUnavailableError, match="answers"),
    ):
        stamper(url).stamp(b"seal")


def test_a_silent_authority_is_given_up_in_time() -> None:
    released = threading.Event()

    def silent(_: bytes) -> bytes:
        released.wait(5)
        return b""

    with serving(silent) as (url, _):
        started = time.monotonic()
        with pytest.raises(StampUnavailableError, match=r"within 0\.2 s"):
            stamper(url, timeout=0.2).stamp(b"seal")
        assert time.monotonic() - started < 2
        released.set()


def test_a_missing_authority_is_a_fault_and_a_wrong_address_a_mistake() -> None:
    with serving(lambda _: b"") as (url, _):
        pass
    with pytest.raises(StampUnavailableError, match="away"):
        stamper(url).stamp(b"seal")
    with pytest.raises(ValueError, match="not an address"):
        HttpExchange("ftp://127.0.0.1/")
