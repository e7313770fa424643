"""Scratch of a child 暂存区: where it may write, if at all. Never a disk.

Inside bubblewrap it is memory of its own, else a private folder in the machine's memory.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.renditions.limits import Limits
from archive.renditions.reasons import reason_refusal

INSIDE = "/tmp"
MEMORY = Path("/dev/shm")
_PREFIX = "anjuan-scratch-"


@contextmanager
def scratch_folder(limits: Limits, *, inside: bool) -> Iterator[str]:
    """The folder that a child may write into, empty text for none; gone when the child is.

    Outside of bubblewrap it is a folder of mode 0700 in ``/dev/shm``; refused where that is not to be had.
    """
    if not limits.scratch:
        yield ""
        return
    if inside:
        yield INSIDE
        return
    _sweep()
    try:
        folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=MEMORY)
    except OSError:
        raise reason_refusal("no-scratch", detail=str(MEMORY)) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Takes away what a parent that was killed has left: its folder carries its number."""
    with contextlib.suppress(OSError):
        for left in MEMORY.glob(f"{_PREFIX}*"):
            owner = left.name.removeprefix(_PREFIX).partition("-")[0]
            if owner.isdigit() and not Path("/proc", owner).exists() and left.stat().st_uid == os.getuid():
                shutil.rmtree(left, ignore_errors=True)
