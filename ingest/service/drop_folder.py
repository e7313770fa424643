"""Drop folder 投放文件夹: each complete package in it is taken in, and beside it lies what came of it.

A package is complete when ``<name>.ready`` lies beside it, or when nothing of it has changed for a while. What came of
it is ``<name>.receipt.json`` once sealed or ``<name>.refused.json`` with every reason; the package itself is the
sender's and stays. It is taken again when its result is removed or a new marker is set. Interrupted anywhere, the next
pass goes on: what is sealed already only gets its receipt.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.kernel.actor import Actor, machine_actor
from archive.kernel.faults import name_fault
from archive.kernel.ids import UnitCode
from archive.kernel.refusals import Catalogue, Refusal
from archive.keys.files import sync_folder
from archive.terms import SealState
from ingest.ports import TakeIn
from ingest.service.reports import Occasion, receipt_report, refusal_report
from ingest.service.take_in import take_in

log = logging.getLogger("anjuan.drop")
RECEIPT, REFUSED, READY = ".receipt.json", ".refused.json", ".ready"
LATER = 60.0
"""Seconds after which something that is no fault of the package is tried again 重试间隔."""
EVERY_UNIT = "*"
_ACTOR = machine_actor("drop-folder", "packages of case-handling systems")


@dataclass
class DropFolder:
    """One folder and what this process has seen of it 投放文件夹. ``monotonic`` tells seconds."""

    ports: TakeIn
    catalogue: Catalogue
    monotonic: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[object, float]] = field(default_factory=dict)
    _later: dict[str, float] = field(default_factory=dict)

    @property
    def path(self) -> Path | None:
        """The folder; None where settings name none, or no unit whose cases come from there."""
        part = self.ports.settings.ingest
        return Path(part.drop_folder) if part.drop_folder and part.drop_unit else None

    def take_next(self) -> str | None:
        """Takes in the first package that is complete and waits; gives its name, None when there is none."""
        path = self.path
        if path is None or not path.is_dir():
            return None
        for name in self._waiting(path):
            if self._is_complete(path, name):
                self._take(path, name)
                return name
        return None

    def _waiting(self, path: Path) -> Iterator[str]:
        names = {entry.name for entry in os.scandir(path)}
        gone = self._seen.keys() - names
        for name in gone:
            del self._seen[name]
        for name in sorted(names):
            if name.startswith(".") or name.endswith((RECEIPT, REFUSED, READY)):
                continue
            done = name + RECEIPT in names or name + REFUSED in names
            if (not done or name + READY in names) and self._later.get(name, 0.0) <= self.monotonic():
                yield name

    def _is_complete(self, path: Path, name: str) -> bool:
        if os.path.lexists(path / (name + READY)):
            return True
        looks, now = _looks(path / name), self.monotonic()
        kept, since = self._seen.get(name, (None, now))
        if looks != kept:
            self._seen[name] = (looks, now)
            return False
        return now - since >= self.ports.settings.ingest.drop_quiet_seconds

    def _take(self, path: Path, name: str) -> None:
        unit = self.ports.settings.ingest.drop_unit
        only = None if unit == EVERY_UNIT else UnitCode(unit)
        try:
            receipt = take_in(self.ports, _ACTOR, path / name, only=only)
        except Refusal as refusal:
            if not refusal.facts.get("intake"):  # not of the package: a scanner that is away, another deed under way
                self._try_later(name, name_fault(refusal))
                return
            self._tell(path, name, REFUSED, refusal_report(self.catalogue, refusal, name))
        except Exception as fault:  # noqa: BLE001  whatever breaks one package must not keep the others waiting
            self._try_later(name, name_fault(fault))
        else:
            if receipt.state != SealState.SEALED:
                self._try_later(name, "waits " + " ".join(receipt.waits_for))
                return
            self._tell(path, name, RECEIPT, receipt_report(receipt, self._occasion(name, _ACTOR)))

    def _try_later(self, name: str, why: str) -> None:
        log.warning("a package of the drop folder is tried again later: %s", why)  # its name may tell of a case
        self._later[name] = self.monotonic() + LATER

    def _occasion(self, name: str, actor: Actor) -> Occasion:
        settings, now = self.ports.settings, self.ports.works.clock.now()
        return Occasion(name, settings.bureau.name, actor.unit, actor.name, now, settings.grade == "trial")

    def _tell(self, path: Path, name: str, ending: str, report: Mapping[str, Any]) -> None:
        """Puts one result beside the package, whole or not at all, and takes marker and former result away."""
        fresh = path / f".{name}{ending}.part"
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(report, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, path / (name + ending))
        for old in {RECEIPT, REFUSED} - {ending} | {READY}:
            (path / (name + old)).unlink(missing_ok=True)
        sync_folder(path)
        self._seen.pop(name, None)
        self._later.pop(name, None)


def _looks(path: Path) -> object:
    """What changes when something of a package changes: every name with size and times; no link is followed."""
    found = []
    for place, folders, files in os.walk(path):
        for name in (*folders, *files):
            told = os.lstat(os.path.join(place, name))
            found.append((os.path.join(place, name), told.st_size, told.st_mtime_ns, told.st_ctime_ns))
    told = os.lstat(path)
    return (told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns, tuple(sorted(found)))
