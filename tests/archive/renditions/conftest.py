"""Every test of this folder leaves nothing behind: no child, no open file, no file in the temporary folders."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.renditions import forkserver
from tests.prove.hostile_watch import forks_of

_FOLDERS = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))


def _children() -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(entry.name))
    return found


def _trial_files() -> set[Path]:
    return {path for folder in _FOLDERS if folder.is_dir() for path in folder.glob("anjuan-trial-*")}


def _open_memfds() -> int:
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += "memfd" in os.readlink(entry)
        except OSError:
            continue
    return count


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    children, memfds = _children(), _open_memfds()
    yield
    servers = {server.process.pid for server in forkserver.servers()}
    assert _children() - servers <= children, "a child process outlived its run"
    assert not [fork for server in servers for fork in forks_of(server)], "a fork outlived its run"
    assert _open_memfds() <= memfds, "a memfd stayed open"
    assert not _trial_files(), "a child wrote a file"
