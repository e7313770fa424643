"""Ports 端口 of ingest: everything a take-in works with, joined once in ``wsgi``."""

from __future__ import annotations

from dataclasses import dataclass

from archive.kernel.settings import Settings
from archive.kernel.work import Works
from archive.ports import Holdings
from archive.renditions.malware import Clamd, NoScanner, Scanner


@dataclass(frozen=True, slots=True)
class TakeIn:
    """What a take-in works with 接收端口."""

    works: Works
    holdings: Holdings
    settings: Settings
    scanner: Scanner

    @property
    def secrets_allowed(self) -> bool:
        """Whether this installation may hold state secrets at all; ``ordinary`` may not."""
        return self.settings.grade != "ordinary"


def open_take_in(holdings: Holdings, settings: Settings) -> TakeIn:
    """The take-in of an installation, with the scanner that settings name."""
    address = settings.malware.clamd
    return TakeIn(holdings.works, holdings, settings, Clamd(address) if address else NoScanner())
