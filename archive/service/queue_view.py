"""Queue view 待办队列: what still follows from deeds, by topic; ids and counts, never content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from archive.kernel.guard import SYSTEM, Action
from archive.kernel.outbox import OutboxRow
from archive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Waiting:
    """The messages of one topic that are not done 待发: how many wait, how many are stuck, since when."""

    topic: str
    waiting: int
    stuck: int
    since: datetime


def waiting_messages(work: Work) -> tuple[Waiting, ...]:
    """What still follows from deeds, by topic, the oldest first; asks for OPERATE."""
    work.require(Action.OPERATE, SYSTEM)
    wanted = select(OutboxRow.topic, OutboxRow.state, OutboxRow.created_at).where(OutboxRow.state != "done")
    found: dict[str, list[tuple[str, datetime]]] = {}
    for topic, state, at in work.session.execute(wanted):
        found.setdefault(topic, []).append((state, at))
    lines = (
        Waiting(
            topic, sum(s != "stuck" for s, _ in rows), sum(s == "stuck" for s, _ in rows), min(at for _, at in rows)
        )
        for topic, rows in found.items()
    )
    return tuple(sorted(lines, key=lambda line: line.since))
