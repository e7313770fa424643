"""Child program 子程序 that misbehaves on purpose: ``doctor`` and the tests see by it that the walls hold."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request, Task, Unfit

_ATTACH = 16


def walls(request: Request) -> Answer:
    """What this child can reach although it should not: an empty list is right."""
    reached = [name for name in ("/etc/passwd", "/etc/shadow", "/var/log", "/home") if os.path.exists(name)]
    try:
        socket.create_connection(("127.0.0.1", int(request["port"])), timeout=1).close()
        reached.append("network")
    except OSError:
        pass
    reached.extend(f"write {folder}" for folder in ("/", "/tmp", "/var/tmp", "/dev/shm") if _can_write(folder))
    names = {pair.partition(b"=")[0].decode() for pair in Path("/proc/self/environ").read_bytes().split(b"\0") if pair}
    reached.extend(f"environment {name}" for name in sorted(names - {"LANG", "MALLOC_ARENA_MAX", "PWD"}))
    return Answer(reached)


def _can_write(folder: str) -> bool:
    """One byte into a new file; the limit on file size leaves an empty one, which is taken away again."""
    path = Path(folder, f"anjuan-trial-{os.getpid()}")
    try:
        path.write_bytes(b"x")
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
    return True


def loop(request: Request) -> Answer:
    """Burns the processor for ever."""
    while True:
        pass


def sleep(request: Request) -> Answer:
    """Does nothing for ever."""
    time.sleep(10_000)
    return Answer(None)


def eat(request: Request) -> Answer:
    """Takes memory until there is none."""
    hoard = []
    while True:
        hoard.append(bytearray(16 * 1024 * 1024))


def abort(request: Request) -> Answer:
    """Ends as a library does that is refused memory: it holds ``share`` of what it may, then it aborts."""
    share = bytes(int(request["limits"]["memory"] * float(request["share"])))
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGABRT)
    return Answer(len(share))


def crash(request: Request) -> Answer:
    """Dies of a signal, as a reader in C does on a bad file."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return Answer(None)


def flood(request: Request) -> Answer:
    """Says more than it may."""
    return Answer(None, (bytes(int(request["bytes"])),))


def lie(request: Request) -> Answer:
    """Answers what no child may answer: ``words`` straight into the pipe that leads to the parent."""
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if int(entry) > 2 and os.readlink(f"/proc/self/fd/{entry}").startswith("pipe:"):
                os.write(int(entry), bytes.fromhex(str(request["words"])))
    os._exit(0)


def chatter(request: Request) -> Answer:
    """Prints, as a careless library does; the answer must not suffer."""
    print("to standard output")
    sys.stdout.flush()
    return Answer("fine")


def half(request: Request) -> Answer:
    """Quotes half a pair of surrogates, as damaged texts have them."""
    return Answer("half \ud800")


def unfit(request: Request) -> Answer:
    """Says of the file what ``code`` says."""
    raise Unfit(str(request["code"]), 3, "detail")


def fault(request: Request) -> Answer:
    """Breaks with an exception that quotes the file."""
    raise KeyError("words of the file")


def panic(request: Request) -> Answer:
    """Breaks as a library in Rust does: with what is no Exception."""
    raise BaseException("words of the file")


def echo(request: Request) -> Answer:
    """Gives the document back."""
    return Answer({"size": int(request["size"])}, (runtime.read_source(request),))


def pick(request: Request) -> Answer:
    """Reads ``places`` (offset, length) of a recording."""
    source = runtime.shared_source(request)
    pieces = []
    for offset, length in request["places"]:
        source.seek(offset)
        data = b""
        while len(data) < length and (piece := source.read(length - len(data))):
            data += piece
        pieces.append(data)
    return Answer(None, tuple(pieces))


def linger(request: Request) -> Answer:
    """Leaves a process behind that outlives its answer."""
    if os.fork() == 0:
        time.sleep(10_000)
    return Answer("gone")


def strike(request: Request) -> Answer:
    """Ends the process that started it."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(5)
    return Answer(None)


def peek(request: Request) -> Answer:
    """What this child can reach of the process that started it, although it should not: an empty list is right."""
    above, reached = os.getppid(), []
    for name in ("mem", "environ", "maps"):
        with contextlib.suppress(OSError), open(f"/proc/{above}/{name}", "rb", buffering=0) as opened:
            opened.read(16)
            reached.append(name)
    for number in range(16):
        with contextlib.suppress(OSError):
            os.readlink(f"/proc/{above}/fd/{number}")
            reached.append(f"descriptor {number}")
    own = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    links = [os.readlink(path) for path in own if os.path.lexists(path)]
    reached += [link for link in links if link.startswith("socket:")]
    if ctypes.CDLL(None).ptrace(_ATTACH, above, 0, 0) == 0:
        reached.append("ptrace")
    return Answer(reached)


TASKS: Mapping[str, Task] = {
    f"trial.{task.__name__}": task
    for task in (
        walls, loop, sleep, eat, abort, crash, flood, lie, chatter, half, unfit, fault, panic, echo, pick,
        linger, strike, peek,
    )
}  # fmt: skip

if __name__ == "__main__":
    runtime.run(TASKS)
