"""Outlet of a child 子程序输出口: what is too large for an answer leaves piece by piece, counted, never kept whole."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass

_PIECE = 256 * 1024


@dataclass
class Outlet:
    """A pipe from a child to ``sink``; use it as a context. ``passed`` counts the bytes, at most ``cap``.

    The child writes into ``writing``, which the parent lets go as soon as the child has started.
    """

    sink: Callable[[bytes], None]
    cap: int
    passed: int = 0
    reading: int = -1
    writing: int = -1

    def __enter__(self) -> Outlet:
        self.reading, self.writing = os.pipe()
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self.reading, self.writing):
            with contextlib.suppress(OSError):
                os.close(end)

    def hand_over(self) -> None:
        """The child has the writing end now; without this its end would never be seen."""
        os.close(self.writing)
        os.set_blocking(self.reading, False)
        self.writing = -1

    def take(self) -> bool:
        """Passes on what lies in the pipe; False at its end. Raises OverflowError above the cap."""
        try:
            piece = os.read(self.reading, _PIECE)
        except BlockingIOError:
            return True
        self.passed += len(piece)
        if self.passed > self.cap:
            raise OverflowError
        if piece:
            self.sink(piece)
        return bool(piece)
