"""Sandbox 沙箱: runs one foreign file through one child program under limits and judges how that ended.

The parent never parses foreign content: it moves bytes in, counts bytes out, and reads one JSON header strictly.
Whatever happens to the child, it is gone when ``run_child`` returns, with every process it started.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from archive.renditions import forkserver
from archive.renditions.limits import DOCUMENT_CAP, Limits
from archive.renditions.media_outlet import Outlet
from archive.renditions.reasons import REASONS, reason_refusal
from archive.renditions.scratch import scratch_folder
from archive.renditions.sources import PlainSource, sealed_memfd
from archive.renditions.walls import ENVIRONMENT, ROOM, capability, child_command

__all__ = ["ChildResult", "Outcome", "SandboxFault", "capability", "run_child"]

_MAGIC = b"AJ1"
_NEARLY_ALL = b"AJ0"
_READ = 256 * 1024
_SERVED_CAP = 1024 * 1024
_HEADER_CAP = 16 * 1024 * 1024
_OUT_OF_MEMORY = frozenset({signal.SIGABRT, signal.SIGTRAP, signal.SIGILL})
"""How a library ends its process when it is refused memory; a bad access (SIGSEGV) is never put down to that."""


class Outcome(StrEnum):
    """How a child ended 子程序结局."""

    OK = "ok"
    UNFIT = "unfit"
    FAULT = "fault"
    CRASHED = "crashed"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    PROTOCOL = "protocol"


class SandboxFault(Exception):
    """The child program itself could not run 沙箱故障: an installation that is broken, not a bad file."""


@dataclass(frozen=True, slots=True)
class ChildResult:
    """What a child gave 子程序结果: outcome, value and blobs when OK, else reason code, page, detail; its seconds."""

    outcome: Outcome
    value: Any = None
    blobs: tuple[bytes, ...] = ()
    reason: str = ""
    page: int = 0
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)

    def require(self) -> ChildResult:
        """This result when it is OK; else the Refusal that its reason leads to, with the page."""
        if self.outcome is Outcome.OK:
            return self
        raise reason_refusal(self.reason, self.page, self.detail)


class _Worker(Protocol):
    """What answers: a child of its own, or a fork of a server that waited."""

    @property
    def is_gone(self) -> bool:
        """A server that went before it could say how its fork ended."""

    def code(self, seconds: float) -> int | None:
        """Its exit code, below zero or above 128 for a signal; None where it has not ended after ``seconds``."""

    def give_back(self) -> None:
        """Nothing that has seen the file is left when this returns."""


class _Child:
    """A program that was started for one file."""

    is_gone = False

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def code(self, seconds: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def give_back(self) -> None:
        """Kill the whole process group and reap: nothing of a child outlives its run."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@dataclass
class _Run:
    """One file at work: what was said of it so far, why it had to be stopped, or how it ended."""

    limits: Limits
    deadline: float
    outlet: Outlet | None = None
    said: bytearray = field(default_factory=bytearray)
    stopped: Outcome | None = None
    code: int = 0
    lost: bool = False

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def seconds(self) -> float:
        return self.limits.wall_s - self.left()


def run_child(
    task: str,
    source: PlainSource,
    limits: Limits | None = None,
    *,
    served: bool = False,
    alone: bool = False,
    room: str = ROOM,
    outlet: Outlet | None = None,
    **parameters: object,
) -> ChildResult:
    """Run ``task`` (``"pdf.convert"``: program, then task) on ``source`` and wait for its end.

    A document is copied into a sealed memfd (at most 512 MiB, else refused); with ``served`` a recording of any size
    is read by the child piece by piece. ``room`` is the package of the child program. Raises Refusal for a file that
    is too large, SandboxFault when the child program itself cannot run. What is too large for an answer leaves the
    child through ``outlet``. The child is a fork of a server that waits for such files where there is one
    (``forkserver``), unless it shall have its walls ``alone``.
    """
    given, limits = limits, limits or Limits()
    server = None if alone or outlet is not None else forkserver.program_for(task, limits, room)
    with scratch_folder(limits, inside=capability().sandbox == "bubblewrap") as scratch:
        request = {**parameters, "task": task, "size": source.size, "scratch": scratch, "limits": _bounds(limits)}
        if not served:
            with sealed_memfd(source, DOCUMENT_CAP) as memfd:
                run = _work_and_talk(_Work(request, memfd, limits, room, server, outlet), None, None)
        else:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                work = _Work(request, theirs.fileno(), limits, room, server, outlet, theirs)
                run = _work_and_talk(work, ours, source)
    if run.lost:  # by this file, or by something that has nothing to do with it: alone it will show
        return run_child(task, source, given, served=served, alone=True, room=room, outlet=None, **parameters)
    return _judged(run)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker is to do: request, descriptor of the file, limits, room of its program, server if any, outlet."""

    request: dict[str, object]
    source_fd: int
    limits: Limits
    room: str
    server: str | None
    outlet: Outlet | None
    theirs: socket.socket | None = None

    @property
    def words(self) -> bytes:
        sink = {} if self.outlet is None else {"sink_fd": self.outlet.writing}
        return json.dumps({**self.request, "source_fd": self.source_fd, **sink}).encode()


def _bounds(limits: Limits) -> dict[str, int]:
    return {
        "file_size": limits.scratch,
        "open_files": limits.open_files,
        "cpu_s": limits.cpu_s,
        "memory": limits.memory,
        "processes": limits.processes if capability().sandbox == "bubblewrap" else 0,
    }


def _work_and_talk(work: _Work, ours: socket.socket | None, source: PlainSource | None) -> _Run:
    hears, says = os.pipe()
    with os.fdopen(hears, "rb", buffering=0) as pipe:
        try:
            if work.server is not None:  # whatever is started first has its whole time for the file
                forkserver.prepare(work.server)
            run = _Run(work.limits, time.monotonic() + work.limits.wall_s, work.outlet)
            worker: _Worker | None = None
            if work.server is not None:
                worker = forkserver.ask(work.server, work.words, (work.source_fd, says))
            worker = worker or _start(work, says)
        finally:
            os.close(says)
        try:
            if work.theirs is not None:
                work.theirs.close()
            if work.outlet is not None:
                work.outlet.hand_over()
            _talk(run, pipe, ours, source)
            if run.stopped is None:
                code = worker.code(max(0.1, run.left()))
                run.code, run.stopped = (0, Outcome.TIME) if code is None else (code, None)
                run.lost = worker.is_gone
        finally:
            worker.give_back()
    return run


def _start(work: _Work, says: int) -> _Child:
    """A child of its own; it is told its work over standard input."""
    program = str(work.request["task"]).partition(".")[0]
    outlet = work.outlet
    process = subprocess.Popen(
        child_command(program, work.limits, work.room),
        stdin=subprocess.PIPE,
        stdout=says,
        stderr=subprocess.DEVNULL,
        pass_fds=(work.source_fd,) if outlet is None else (work.source_fd, outlet.writing),
        env=ENVIRONMENT,
        start_new_session=True,
        cwd="/",
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(work.words + b"\n")
    return _Child(process)


def _talk(run: _Run, pipe: BinaryIO, ours: socket.socket | None, source: PlainSource | None) -> None:
    """Take what the child says and serve what it asks for, until it has said all or must be stopped."""
    os.set_blocking(pipe.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        if ours is not None:
            selector.register(ours, selectors.EVENT_READ)
        if run.outlet is not None:
            selector.register(run.outlet.reading, selectors.EVENT_READ)
        while run.stopped is None:
            if run.left() <= 0:
                run.stopped = Outcome.TIME
                return
            for key, _ in selector.select(min(1.0, run.left())):
                if key.fileobj is pipe:
                    piece = os.read(pipe.fileno(), _READ)
                    if not piece:
                        return _drain(run)
                    run.said += piece
                    if len(run.said) > run.limits.output:
                        run.stopped = Outcome.OUTPUT
                elif run.outlet is not None and key.fd == run.outlet.reading:
                    if not _pass_on(run, run.outlet):
                        selector.unregister(run.outlet.reading)
                elif ours is not None and source is not None and not _serve(run, ours, source):
                    selector.unregister(ours)


def _pass_on(run: _Run, outlet: Outlet) -> bool:
    """What the child has put into its outlet; False when nothing more comes."""
    try:
        return outlet.take()
    except OverflowError:
        run.stopped = Outcome.OUTPUT
        return False


def _drain(run: _Run) -> None:
    """What still lies in the outlet of a child that has said all."""
    if run.outlet is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(run.outlet.reading, selectors.EVENT_READ)
        while run.stopped is None and run.left() > 0 and selector.select(run.left()):
            if not _pass_on(run, run.outlet):
                return


def _serve(run: _Run, ours: socket.socket, source: PlainSource) -> bool:
    """Answer one question (offset, length) of the child; False when it has hung up."""
    ours.settimeout(max(0.1, run.left()))
    try:
        question = ours.recv(12, socket.MSG_WAITALL)
        if len(question) < 12:
            return False
        offset, length = struct.unpack(">QI", question)
        if length > _SERVED_CAP or offset + length > source.size:
            run.stopped = Outcome.PROTOCOL
            return False
        ours.sendall(source.read_at(offset, length))
    except TimeoutError:
        run.stopped = Outcome.TIME
        return False
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _judged(run: _Run) -> ChildResult:
    return replace(_judge(run), seconds=run.seconds())


def _judge(run: _Run) -> ChildResult:
    if run.stopped is not None:
        return ChildResult(run.stopped, reason=run.stopped.value)
    code = run.code
    number = -code if code < 0 else code - 128
    if number in (signal.SIGXCPU, signal.SIGXFSZ):
        outcome = Outcome.TIME if number == signal.SIGXCPU else Outcome.OUTPUT
        return ChildResult(outcome, reason=outcome.value)
    if number in _OUT_OF_MEMORY and run.said.startswith(_NEARLY_ALL):
        return ChildResult(Outcome.MEMORY, reason="memory", detail=_signal_name(number))
    if number > 0:
        return ChildResult(Outcome.CRASHED, reason="crashed", detail=_signal_name(number))
    if code != 0:
        raise SandboxFault(f"a child program ended with {code} and no answer")
    return _parse(run.said)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _parse(said: bytearray) -> ChildResult:
    """Read the frame strictly: magic, header length, header, blobs, nothing more.

    Before it a child may have said that it has taken so much memory that more may be refused.
    """
    said = said.removeprefix(_NEARLY_ALL)
    try:
        if said[:3] != _MAGIC:
            raise ValueError("no magic")
        (length,) = struct.unpack(">I", said[3:7])
        if length > _HEADER_CAP:
            raise ValueError("header too long")
        header: Mapping[str, Any] = json.loads(said[7 : 7 + length])
        blobs, at = [], 7 + length
        for size in header["blobs"]:
            if not isinstance(size, int) or size < 0:
                raise ValueError("bad blob length")
            blobs.append(bytes(said[at : at + size]))
            at += size
        if at != len(said):
            raise ValueError("length differs")
        return _result(header, tuple(blobs))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
        return ChildResult(Outcome.PROTOCOL, reason="protocol")


def _result(header: Mapping[str, Any], blobs: tuple[bytes, ...]) -> ChildResult:
    outcome = Outcome(header["outcome"])
    if outcome is Outcome.OK:
        return ChildResult(outcome, header["value"], blobs)
    if outcome is Outcome.UNFIT:
        code, page, detail = header["code"], header["page"], header["detail"]
        if code not in REASONS or not isinstance(page, int) or not isinstance(detail, str):
            raise ValueError("unknown reason")
        return ChildResult(outcome, reason=code, page=page, detail=detail[:200])
    if outcome is Outcome.FAULT:
        return ChildResult(outcome, reason="fault", detail=f"{header['fault']} {header['where']}"[:200])
    if outcome is Outcome.MEMORY:
        return ChildResult(outcome, reason="memory")
    raise ValueError("not for a child to say")
