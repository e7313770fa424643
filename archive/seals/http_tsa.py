"""Time stamps over HTTP 远程时间戳 (RFC 3161, 3.4): one POST, bounded in time and size."""

import base64
import http.client
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from archive.kernel.settings import Home
from archive.seals.certificates import read_all
from archive.seals.chain_files import arrange, lists_reader
from archive.seals.stamps import MAX_ANSWER, Stamper
from archive.seals.terms import StampUnavailableError


class HttpExchange:
    """Carries one request to an authority 时间戳请求传送; every failure is StampUnavailableError.

    `timeout` in seconds holds for connecting and for each read. `credentials` is `user:password` for basic
    authentication. `trust` names the file of TLS roots; the system's when empty.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, credentials: str = "", trust: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an address of a time-stamp authority: {url!r}")
        self._parts = parts
        self._timeout = timeout
        self._credentials = credentials
        self._tls = ssl.create_default_context(cafile=trust or None) if parts.scheme == "https" else None

    def __call__(self, request: bytes) -> bytes:
        """The answer's bytes."""
        connection = self._connect()
        try:
            connection.request("POST", self._target(), body=request, headers=self._headers())
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise StampUnavailableError(f"the authority answers {response.status} {response.reason}")
            if response.headers.get_content_type() != "application/timestamp-reply":
                raise StampUnavailableError(f"the authority answers {response.headers.get_content_type()}")
            answer = response.read(MAX_ANSWER + 1)
        except TimeoutError as error:
            raise StampUnavailableError(f"the authority did not answer within {self._timeout:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise StampUnavailableError(f"the authority is away: {error}") from error
        finally:
            connection.close()
        if len(answer) > MAX_ANSWER:
            raise StampUnavailableError("the authority's answer does not end")
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _target(self) -> str:
        query = f"?{self._parts.query}" if self._parts.query else ""
        return (self._parts.path or "/") + query

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        if self._credentials:
            headers["Authorization"] = "Basic " + base64.b64encode(self._credentials.encode()).decode()
        return headers


def open_stamper(home: Home) -> Stamper:
    """The authority that settings name (`seal.tsa_url`, `seal.tsa_ca_file`); OSError or ValueError for a bad file.

    The file holds the authority's chain in any order, PEM; its own certificate may be missing, the token brings it.
    """
    part = home.settings.seal
    chain = arrange(read_all([Path(part.tsa_ca_file)]))
    return Stamper(HttpExchange(part.tsa_url, timeout=part.tsa_timeout_seconds), chain, lists_reader(home, chain))


def open_http_stamper(
    url: str,
    chain: Sequence[bytes],
    revocation_lists: Callable[[], tuple[bytes, ...]] = tuple,
    *,
    timeout: float = 10.0,
    credentials: str = "",
    trust: str = "",
) -> Stamper:
    """A time stamper behind an address; `chain` is what the authority gave the bureau (DER, own certificate first)."""
    exchange = HttpExchange(url, timeout=timeout, credentials=credentials, trust=trust)
    return Stamper(exchange, chain, revocation_lists)
