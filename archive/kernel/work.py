"""Work 工作单元: one deed, one actor, one instant, one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from archive.kernel.actor import Actor
from archive.kernel.clock import Clock
from archive.kernel.database import Sessions, is_crossed, stand_alone
from archive.kernel.guard import Action, Guard, Purpose, Target, require
from archive.kernel.journal import Journal
from archive.kernel.outbox import Outbox
from archive.kernel.refusals import Crossed, Refusal

T = TypeVar("T")
TRIES = 5
PAUSE = 0.02
"""Seconds before a deed is begun again, longer each time 重试间隔."""

GuardFor = Callable[[Session, datetime], Guard]
JournalFor = Callable[[Session, datetime, Actor], Journal]


@dataclass(frozen=True, slots=True)
class Work:
    """What a deed works with 工作单元: the first argument of every service function."""

    actor: Actor
    now: datetime
    session: Session
    guard: Guard
    journal: Journal
    outbox: Outbox

    def require(self, action: Action, target: Target, purpose: Purpose = Purpose.DUTY) -> None:
        """Asks the guard and raises its Refusal when the answer is no."""
        require(self.guard, self.actor, action, target, purpose)


@dataclass(frozen=True, slots=True)
class Works:
    """Makes units of work 工作单元工厂, once from settings. There is no global session."""

    sessions: Sessions
    clock: Clock
    guard_for: GuardFor
    journal_for: JournalFor

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """One deed: commits when the block ends, rolls back when it raises.

        A refusal is rolled back with everything else and then journaled in a transaction of its own; if that entry
        cannot be written, the fault of the ledger is raised instead of the refusal. A deed that the database rolled
        back because another one was under way is refused as ``archive.deed-crossed``: it can be begun again.
        """
        try:
            with self._try(actor) as work:
                yield work
        except Crossed as crossed:
            self._journal_refusal(actor, crossed)
            raise

    def perform(self, actor: Actor, deed: Callable[[Work], T]) -> T:
        """One deed that touches nothing but the database 可重办事项: begun again, a few times, when it met another.

        ``deed`` may run more than once; what it did before is rolled back then. The last meeting is refused.
        """
        for number in range(1, TRIES):
            try:
                with self._try(actor) as work:
                    return deed(work)
            except Crossed:
                time.sleep(PAUSE * number)
        with self.work(actor) as work:
            return deed(work)

    @contextmanager
    def _try(self, actor: Actor) -> Iterator[Work]:
        """One try; journals every refusal but a meeting with another deed, which may not be the last word."""
        try:
            with self.sessions() as session, session.begin():
                stand_alone(session)
                yield self._bind(session, actor)
        except DBAPIError as broken:
            if not is_crossed(broken):
                raise
            raise Crossed from broken
        except Crossed:  # of a deed within, for whom a transaction of its own was refused
            raise
        except Refusal as refusal:
            self._journal_refusal(actor, refusal)
            raise

    def _bind(self, session: Session, actor: Actor) -> Work:
        now = self.clock.now()
        return Work(
            actor,
            now,
            session,
            self.guard_for(session, now),
            self.journal_for(session, now, actor),
            Outbox(session, now),
        )

    def _journal_refusal(self, actor: Actor, refusal: Refusal) -> None:
        with self.sessions() as session, session.begin():
            work = self._bind(session, actor)
            codes = [reason.code for reason in refusal.all()]
            work.journal.record("deed.refused", str(refusal.facts.get("subject", "")), {"codes": codes})
