"""Work 工作单元: one deed, one actor, one instant, one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from archive.kernel.actor import Actor
from archive.kernel.clock import Clock
from archive.kernel.database import Sessions
from archive.kernel.guard import Action, Guard, Purpose, Target, require
from archive.kernel.journal import Journal
from archive.kernel.outbox import Outbox
from archive.kernel.refusals import Refusal

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
        cannot be written, the fault of the ledger is raised instead of the refusal.
        """
        try:
            with self.sessions() as session, session.begin():
                yield self._bind(session, actor)
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
