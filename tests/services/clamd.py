"""ClamAV's daemon with signatures of our own, made at run time: no signature download, up in a fraction of a second."""

import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.places import find_program

# the standard test "virus" in two halves, so that no file of this repository is itself flagged
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

_CONF = """DatabaseDirectory {folder}/db
LocalSocket {folder}/clamd.sock
LocalSocketMode 600
PidFile {folder}/clamd.pid
LogFile {folder}/clamd.log
TemporaryDirectory {folder}/tmp
Foreground yes
MaxThreads 2
StreamMaxLength {stream_limit}
MaxScanSize 400M
MaxFileSize 200M
AlertExceedsMax yes
SelfCheck 0
OfficialDatabaseOnly no
"""


def available() -> str | None:
    """None when clamd is installed, else the reason."""
    return None if find_program("clamd") else "no clamd on this machine (Debian: clamav-daemon)"


@contextmanager
def running(folder: Path, stream_limit: int = 25_000_000) -> Iterator[Path]:
    """A daemon for the time of the block; gives its socket. It refuses streams over ``stream_limit`` bytes.

    ``folder`` should be short: a socket path holds 107 bytes.
    """
    program = find_program("clamd")
    if program is None:
        raise RuntimeError(available())
    _write_signatures(folder)
    conf = folder / "clamd.conf"
    conf.write_text(_CONF.format(folder=folder, stream_limit=stream_limit))
    path = folder / "clamd.sock"
    with (folder / "clamd.out").open("wb") as out:
        daemon = subprocess.Popen(
            [program, f"--config-file={conf}"], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _wait(path, daemon)
        yield path
    finally:
        daemon.terminate()
        try:
            daemon.wait(timeout=10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def _write_signatures(folder: Path) -> None:
    for name in ("db", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (folder / "db" / "own.hdb").write_text(f"{digest}:{len(EICAR)}:Own.Eicar.Hash\n")
    (folder / "db" / "own.ndb").write_text(f"Own.Eicar.Body:0:*:{EICAR.hex()}\n")


def _wait(path: Path, daemon: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and daemon.poll() is None:
        if _answers(path):
            return
        time.sleep(0.05)
    said = (path.parent / "clamd.out").read_text(errors="replace")[-1000:]
    raise RuntimeError(f"clamd did not come up: {said}")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        try:
            line.connect(str(path))
            line.sendall(b"zPING\0")
            return line.recv(16).startswith(b"PONG")
        except OSError:
            return False
