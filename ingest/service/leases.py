"""Leases 租约 of long work on drafts: held by a beat beside the work, however long one step of it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archive.kernel import jobs
from archive.kernel.actor import Actor
from archive.kernel.jobs import JobRow
from archive.kernel.work import Work
from ingest.ports import TakeIn

BEAT = 30.0
"""Seconds between two renewals 续租间隔; a lease lasts two minutes."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """How far long work is 任务进度: ``state`` queued, leased, done or failed; ``stage`` names no file and no case."""

    state: str
    stage: str
    done: int
    total: int

    @property
    def lives(self) -> bool:
        """Whether it waits or is under way."""
        return self.state in ("queued", "leased")


def job_line(work: Work, job_id: str) -> JobLine | None:
    """How far the job is; None where there is none."""
    row = work.session.get(JobRow, job_id) if job_id else None
    return None if row is None else JobLine(row.state, row.current, row.done_units, row.total_units)


class Held:
    """A leased job under way 在办任务. ``lost`` once another worker may have it: then nothing more may be written."""

    def __init__(self, job_id: str, owner: str) -> None:
        self.job_id, self.owner = job_id, owner
        self.lost = False
        self._told = ("", 0, 0)

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """How far the work is; the name is not kept, for the job table lies in clear."""
        self._told = (stage, done, total)

    def renew(self, work: Work) -> None:
        """Tells the table, and keeps the lease."""
        stage, done, total = self._told
        self.lost = not jobs.renew(work.session, self.job_id, self.owner, work.now, done, total, stage)


@contextmanager
def hold_lease(ports: TakeIn, actor: Actor, job_id: str, owner: str) -> Iterator[Held]:
    """Holds the lease of a job while the block runs, by a thread of its own."""
    held, over = Held(job_id, owner), threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            ports.works.perform(actor, held.renew)

    thread = threading.Thread(target=beat, name=f"lease-{job_id}", daemon=True)
    thread.start()
    try:
        yield held
    finally:
        over.set()
        thread.join()
