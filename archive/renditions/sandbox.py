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
from typing import IO, Any

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


@dataclass
class _Run:
    """One child at work: what it has said so far and why it had to be stopped."""

    process: subprocess.Popen[bytes]
    limits: Limits
    deadline: float
    outlet: Outlet | None = None
    said: bytearray = field(default_factory=bytearray)
    stopped: Outcome | None = None

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
    room: str = ROOM,
    outlet: Outlet | None = None,
    **parameters: object,
) -> ChildResult:
    """Run ``task`` (``"pdf.convert"``: program, then task) on ``source`` and wait for its end.

    A document is copied into a sealed memfd (at most 512 MiB, else refused); with ``served`` a recording of any size
    is read by the child piece by piece. ``room`` is the package of the child program. Raises Refusal for a file that
    is too large, SandboxFault when the child program itself cannot run. What is too large for an answer leaves the
    child through ``outlet``.
    """
    limits = limits or Limits()
    with scratch_folder(limits, inside=capability().sandbox == "bubblewrap") as scratch:
        request = {**parameters, "task": task, "size": source.size, "scratch": scratch}
        if not served:
            with sealed_memfd(source, DOCUMENT_CAP) as memfd:
                return _judged(_start_and_talk(request, memfd, None, None, limits, room, outlet))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            return _judged(_start_and_talk(request, theirs.fileno(), ours, source, limits, room, outlet, close=theirs))


def _start_and_talk(
    request: dict[str, object],
    source_fd: int,
    ours: socket.socket | None,
    source: PlainSource | None,
    limits: Limits,
    room: str,
    outlet: Outlet | None,
    close: socket.socket | None = None,
) -> _Run:
    program = str(request["task"]).partition(".")[0]
    inside = capability().sandbox == "bubblewrap"
    bounds = {
        "file_size": limits.scratch,
        "open_files": limits.open_files,
        "cpu_s": limits.cpu_s,
        "memory": limits.memory,
        "processes": limits.processes if inside else 0,
    }
    if outlet is not None:
        request = {**request, "sink_fd": outlet.writing}
    words = json.dumps({**request, "source_fd": source_fd, "limits": bounds}).encode() + b"\n"
    deadline = time.monotonic() + limits.wall_s
    process = subprocess.Popen(
        child_command(program, limits, room),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(source_fd,) if outlet is None else (source_fd, outlet.writing),
        env=ENVIRONMENT,
        start_new_session=True,
        cwd="/",
    )
    run = _Run(process, limits, deadline, outlet)
    try:
        if close is not None:
            close.close()
        if outlet is not None:
            outlet.hand_over()
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(words)
        _talk(run, process.stdout, ours, source)
        if run.stopped is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, run.left()))
            if process.returncode is None:
                run.stopped = Outcome.TIME
    finally:
        _end(process)
    return run


def _talk(run: _Run, pipe: IO[bytes], ours: socket.socket | None, source: PlainSource | None) -> None:
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


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole process group and reap: nothing of a child outlives its run."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()


def _judged(run: _Run) -> ChildResult:
    return replace(_judge(run), seconds=run.seconds())


def _judge(run: _Run) -> ChildResult:
    if run.stopped is not None:
        return ChildResult(run.stopped, reason=run.stopped.value)
    code = run.process.returncode
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

    Before it a child may have said that it holds nearly all the memory that it may.
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
