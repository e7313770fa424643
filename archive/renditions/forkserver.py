"""Fork server 预派生: a child program that has loaded its libraries waits inside its walls and forks for each file.

Loading takes 0.3 s, most files 0.05 s. The walls are those of every child; a fork has its own limits and is the only
process there that sees a file. After each file the server says how its fork ended and whether anything of it is left.
A server is used again only after a clean end, alone; else it goes with everything inside. It serves one file at a
time, so no file ever meets another.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from archive.renditions.limits import Limits
from archive.renditions.walls import ENVIRONMENT, ROOM, capability, child_command

_PROGRAMS = dict.fromkeys(("identify", "pdf", "ladder", "image", "render"), "papers") | {"trial": "trial"}
"""Which waiting program does the tasks of which: those that nearly every file needs. The others start for each file."""
_WORD, _READY, _TAKEN = "waiting", b"ready", b"taken"
_START_S = 20.0
_IDLE_KEPT = 2
_SAID = 256


class Server:
    """One waiting program in its walls. Used by one thread at a time; ``end`` kills it with everything inside."""

    def __init__(self, program: str) -> None:
        self.program = program
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = _starter.start(child_command(program, Limits(), ROOM, _WORD), theirs)
        self._is_up = self._clean = self.is_gone = False
        _living.add(self)

    @property
    def descriptor(self) -> int:
        """The number of the socket to it, -1 when it has ended."""
        return self._control.fileno()

    def is_ready(self) -> bool:
        """Waits for the start; False where it does not come."""
        if not self._is_up:
            self._is_up = self._hear(_START_S) == _READY
        return self._is_up

    def fork(self, request: bytes, descriptors: Sequence[int]) -> bool:
        """A fork answers ``request`` with these descriptors; False where the server is gone: nothing was asked then."""
        self._clean = False
        try:
            socket.send_fds(self._control, [request], list(descriptors))
        except OSError:
            return False
        return self._hear(_START_S) == _TAKEN

    def code(self, seconds: float) -> int | None:
        """The exit code of the fork; None where neither it nor the server says anything in time.

        A fork that left a process behind counts as killed, and so does one whose server ``is_gone``.
        """
        said = self._hear(seconds)
        if said is None:
            return None
        self.is_gone = not said
        try:
            ended = json.loads(said)
            code, alone = os.waitstatus_to_exitcode(int(ended["status"])), ended["alone"] is True
        except (ValueError, KeyError, TypeError):
            return -int(signal.SIGKILL)
        self._clean = alone and code == 0
        return code if alone else -int(signal.SIGKILL)

    def give_back(self) -> None:
        """The server may wait for another file where the last one ended clean; else it ends."""
        if not (self._clean and _waiting.keep(self)):
            self.end()

    def end(self) -> None:
        _living.discard(self)
        self._control.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def forget(self) -> None:
        """In a copy of this process: its socket is not ours to use."""
        _living.discard(self)
        self._control.close()
        self.process.returncode = 0

    def _hear(self, seconds: float) -> bytes | None:
        """What it says; empty bytes when it is gone, None when it says nothing for ``seconds``."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            if not selector.select(max(0.0, seconds)):
                return None
        try:
            return self._control.recv(_SAID)
        except OSError:
            return b""


class _Starter:
    """Starts servers from one thread that lives as long as this process.

    bubblewrap ends with the thread that started it (``--die-with-parent``): from a thread that serves one reader a
    server would not outlive that reader.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def start(self, command: list[str], control: socket.socket) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forkserver")
            pool = self._pool
        return pool.submit(_popen, command, control).result()

    def forget(self) -> None:
        self._lock, self._pool = threading.Lock(), None


def _popen(command: list[str], control: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        start_new_session=True,
        cwd="/",
    )


class _Waiting:
    """The servers of this process that wait for a file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Server] = []
        self._broken: set[str] = set()

    def start(self, program: str) -> Server | None:
        """A new server; None where such a one does not start here, which is tried once only."""
        if program in self._broken:
            return None
        server = Server(program)
        if server.is_ready():
            return server
        server.end()
        self._broken.add(program)
        return None

    def take(self, program: str) -> Server | None:
        with self._lock:
            for server in reversed(self._idle):
                if server.program == program:
                    self._idle.remove(server)
                    return server
        return None

    def keep(self, server: Server) -> bool:
        with self._lock:
            if sum(each.program == server.program for each in self._idle) >= _IDLE_KEPT:
                return False
            self._idle.append(server)
            return True

    def dismiss(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for server in idle:
            server.end()

    def forget(self) -> None:
        self._lock = threading.Lock()
        for server in self._idle:
            server.forget()
        self._idle = []


_living: set[Server] = set()
_starter = _Starter()
_waiting = _Waiting()
os.register_at_fork(after_in_child=_starter.forget)
os.register_at_fork(after_in_child=_waiting.forget)
atexit.register(_waiting.dismiss)


def program_for(task: str, limits: Limits, room: str) -> str | None:
    """The waiting program that does ``task``, None where a child of its own must: it writes, or there are no walls.

    Without bubblewrap a fork could not be told from the processes of others.
    """
    if room != ROOM or limits.scratch or capability().sandbox != "bubblewrap":
        return None
    return _PROGRAMS.get(task.partition(".")[0])


def ask(program: str, request: bytes, descriptors: Sequence[int]) -> Server | None:
    """A server of which a fork works on ``request``; None where none can be started: use a child of its own then.

    A server that waited may have gone just now; then nothing was asked, and a fresh one is.
    """
    while (server := _waiting.take(program)) is not None:
        if server.fork(request, descriptors):
            return server
        server.end()
    fresh = _waiting.start(program)
    if fresh is not None and not fresh.fork(request, descriptors):
        fresh.end()
        return None
    return fresh


def prepare(program: str = "papers") -> bool:
    """Has a server wait before anybody waits for it, so that the first file needs no longer than the next.

    False where none can be had: files go to children of their own then.
    """
    if capability().sandbox != "bubblewrap":
        return False
    server = _waiting.take(program) or _waiting.start(program)
    if server is None:
        return False
    if not _waiting.keep(server):
        server.end()
    return True


def dismiss() -> None:
    """Ends the servers of this process that wait. Those that work end with their file when it does not end clean."""
    _waiting.dismiss()


def servers() -> tuple[Server, ...]:
    """The servers of this process that live, for whoever counts what is left of a child."""
    return tuple(_living)
