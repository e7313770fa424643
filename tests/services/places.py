"""Where tests keep what they fetch, and which address they may listen on."""

import os
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"


def cache_folder() -> Path:
    """Folder for downloads that survive a run: ``ANJUAN_CACHE``, else ``~/.cache/anjuan``."""
    given = os.environ.get("ANJUAN_CACHE")
    folder = Path(given) if given else Path.home() / ".cache" / "anjuan"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port() -> int:
    """A port that nobody listened on a moment ago, on loopback."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(*names: str, folders: Iterable[str] = ("/usr/sbin", "/usr/local/sbin")) -> Path | None:
    """First of ``names`` on PATH or in the folders that Debian keeps daemons in."""
    for name in names:
        found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))
        if found:
            return Path(found)
    return None


def is_required() -> bool:
    """Whether a missing service is an error (continuous integration) and not a skipped test."""
    return os.environ.get("CI") == "true" or os.environ.get("ANJUAN_REQUIRE_SERVICES") == "1"
