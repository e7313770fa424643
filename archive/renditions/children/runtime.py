"""Runtime of a child 子程序运行环境: limits first, then the request, then one task, then one framed answer.

The parent passes a request of one line of JSON on standard input and takes the answer on standard output:
``b"AJ1"``, four bytes of header length, a JSON header, the blobs; before it ``b"AJ0"`` from one that holds so much
memory that more may be refused. Nothing but the standard library is imported here.
Nothing of a foreign file is ever written into an error: only the type of the fault and the line where it arose.

A program that was started to wait (its last argument is ``waiting``) serves requests for ever: each in a fork of its
own, which alone sees the file, one at a time. What was loaded once need not be loaded for each file.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import mmap
import os
import resource
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from io import RawIOBase
from typing import Any, BinaryIO, NoReturn

MAGIC = b"AJ1"
NEARLY_ALL = b"AJ0"
READ_CAP = 1024 * 1024
WAITING = "waiting"
READY, TAKEN = b"ready", b"taken"

Request = Mapping[str, Any]


class Unfit(Exception):
    """The file cannot be taken 文件不可用: ``code`` is one of the reasons that the parent knows."""

    def __init__(self, code: str, page: int = 0, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.page, self.detail = code, page, detail


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task gives back 子程序答复: a plain value and blobs."""

    value: Any
    blobs: tuple[bytes, ...] = ()


Task = Callable[[Request], Answer]

_LOOK_S = 0.02
_MUCH = 0.3
_REQUEST_CAP = 65_536
_IDLE_S = 600.0
_NOT_DUMPABLE = 4


class _Gauge:
    """Tells the parent, once, that the file has taken so much memory that more may be refused 内存将尽.

    Many a library ends its process when it is refused memory. Without this that could not be told from a reader that
    broke. A buffer that grows is copied into one twice as large, so a third of what is free may be the last it gets.
    """

    def __init__(self, memory: int, answer_fd: int) -> None:
        self._may, self._answer_fd = memory // mmap.PAGESIZE, answer_fd
        self._done, self._looks = threading.Event(), threading.Event()
        threading.stack_size(256 * 1024)
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()
        self._looks.wait()

    def stop(self) -> None:
        """Looks no more: the answer follows."""
        self._done.set()
        self._thread.join()

    def _look_on(self) -> None:
        with contextlib.suppress(OSError), open("/proc/self/statm", "rb", buffering=0) as held:
            _pages(held)  # the first allocation of a thread takes an arena: that is not the file's
            own = _pages(held)
            self._looks.set()
            while not self._done.wait(_LOOK_S):
                if _pages(held) > own + (self._may - own) * _MUCH:
                    os.write(self._answer_fd, NEARLY_ALL)
                    return
        self._looks.set()


def _pages(held: RawIOBase) -> int:
    return int(os.pread(held.fileno(), 64, 0).split()[0])


class SharedSource(RawIOBase):
    """A file that lies with the parent 父进程中的文件: each read asks for (offset, length) over a socket pair."""

    def __init__(self, connection: socket.socket, size: int) -> None:
        super().__init__()
        self._connection, self._size, self._at = connection, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), READ_CAP, max(0, self._size - self._at))
        if wanted == 0:
            return 0
        self._connection.sendall(struct.pack(">QI", self._at, wanted))
        got = 0
        while got < wanted:
            count = self._connection.recv_into(view[got:wanted])
            if count == 0:
                raise OSError("the source is gone")
            got += count
        self._at += got
        return got


def open_source(request: Request) -> BinaryIO:
    """The plaintext of a document as a read-only file over its memfd; a child never gets a path."""
    return os.fdopen(os.dup(int(request["source_fd"])), "rb", closefd=True)


def read_source(request: Request) -> bytes:
    """The plaintext of a document in memory; only for tasks that cap the size before."""
    with open_source(request) as source:
        source.seek(0)
        return source.read()


def map_source(request: Request) -> mmap.mmap:
    """The plaintext of a document mapped read-only."""
    return mmap.mmap(int(request["source_fd"]), 0, access=mmap.ACCESS_READ)


def shared_source(request: Request) -> SharedSource:
    """The plaintext of a recording, served by the parent piece by piece."""
    return SharedSource(socket.socket(fileno=os.dup(int(request["source_fd"]))), int(request["size"]))


def as_json(value: Any) -> bytes:
    """A plain value as a JSON blob: for what is too large for the header."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def run(tasks: Mapping[str, Task], warm: Callable[[], object] | None = None) -> None:
    """Serve one request and end. Called once, by each child program, as its last line.

    Started to wait, it first does ``warm``, so that forks find loaded what they need, and serves until the parent
    hangs up or has asked nothing for ten minutes.
    """
    if sys.argv[-1] == WAITING:
        _serve(tasks, warm)
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    _answer(tasks, json.loads(sys.stdin.buffer.readline(_REQUEST_CAP)), answer_fd)


def _answer(tasks: Mapping[str, Task], request: Request, answer_fd: int) -> NoReturn:
    confine(request["limits"])
    tempfile.tempdir = request.get("scratch") or tempfile.tempdir
    gauge = _Gauge(request["limits"]["memory"], answer_fd)
    try:
        answer = tasks[str(request["task"])](request)
        header: dict[str, Any] = {"outcome": "ok", "value": _plain(answer.value)}
        blobs = answer.blobs
    except Unfit as unfit:
        header, blobs = {"outcome": "unfit", "code": unfit.code, "page": unfit.page, "detail": unfit.detail}, ()
    except MemoryError:
        header, blobs = {"outcome": "memory"}, ()
    except BaseException as fault:  # noqa: BLE001  a foreign file may break a reader in any way, also one in Rust that
        # panics, which is no Exception: told by type and place only
        header, blobs = {"outcome": "fault", "fault": type(fault).__name__, "where": _place(fault)}, ()
    gauge.stop()
    _send(answer_fd, header, blobs)
    os._exit(0)


def _serve(tasks: Mapping[str, Task], warm: Callable[[], object] | None) -> NoReturn:
    """Requests come over standard input, a socket, with the file and the way of the answer as descriptors.

    This process opens none of them: it forks, waits for that fork's end, and tells it. No other process may look into
    it or into a fork, although all have the same owner (PR_SET_DUMPABLE), and a fork has no descriptor of it.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_NOT_DUMPABLE, 0, 0, 0, 0) != 0:
        os._exit(1)
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    if warm is not None:
        warm()
    gc.collect()
    gc.freeze()  # a collection in a fork would write into every page that is shared
    control.settimeout(_IDLE_S)
    with contextlib.suppress(OSError):  # the parent is gone, or has nothing to ask
        control.send(READY)
        while True:
            words, descriptors, _, _ = socket.recv_fds(control, _REQUEST_CAP, 2)
            if not words:
                break
            source_fd, answer_fd = descriptors
            child = os.fork()
            if child == 0:
                control.close()
                _answer(tasks, {**json.loads(words), "source_fd": source_fd}, answer_fd)
            os.close(source_fd)
            os.close(answer_fd)
            control.send(TAKEN)
            _, status = os.waitpid(child, 0)
            control.send(json.dumps({"status": status, "alone": _is_alone()}).encode())
    os._exit(0)


def _is_alone() -> bool:
    """No process is left in this sandbox but its first and this one."""
    others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid()}
    return not others


def confine(limits: Mapping[str, int]) -> None:
    """Lowers every limit for good 收紧限额, before the first foreign byte is read."""
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits["file_size"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_AS, limits["memory"]),
    ):
        resource.setrlimit(what, (value, value))
    # one second between the two, so that the parent sees SIGXCPU and not a kill without a reason
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 1))
    if limits["processes"]:
        resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))
    if not limits["file_size"]:
        tempfile.tempdir = "/nonexistent"


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _place(fault: BaseException) -> str:
    trace = fault.__traceback__
    place = ""
    while trace is not None:
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _send(answer_fd: int, header: Mapping[str, Any], blobs: tuple[bytes, ...]) -> None:
    # half a pair of surrogates, as damaged texts have them, is no text: it must not make the answer one out of form
    text = as_json({**header, "blobs": [len(blob) for blob in blobs]})
    with contextlib.suppress(BrokenPipeError), os.fdopen(answer_fd, "wb") as pipe:
        pipe.write(MAGIC + struct.pack(">I", len(text)) + text)
        for blob in blobs:
            pipe.write(blob)
