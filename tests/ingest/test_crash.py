"""A take-in that is killed at any moment: the next run finishes it, reads nothing twice, seals once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

import wsgi
from archive.service.staging import Staging
from ingest.service.intakes import Intake
from ingest.service.receive import durable_files
from ingest.service.recovery import recover
from ingest.tables import IntakeRow
from tests.ingest.support import Desk

_CHILD = """
import os, sys
from datetime import datetime
from pathlib import Path
from archive.kernel.actor import Actor
from archive.kernel.clock import FixedClock
from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from tests.support.house import START, open_house

home, package, person, stage, name = sys.argv[1:]

class Kill:
    def tell(self, at, what, done, total):
        if at == stage and name in what:
            os.kill(os.getpid(), 9)

house = open_house(Path(home), FixedClock(START))
take_in(house.ports.get(TakeIn), Actor(person, "archivist"), Path(package), Kill())
"""


@pytest.mark.parametrize(("stage", "name", "durable"), [("receive", "c.txt", 2), ("normalise", "", 3), ("seal", "", 3)])
def test_killed_and_run_again(desk: Desk, stage: str, name: str, durable: int) -> None:
    path = desk.write(f"killed at {stage}", {"a.txt": stage.encode() * 9, "b.txt": b"b" * 9, "c.txt": b"c" * 100_000})
    words = [str(desk.house.path), str(path), desk.actor.id, stage, name]
    done = subprocess.run([sys.executable, "-c", _CHILD, *words], cwd=Path(wsgi.__file__).parent, check=False)
    assert done.returncode == -9
    with desk.ports.works.work(desk.actor) as work:
        row = work.session.scalars(select(IntakeRow).where(IntakeRow.state.in_(["receiving", "accepted"]))).one()
        intake = Intake(row.id, row.case_id)  # type: ignore[arg-type]
    kept = {name: got.staged.id for name, got in durable_files(desk.ports, desk.actor, intake).items()}
    assert len(kept) == durable
    report = recover(desk.ports)
    assert report.alarms == [] and report.quarantined == []
    assert (intake.case_id in report.sealed) == (stage == "seal")
    if stage != "seal":
        assert intake.case_id in report.resumable
        assert set(kept.values()) == Staging(desk.ports.holdings, intake.case_id, 1).names()
    receipt = desk.take(path)
    assert receipt.case_id == intake.case_id and receipt.state == "sealed"
    with desk.ports.works.work(desk.actor) as work:
        of_case = select(func.count()).select_from(IntakeRow).where(IntakeRow.case_id == intake.case_id)
        assert work.session.scalar(of_case) == 1
