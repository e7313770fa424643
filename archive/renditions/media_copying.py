"""Viewing copies 浏览版: one copy that browsers play, made in a limited child; the original is the record.

The copy comes in pieces while it is made, so memory stays flat. Its maker corrects a few bytes of the beginning at the
end (length, index): ``corrected`` puts them into the pieces when they are read a second time.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence

from archive.renditions.limits import MIB, Limits
from archive.renditions.media_outlet import Outlet
from archive.renditions.media_terms import ViewingCopy
from archive.renditions.reasons import reason_refusal
from archive.renditions.sandbox import ChildResult, run_child
from archive.renditions.sources import PlainSource
from archive.renditions.terms import MediaFacts

_MEMORY = 1_024 * MIB
_BYTES_A_SECOND = 250_000
_LEAST = 16 * MIB
_LONGEST_S = 12 * 3_600
_QUEUED = 16


class CopyAbandoned(Exception):
    """Nobody takes the copy any more 已放弃."""


def copy_limits(facts: MediaFacts) -> Limits:
    """What making a copy may use: eight times the recording's length, 2 Mbit for each of its seconds."""
    seconds = max(facts.declared_ms or 0, facts.decoded_ms or 0) // 1_000 + 60
    wall = min(_LONGEST_S, 120 + 8 * seconds)
    return Limits(wall_s=wall, cpu_s=3 * wall, memory=_MEMORY, output=_LEAST + _BYTES_A_SECOND * seconds)


class CopyMaking:
    """One making of a viewing copy 制作浏览版: take ``pieces()`` to the end, then ``made`` tells what it is."""

    def __init__(self, source: PlainSource, facts: MediaFacts, limits: Limits | None = None) -> None:
        self._source, self._limits = source, limits or copy_limits(facts)
        self._queue: queue.Queue[bytes | None] = queue.Queue(_QUEUED)
        self._given_up = threading.Event()
        self._fault: BaseException | None = None
        self._made: ViewingCopy | None = None

    @property
    def made(self) -> ViewingCopy:
        """What was made, once all pieces were taken."""
        if self._made is None:
            raise ValueError("the copy is not made yet")
        return self._made

    def pieces(self) -> Generator[bytes]:
        """The copy as it is made, uncorrected. Refuses what cannot be decoded; to close the iterator ends the child."""
        maker = threading.Thread(target=self._make, name="viewing-copy", daemon=True)
        maker.start()
        try:
            while (piece := self._queue.get()) is not None:
                yield piece
        finally:
            self._given_up.set()
            maker.join()
        if self._fault is not None:
            raise self._fault

    def _make(self) -> None:
        try:
            with Outlet(self._put, self._limits.output) as outlet:
                result = run_child("media_copy.make", self._source, self._limits, served=True, outlet=outlet).require()
                self._made = _viewing_copy(result, outlet.passed)
        except BaseException as fault:  # noqa: BLE001  it is raised again where the pieces are taken
            self._fault = fault
        finally:
            self._tell_end()

    def _put(self, piece: bytes) -> None:
        while not self._given_up.is_set():
            try:
                return self._queue.put(piece, timeout=0.5)
            except queue.Full:
                continue
        raise CopyAbandoned

    def _tell_end(self) -> None:
        while not self._given_up.is_set():
            try:
                return self._queue.put(None, timeout=0.5)
            except queue.Full:
                continue


def corrected(pieces: Iterable[bytes], corrections: Sequence[tuple[int, bytes]]) -> Iterator[bytes]:
    """The same bytes with every correction in its place; later ones win."""
    at = 0
    for piece in pieces:
        end, mended = at + len(piece), None
        for offset, right in corrections:
            start, stop = max(at, offset), min(end, offset + len(right))
            if start < stop:
                mended = bytearray(piece) if mended is None else mended
                mended[start - at : stop - at] = right[start - offset : stop - offset]
        yield piece if mended is None else bytes(mended)
        at = end


def _viewing_copy(result: ChildResult, passed: int) -> ViewingCopy:
    try:
        said = result.value
        codecs = tuple(str(name) for name in said["codecs"])
        places = [int(at) for at in said["at"]]
        made = ViewingCopy(
            "video/webm" if said["video"] else "audio/webm",
            codecs,
            int(said["size"]),
            int(said["duration_ms"]),
            tuple(zip(places, result.blobs, strict=True)),
        )
    except (ValueError, KeyError, TypeError):
        raise reason_refusal("protocol") from None
    if made.size != passed or any(at < 0 or at + len(piece) > made.size for at, piece in made.corrections):
        raise reason_refusal("protocol")
    return made
