"""Background of take-in 接收后台: uploads are accepted, drafts sealed, packages of the drop folder taken in."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

from archive.installation import Ledgers
from archive.kernel.faults import name_fault
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue
from ingest.ports import TakeIn
from ingest.service.accepting import accept_next
from ingest.service.draft_sealing import seal_next
from ingest.service.drop_folder import DropFolder

log = logging.getLogger("anjuan.receiving")
PAUSE = 1.0


def accept_all(ports: Ports) -> int:
    """Makes files of every complete upload; how many."""
    done, owner = 0, f"receiver-{os.getpid()}"
    while accept_next(ports.get(TakeIn), owner):
        done += 1
    return done


def seal_all(ports: Ports) -> int:
    """Seals every draft whose seal was asked for, and gives the ledger its order after each; how many were tried."""
    done, owner = 0, f"sealer-{os.getpid()}"
    while seal_next(ports.get(TakeIn), owner, lambda: ports.get(Ledgers).sequence()):
        done += 1
    return done


def drop_folder(ports: Ports) -> DropFolder:
    """The drop folder of the installation, as this process sees it."""
    return DropFolder(ports.get(TakeIn), ports.get(Catalogue))


def receive_once(ports: Ports) -> int:
    """One pass over everything that waits; in the drop folder only what a marker says is complete. How many deeds."""
    folder, done = drop_folder(ports), accept_all(ports) + seal_all(ports)
    while folder.take_next() is not None:
        done += 1
    return done


def start_receiver(ports: Ports) -> tuple[threading.Thread, ...]:
    """Two threads that live as long as the process: a long seal keeps no upload waiting."""
    folder = drop_folder(ports)

    def seal_and_take() -> None:
        seal_all(ports)
        while folder.take_next() is not None:
            seal_all(ports)  # whoever sits before a screen goes before a batch

    threads = tuple(
        threading.Thread(target=_keep_doing, args=(deed,), name=name, daemon=True)
        for name, deed in (("receiver", lambda: accept_all(ports)), ("sealer", seal_and_take))
    )
    for thread in threads:
        thread.start()
    return threads


def _keep_doing(deed: Callable[[], object]) -> None:
    stop = threading.Event()
    while not stop.wait(PAUSE):
        try:
            deed()
        except Exception as fault:  # noqa: BLE001  whatever breaks one pass must not end the background
            log.error("receiving failed at %s; it is tried again", name_fault(fault))
