"""PostgreSQL of Debian as an unprivileged server: loopback, scram, checksums, fsync on, data in a temporary folder."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.places import LOOPBACK, free_port

_PASSWORD = "trial-owner-password"


def available() -> str | None:
    """None when a server is installed and may run here, else the reason."""
    if _programs() is None:
        return "no PostgreSQL server on this machine (Debian: postgresql)"
    if os.geteuid() == 0 and not _has_server_account():
        return "PostgreSQL does not run as root and there is no account 'postgres'"
    return None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server for the time of the block; gives a SQLAlchemy URL of its owner."""
    programs = _programs()
    if programs is None:
        raise RuntimeError(available())
    data, sockets, port = folder / "data", folder / "sock", free_port()
    sockets.mkdir(parents=True, exist_ok=True)
    secret = folder / "password"
    secret.write_text(_PASSWORD)
    if os.geteuid() == 0:
        for path in (folder, sockets, secret):
            shutil.chown(path, "postgres", "postgres")
    made = ["-D", str(data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256"]
    _run(programs / "initdb", *made, f"--pwfile={secret}", "--data-checksums", folder=folder)
    options = f"-p {port} -c listen_addresses={LOOPBACK} -c unix_socket_directories={sockets} -c fsync=on"
    control = programs / "pg_ctl"
    _run(control, "-D", str(data), "-l", str(folder / "log"), "-w", "-t", "30", "-o", options, "start", folder=folder)
    try:
        yield f"postgresql+psycopg://postgres:{_PASSWORD}@{LOOPBACK}:{port}/postgres"
    finally:
        _run(control, "-D", str(data), "-m", "fast", "-w", "stop", folder=folder)


def _run(program: Path, *words: str, folder: Path) -> None:
    who = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    surroundings = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    # output to a file: a server that inherits a pipe keeps it open and the caller waits for ever
    with (folder / "commands.log").open("ab") as out:
        done = subprocess.run(
            [*who, str(program), *words], cwd="/", env=surroundings, stdout=out, stderr=out, timeout=60
        )
    if done.returncode != 0:
        raise RuntimeError(f"{program.name} failed: {(folder / 'commands.log').read_text()[-1000:]}")


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


def _has_server_account() -> bool:
    return any(entry.pw_name == "postgres" for entry in pwd.getpwall())
