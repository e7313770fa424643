"""Outbox 发件箱: what can be rebuilt or repeated (index entries, notices, replicas) leaves the deed through a row.

A message sent by an after-commit hook is lost when the process dies; a row is not. Handlers may run twice and must
not mind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Integer, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from archive.kernel.clock import Clock
from archive.kernel.database import Base, Sessions, UtcDateTime
from archive.kernel.faults import name_fault
from archive.kernel.refusals import Crossed, Refusal

MAX_PAUSE = timedelta(minutes=10)
KEPT = timedelta(days=30)
"""How long a message that was handled stays to be looked at 已办消息保留期."""


class OutboxRow(Base):
    """One message that waits or has been handled 发件箱行."""

    __tablename__ = "kernel_outbox"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(64), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(16), default="waiting", index=True)
    last_error: Mapped[str] = mapped_column(Text, default="")


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox of one unit of work 发件箱."""

    session: Session
    now: datetime

    def send(self, topic: str, **payload: Any) -> None:
        """Adds a message to this transaction; payload holds ids, never content."""
        self.session.add(OutboxRow(topic=topic, payload=payload, created_at=self.now, due_at=self.now))


class Later(Exception):
    """Raised by a handler 稍后再办: nothing is wrong, something must happen first (a tier must be unlocked)."""


Handler = Callable[[Mapping[str, Any]], None]


def in_turn(*handlers: Handler) -> Handler:
    """One handler that calls several: what the first did it does again when a later one fails, as handlers may."""

    def handle(payload: Mapping[str, Any]) -> None:
        for handler in handlers:
            handler(payload)

    return handle


@dataclass(frozen=True, slots=True)
class Drained:
    """What one pass over the outbox did 发送结果."""

    done: int
    waiting: int
    stuck: int


def drain(sessions: Sessions, clock: Clock, handlers: Mapping[str, Handler], limit: int = 500) -> Drained:
    """Handles every due message once; a fault waits longer each time, a refusal is final and stays visible as stuck."""
    done = 0
    for message_id, topic, payload in _due(sessions, clock.now(), handlers, limit):
        done += _handle(sessions, clock, message_id, handlers[topic], payload)
    _purge(sessions, clock.now() - KEPT)
    with sessions() as session:
        states = session.scalars(select(OutboxRow.state).where(OutboxRow.state != "done")).all()
    return Drained(done, states.count("waiting"), states.count("stuck"))


def _purge(sessions: Sessions, before: datetime) -> None:
    """Removes what was handled long ago; what is stuck stays until somebody has seen to it."""
    old = (OutboxRow.state == "done", OutboxRow.due_at < before)
    with sessions() as session:
        oldest = session.scalars(select(OutboxRow.id).where(*old).limit(1)).first()
    if oldest is not None:
        with sessions() as session, session.begin():
            session.execute(delete(OutboxRow).where(*old))


def _due(
    sessions: Sessions, now: datetime, handlers: Mapping[str, Handler], limit: int
) -> list[tuple[int, str, dict[str, Any]]]:
    wanted = (
        select(OutboxRow.id, OutboxRow.topic, OutboxRow.payload)
        .where(OutboxRow.state == "waiting", OutboxRow.due_at <= now, OutboxRow.topic.in_(list(handlers)))
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    with sessions() as session:
        return [(row.id, row.topic, row.payload) for row in session.execute(wanted)]


def _handle(sessions: Sessions, clock: Clock, message_id: int, handler: Handler, payload: dict[str, Any]) -> int:
    error, state = "", "done"
    try:
        handler(payload)
    except Crossed as crossed:  # nothing was decided: another deed was under way
        error, state = name_fault(crossed), "waiting"
    except Refusal as refusal:
        error, state = name_fault(refusal), "stuck"
    except Exception as fault:  # noqa: BLE001 - whatever breaks must not stop the other messages; it is kept and retried
        error, state = name_fault(fault), "waiting"
    with sessions() as session, session.begin():
        row = session.get_one(OutboxRow, message_id)
        row.attempts += 1
        row.state, row.last_error = state, error[:2000]
        row.due_at = clock.now() + min(timedelta(seconds=2**row.attempts), MAX_PAUSE)
    return int(state == "done")
