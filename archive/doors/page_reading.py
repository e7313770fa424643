"""Long work in the background 后台长任务: recordings are checked to their end, then pages are read.

A second reader on the same machine waits.
"""

from __future__ import annotations

import logging
import os
import threading

from archive.kernel.faults import name_fault
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.ports import Holdings
from archive.renditions.ocr import PageReader, alone_on_machine, missing_engine
from archive.service import media_check
from archive.service.machine_reading import Progress, queue_waiting, read_next

log = logging.getLogger("anjuan.reading")
PAUSE = 5.0


def read_all(ports: Ports, tell: Progress | None = None) -> int:
    """Reads every page that waits; how many items. 0 also where another reader works on this machine."""
    holdings, items = ports.get(Holdings), 0
    threads = ports.get(Home).settings.reading.threads
    with alone_on_machine() as alone, PageReader(threads) as reader:
        while alone:
            looked = queue_waiting(holdings)
            if not read_next(holdings, reader, f"reader-{os.getpid()}", tell):
                if not looked:
                    break
                continue
            items += 1
    return items


def check_all(ports: Ports) -> int:
    """Checks every recording that take-in only looked at, to its end; how many."""
    holdings, checked = ports.get(Holdings), 0
    while media_check.queue_waiting(holdings):
        pass
    while media_check.check_next(holdings, f"checker-{os.getpid()}"):
        checked += 1
    return checked


def start_reader(ports: Ports) -> threading.Thread:
    """A thread that does the long work while the process lives; pages are read unless that is off or impossible."""
    thread = threading.Thread(target=_keep_reading, args=(ports,), name="page-reader", daemon=True)
    thread.start()
    return thread


def _keep_reading(ports: Ports) -> None:
    stop, reads = threading.Event(), ports.get(Home).settings.reading.on and not missing_engine()
    while not stop.wait(PAUSE):
        for each in (check_all, read_all) if reads else (check_all,):
            try:
                each(ports)
            except Exception as fault:  # noqa: BLE001  this is an aid: whatever breaks it must not end the service
                log.error("long work failed at %s; it is tried again", name_fault(fault))
