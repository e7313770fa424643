"""Reading in the background 后台识读: one reader beside the pages; a second on the same machine waits its turn."""

from __future__ import annotations

import logging
import os
import threading

from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.ports import Holdings
from archive.renditions.ocr import PageReader, alone_on_machine, missing_engine
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


def start_reader(ports: Ports) -> threading.Thread | None:
    """A thread that reads what waits as long as the process lives; None where reading is off or impossible."""
    if not ports.get(Home).settings.reading.on or missing_engine():
        return None
    thread = threading.Thread(target=_keep_reading, args=(ports,), name="page-reader", daemon=True)
    thread.start()
    return thread


def _keep_reading(ports: Ports) -> None:
    stop = threading.Event()
    while not stop.wait(PAUSE):
        try:
            read_all(ports)
        except Exception as fault:  # noqa: BLE001  reading is an aid: whatever breaks it must not end the service
            log.error("reading of pages failed (%s); it is tried again", type(fault).__name__)
