"""Forking 分身: a deed in a process of its own that tells what it finds, a line of JSON at a time."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

Tell = Callable[[Mapping[str, Any]], None]
_write = os.write  # as it is before any fault is put between


def start(deed: Callable[[Tell], None]) -> tuple[int, int]:
    """Forks; gives the process and the end of a pipe at which what ``deed`` tells can be read."""
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _run(deed, writing)
    os.close(writing)
    return pid, reading


def _run(deed: Callable[[Tell], None], writing: int) -> NoReturn:
    status = 1
    try:
        signal.alarm(0)
        deed(lambda told: _put(writing, told))
        status = 0
    except BaseException:  # noqa: BLE001 - a forked process must never return into its parent's code
        traceback.print_exc()
    finally:
        os._exit(status)


def _put(writing: int, told: Mapping[str, Any]) -> None:
    _write(writing, (json.dumps(told, ensure_ascii=False) + "\n").encode())
