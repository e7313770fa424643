"""Ranges 分段读取: which bytes a player asked for, and the running answer that asks the guard again on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from werkzeug.datastructures import Headers

from archive.service.reading import ASK_BYTES, ASK_SECONDS

PIECE = 256 * 1024


class Readable(Protocol):
    """Plaintext that can be read at any place and let go of 可读来源."""

    def read_at(self, offset: int, length: int) -> bytes:
        """``length`` bytes from ``offset``; fewer at the end."""
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...


class ReadingEnded(Exception):
    """The right to read ended while the answer was running; the connection is cut, the answer stays incomplete."""


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a file that is answered 应答区间; ``status`` is 200, 206 or 416."""

    status: int
    start: int
    length: int


def choose_span(size: int, range_header: str, if_range: str, etag: str) -> Span:
    """RFC 9110, section 14: one range of bytes, also a suffix; several ranges or an unknown unit are answered whole.

    A range is honoured under If-Range only for exactly this file.
    """
    whole = Span(200, 0, size)
    if not range_header or (if_range and if_range != etag):
        return whole
    unit, _, wanted = range_header.strip().partition("=")
    if unit.strip().lower() != "bytes" or "," in wanted:
        return whole
    first, dash, last = (part.strip() for part in wanted.partition("-"))
    if not dash or (first and not first.isdigit()) or (last and not last.isdigit()) or not (first or last):
        return whole
    if any(len(part) > 18 or not part.isascii() for part in (first, last)):
        return Span(416, 0, 0)
    if not first:
        length = min(int(last), size)
        return Span(206, size - length, length) if length else Span(416, 0, 0)
    start = int(first)
    if last and int(last) < start:
        return whole
    if start >= size:
        return Span(416, 0, 0)
    end = min(int(last) + 1, size) if last else size
    return Span(206, start, end - start)


def span_headers(span: Span, size: int, etag: str) -> Headers:
    """The headers that belong to a span."""
    headers = Headers({"Accept-Ranges": "bytes", "ETag": etag, "Content-Length": str(span.length)})
    if span.status == 206:
        headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    if span.status == 416:
        headers["Content-Range"] = f"bytes */{size}"
    return headers


def running_answer(
    source: Readable, span: Span, may_go_on: Callable[[], bool], clock: Callable[[], float] = time.monotonic
) -> Iterator[bytes]:
    """The bytes of ``span`` in pieces; asks ``may_go_on`` after every 8 MiB or 5 s and ends with ReadingEnded on no."""
    with closing(source):
        at, end = span.start, span.start + span.length
        asked_at, asked_time = at, clock()
        while at < end:
            if at - asked_at >= ASK_BYTES or clock() - asked_time >= ASK_SECONDS:
                if not may_go_on():
                    raise ReadingEnded
                asked_at, asked_time = at, clock()
            piece = source.read_at(at, min(PIECE, end - at))
            if not piece:
                raise ReadingEnded
            at += len(piece)
            yield piece
