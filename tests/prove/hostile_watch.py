"""Watch 监视: what the children of this process take, and what is left behind when they are gone.

Memory is what is resident in all processes of a child together and its scratch, seen every 30 ms; of a single process
also the peak that the kernel kept. Pages that processes share count for each of them, until that comes near the limit:
then each page counts once, for LibreOffice forks itself to start a helper, and such a copy holds nothing of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.renditions import forkserver
from archive.renditions.limits import MIB
from archive.renditions.routes import OFFICE_LIMITS

_EVERY_S = 0.03
_NEAR = 400 * MIB
_PATIENCE_S = 3.0
_SUBREAPER = 36


class Watch:
    """Watches the children of this process: ``peak`` bytes of those of one file, ``reader_peak`` of a page reader."""

    def __init__(self, folder: Path) -> None:
        self.peak = 0
        self.reader_peak = 0
        self._aside: set[int] = set()
        self._is_reading = False
        self._folder = folder
        self._done = threading.Event()
        self._looking = threading.Lock()
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # a child of a child that is lost becomes ours: then it is seen
        self._thread = threading.Thread(target=self._look_on, name="watch", daemon=True)
        self._thread.start()
        self._before = self._holds()

    def close(self) -> None:
        """Looks no more."""
        self._done.set()
        self._thread.join()

    def begin(self) -> None:
        """A new file: nothing was seen yet."""
        with self._looking:
            self.peak = self.reader_peak = 0

    def left_behind(self) -> list[str]:
        """What is there that was not there when the watch began; children get a moment to die."""
        until = time.monotonic() + _PATIENCE_S
        while (found := sorted(self._children())) and time.monotonic() < until:
            for pid in found:  # orphans of a child that was killed: its own parent cannot take them away any more
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            time.sleep(0.01)
        told = [f"child process {pid} {_name(pid)}" for pid in found]
        now = self._holds()
        told += [f"{what}: {sorted(now[what] - was)[:5]}" for what, was in self._before.items() if now[what] - was]
        return told

    def adopt(self) -> None:
        """Children that are there now live longer than one file: the reader of pages."""
        self._aside = set(_children_of(os.getpid()))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While a page is read, what is taken counts as the reader's; its child is adopted."""
        self._is_reading = True
        try:
            yield
        finally:
            self._is_reading = False
            self.adopt()

    def _children(self) -> set[int]:
        """Ours but for those that live longer, and what a fork server still has besides itself."""
        servers = {server.process.pid for server in forkserver.servers()}
        forks = {pid for server in servers for pid in forks_of(server)}
        return (set(_children_of(os.getpid())) - self._aside - servers) | forks

    def _holds(self) -> dict[str, set[str]]:
        """Open files by number and target, threads, temporary files and scratch of this process, mounts of children."""
        files, pipes = set[str](), 0
        servers = {str(server.descriptor) for server in forkserver.servers()}
        with self._looking:
            for entry in os.listdir("/proc/self/fd"):
                with contextlib.suppress(OSError):
                    target = os.readlink(f"/proc/self/fd/{entry}")
                    pipes += target.startswith("pipe:")
                    if entry not in servers and not target.startswith(("pipe:", f"/proc/{os.getpid()}/")):
                        files.add(f"{entry} {target}")
        shared = Path("/dev/shm")
        scratch = {str(path) for path in shared.glob(f"anjuan-scratch-{os.getpid()}-*")} if shared.is_dir() else set()
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return {
            "open file": files,
            "pipe": {str(number) for number in range(pipes - 2 * len(self._aside))},  # two lead to each adopted child
            "thread": {thread.name for thread in threading.enumerate()},
            "temporary file": {str(path) for path in self._folder.iterdir()},
            "scratch": scratch,
            "mount": {line for line in mounts if "newroot" in line or "oldroot" in line or str(self._folder) in line},
        }

    def _look_on(self) -> None:
        while not self._done.wait(_EVERY_S):
            with self._looking:
                total, highest, aside = 0, 0, 0
                servers = {server.process.pid for server in forkserver.servers()}
                below = [fork for server in servers for fork in forks_of(server)]
                for pid in {*_children_of(os.getpid()), *below} - servers:
                    resident, high = _tree(pid)
                    if self._is_reading or pid in self._aside:
                        aside = max(aside, resident, high)
                    else:
                        total, highest = total + resident, max(highest, high)
                self.peak = max(self.peak, total, highest)
                self.reader_peak = max(self.reader_peak, aside)


def resident() -> int:
    """Bytes of this process that are in memory."""
    return _memory(os.getpid())[0]


def _tree(pid: int) -> tuple[int, int]:
    """What a process and all below it hold together, with their scratch; the highest that one of them ever held."""
    total, highest, scratch = 0, 0, 0
    below = list(_below(pid))
    for each in below:
        now, high = _memory(each)
        total, highest, scratch = total + now, max(highest, high), max(scratch, _scratch(each))
    if total + scratch > _NEAR:
        total = min(total, sum(map(_share, below)))
    return total + scratch, highest


def _below(pid: int) -> Iterator[int]:
    yield pid
    for child in _children_of(pid):
        yield from _below(child)


def forks_of(server: int) -> list[int]:
    """The processes of a fork server but its walls (two) and itself: the fork that has a file, and what it started."""
    return list(_below(server))[3:]


def _children_of(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += [int(word) for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    return found


def _memory(pid: int) -> tuple[int, int]:
    """Resident now and at most, bytes; nothing of a process that is gone, or still is a copy of this one."""
    values = {"VmRSS": 0, "VmHWM": 0}
    with contextlib.suppress(OSError, ValueError):
        if os.readlink(f"/proc/{pid}/exe") == os.readlink("/proc/self/exe") and _is_copy(pid):
            return 0, 0
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in values:
                values[name] = int(rest.split()[0]) * 1024
    return values["VmRSS"], values["VmHWM"]


def _share(pid: int) -> int:
    """Resident bytes of a process, of shared pages its share; all that is resident where the kernel does not tell."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return _memory(pid)[0]


def _is_copy(pid: int) -> bool:
    """A process between fork and exec has the command line of its parent, and shares its memory."""
    ours, theirs = Path("/proc/self/cmdline"), Path(f"/proc/{pid}/cmdline")
    return pid != os.getpid() and ours.read_bytes() == theirs.read_bytes()


def _scratch(pid: int) -> int:
    """What lies in the scratch of a child that has one: a memory file system of its own, told by its size."""
    try:
        room = os.statvfs(Path("/proc", str(pid), "root", "tmp"))
    except OSError:
        return 0
    if room.f_blocks * room.f_frsize not in (OFFICE_LIMITS.scratch, MIB * -(-OFFICE_LIMITS.scratch // MIB)):
        return 0
    return (room.f_blocks - room.f_bfree) * room.f_frsize


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "(gone)"
