"""Packages on disk and an actor for tests of take-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from ingest.tables import IntakeFileRow, IntakeRow
from ingest.terms import Receipt
from tests.ingest.packages.shapes import described, pack
from tests.support.house import House, person


@dataclass(frozen=True)
class Desk:
    """A house with its take-in and the archivist who submits."""

    house: House
    folder: Path

    @property
    def ports(self) -> TakeIn:
        return self.house.ports.get(TakeIn)

    @property
    def actor(self) -> Actor:
        return person(self.house, "archivist")

    def write(self, name: str, files: dict[str, bytes], change: Callable[[Any], None] | None = None) -> Path:
        """A folder of the files with a description that names them all, changed by ``change``."""
        made = described({path: data for path, data in files.items() if path != "case.json"})
        made |= {path: data for path, data in files.items() if path == "case.json"}
        if change is not None:
            description = json.loads(made["case.json"])
            change(description)
            made["case.json"] = json.dumps(description, ensure_ascii=False).encode()
        return pack(made, "folder", self.folder / name)

    def take(self, path: Path) -> Receipt:
        return take_in(self.ports, self.actor, path)

    def refusal(self, path: Path) -> list[Refusal]:
        """The reasons why the package is refused; it must be, and it must leave nothing."""
        before = self.kept()
        try:
            self.take(path)
        except Refusal as refusal:
            assert self.kept() == before
            return list(refusal.all())
        raise AssertionError(f"{path.name} was taken in")

    def kept(self) -> tuple[set[str], int]:
        """What lies in staging, and how many files are remembered as durable or have intake keys."""
        store, keys = self.ports.holdings.store, self.ports.holdings.keys
        with self.ports.works.work(self.actor) as work:
            files = len(list(work.session.scalars(select(IntakeFileRow))))
            refused = work.session.scalars(select(IntakeRow.case_id).where(IntakeRow.state == "refused"))
            held = sum(len(keys.file_ids(object_id(CaseId(case)))) for case in refused)
        return set(store.staged()), files + held

    def rows(self, state: str) -> list[IntakeRow]:
        with self.ports.works.work(self.actor) as work:
            return list(work.session.scalars(select(IntakeRow).where(IntakeRow.state == state)))
