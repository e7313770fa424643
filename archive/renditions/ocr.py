"""Machine reading 机器识读 (OCR): one limited child that reads page after page; what it says is a search aid.

The child sees only pictures that our own rendering child has drawn, never a foreign byte. It may use 1.5 GiB: the
engine takes 0.9. A page that breaks it, or takes too long, costs that page; the next one meets a new child.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import selectors
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from archive.renditions.limits import MIB, Limits
from archive.renditions.reasons import REASONS, reason_refusal
from archive.renditions.sandbox import SandboxFault, capability
from archive.renditions.walls import ENVIRONMENT, child_command

OCR_LIMITS = Limits(wall_s=30.0, cpu_s=3_600, memory=1_536 * MIB, output=4 * MIB, open_files=128, processes=64)
"""A page has 30 seconds, twice that on a machine that is busy; the engine takes 0.9 GiB of the address space of 1.5."""
START_S = 90.0
PAGES_A_CHILD = 200
DPI = 200.0


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line that was read 识读行: box as shares of the page's width and height, ``confidence`` 0 to 1."""

    text: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float


def missing_engine() -> str:
    """Why pages cannot be read on this machine, or an empty text 识读引擎是否可用."""
    lacking = [name for name in ("rapidocr", "onnxruntime") if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


@contextmanager
def alone_on_machine() -> Iterator[bool]:
    """Holds the one place of a reader on this machine; yields whether it was free. Two at once take longer than one."""
    path = os.path.join(tempfile.gettempdir(), f"anjuan-reader-{os.getuid()}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


class PageReader:
    """A reader of pages 页面识读器: use it as a context; ``read`` one page after another, from one thread.

    ``engine`` names what read, once the first page was read.
    """

    def __init__(self, threads: int = 1, limits: Limits = OCR_LIMITS) -> None:
        if threads < 1:
            raise ValueError("a reader has at least one thread")
        self.engine = ""
        self._threads, self._limits = threads, limits
        self._process: subprocess.Popen[bytes] | None = None
        self._pages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child, with every process it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        process.wait()

    def read(self, png: bytes) -> tuple[ReadLine, ...]:
        """The lines of one page picture. Refuses a page that cannot be read or takes longer than it may."""
        if self._process is None or self._pages >= PAGES_A_CHILD:
            self.close()
            self._start()
        self._pages += 1
        try:
            answer = self._ask(png)
        except BaseException:
            self.close()
            raise
        if "reason" in answer:
            raise reason_refusal(answer["reason"] if answer["reason"] in REASONS else "protocol")
        try:
            return tuple(_line(line) for line in answer["lines"])
        except (KeyError, TypeError, ValueError):
            raise reason_refusal("protocol") from None

    def _start(self) -> None:
        limits = self._limits
        inside = capability().sandbox == "bubblewrap"
        bounds = {
            "file_size": limits.scratch,
            "open_files": limits.open_files,
            "cpu_s": limits.cpu_s,
            "memory": limits.memory,
            "processes": limits.processes if inside else 0,
        }
        self._pages = 0
        self._process = subprocess.Popen(
            child_command("ocr", limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**ENVIRONMENT, "OMP_NUM_THREADS": str(self._threads)},
            start_new_session=True,
            cwd="/",
        )
        request = json.dumps({"limits": bounds, "threads": self._threads}).encode() + b"\n"
        try:
            self._send(request)
            self.engine = str(self._hear(START_S)["engine"])[:120]
        except (KeyError, BrokenPipeError) as fault:
            self.close()
            raise SandboxFault("the page reader does not start") from fault
        except BaseException:
            self.close()
            raise

    def _ask(self, png: bytes) -> dict[str, Any]:
        try:
            self._send(struct.pack(">I", len(png)) + png)
        except BrokenPipeError:
            raise reason_refusal("crashed") from None
        return self._hear(self._limits.wall_s)

    def _send(self, data: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def _hear(self, seconds: float) -> dict[str, Any]:
        (length,) = struct.unpack(">I", self._take(4, deadline := time.monotonic() + seconds))
        if length > self._limits.output:
            raise reason_refusal("output")
        try:
            value = json.loads(self._take(length, deadline))
        except ValueError:
            raise reason_refusal("protocol") from None
        if not isinstance(value, dict):
            raise reason_refusal("protocol")
        return value

    def _take(self, count: int, deadline: float) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        pipe, said = self._process.stdout.fileno(), bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while len(said) < count:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise reason_refusal("time")
                piece = os.read(pipe, count - len(said))
                if not piece:
                    raise reason_refusal("crashed")
                said += piece
        return bytes(said)


def _line(said: Any) -> ReadLine:
    text, confidence, *box = said
    x0, y0, x1, y1 = (float(value) for value in box)
    if not isinstance(text, str) or not 0 <= x0 <= x1 <= 1 or not 0 <= y0 <= y1 <= 1:
        raise ValueError("not a line")
    return ReadLine(text, float(confidence), x0, y0, x1, y1)
