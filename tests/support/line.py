"""A line between two programs that can be cut, held and mended: what a network does, for real connections."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PIECE = 65_536


class Line:
    """Forwards a port of this machine to another one."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._whole, self._flows = threading.Event(), threading.Event()
        self._whole.set()
        self._flows.set()
        self.carried = 0
        """Bytes that went towards the server."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """Every connection ends now, and new ones get no answer."""
        self._whole.clear()
        self._flows.set()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._whole.set()

    def hold(self) -> None:
        """Nothing moves towards the server until it is released or cut."""
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if not self._whole.is_set():
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            for one, other, counts in ((near, far, True), (far, near, False)):
                self._open.add(one)
                threading.Thread(target=self._carry, args=(one, other), kwargs={"counts": counts}, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, *, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(PIECE):
                if counts:
                    self._flows.wait()
                    self.carried += len(piece)
                other.sendall(piece)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.discard(one)
        one.close()


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """A line to ``port`` while the block runs."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
