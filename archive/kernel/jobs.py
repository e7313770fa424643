"""Jobs 任务租约表: the truth about long work. A carrier such as Celery brings only a job's id and asks here again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Integer, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.kernel.database import Base, UtcDateTime
from archive.kernel.ids import JobId, new_id

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 8


class JobRow(Base):
    """One piece of long work 任务."""

    __tablename__ = "kernel_job"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    owner: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    done_units: Mapped[int] = mapped_column(Integer, default=0)
    total_units: Mapped[int] = mapped_column(Integer, default=0)
    current: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


def enqueue(session: Session, kind: str, payload: dict[str, Any], now: datetime) -> JobId:
    """Adds a job to the transaction of the deed that wants it."""
    job_id = JobId(new_id("job"))
    session.add(JobRow(id=job_id, kind=kind, payload=payload, created_at=now))
    return job_id


def lease(session: Session, kinds: list[str], owner: str, now: datetime) -> JobRow | None:
    """Takes the oldest job that is queued or whose lease ran out; None when there is none.

    A job whose lease ran out ``MAX_ATTEMPTS`` times has ended its worker each time: it fails and is not taken again.
    The update names the state it saw, so that of two workers only one gets the job on any engine.
    """
    free = or_(JobRow.state == "queued", (JobRow.state == "leased") & (JobRow.lease_until < now))
    worn = (JobRow.state == "leased") & (JobRow.lease_until < now) & (JobRow.attempts >= MAX_ATTEMPTS)
    session.execute(
        update(JobRow)
        .where(worn, JobRow.kind.in_(kinds))
        .values(state="failed", lease_until=None, ended_at=now, error="its lease ran out at every attempt")
    )
    wanted = select(JobRow).where(free, JobRow.kind.in_(kinds)).order_by(JobRow.created_at, JobRow.id).limit(1)
    row = session.scalars(wanted).first()
    if row is None:
        return None
    taken = session.connection().execute(
        update(JobRow)
        .where(JobRow.id == row.id, JobRow.attempts == row.attempts, free)
        .values(state="leased", owner=owner, lease_until=now + LEASE, attempts=row.attempts + 1)
    )
    if taken.rowcount != 1:
        return None
    session.refresh(row)
    return row


def renew(session: Session, job_id: str, owner: str, now: datetime, done: int, total: int, current: str) -> bool:
    """Extends the lease and tells the progress; False when the lease was lost, and then the worker must stop."""
    changed = session.connection().execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.owner == owner, JobRow.state == "leased")
        .values(lease_until=now + LEASE, done_units=done, total_units=total, current=current[:200])
    )
    return changed.rowcount == 1


def finish(session: Session, job_id: str, owner: str, now: datetime, result: dict[str, Any]) -> bool:
    """Ends the job; False when another worker holds it now."""
    return _end(session, job_id, owner, now, state="done", result=result, error="")


def fail(session: Session, job_id: str, owner: str, now: datetime, error: str, *, retry: bool) -> bool:
    """Gives the job back (``retry``: a fault) or ends it (a refusal, or too many attempts)."""
    row = session.get_one(JobRow, job_id)
    if retry and row.attempts < MAX_ATTEMPTS:
        return _end(session, job_id, owner, None, state="queued", result={}, error=error[:4000])
    return _end(session, job_id, owner, now, state="failed", result={}, error=error[:4000])


def _end(
    session: Session, job_id: str, owner: str, ended: datetime | None, *, state: str, result: dict[str, Any], error: str
) -> bool:
    changed = session.connection().execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.owner == owner, JobRow.state == "leased")
        .values(state=state, lease_until=None, ended_at=ended, result=result, error=error)
    )
    return changed.rowcount == 1
