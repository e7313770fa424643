"""Leftovers 残留: copies in the store of released copies that no release names, or that nobody can collect any more."""

from __future__ import annotations

from sqlalchemy import select

from access.ports import Counter
from access.tables import ReleaseRow
from archive.kernel.work import Work


def drop_stray_copies(work: Work, counter: Counter) -> tuple[str, ...]:
    """Shreds copies whose release was never recorded (the deed died between the copy and its transaction), and those
    that were collected or withdrawn.

    Gives their ids. Runs inside one transaction, so no release can be made meanwhile on an engine with one writer;
    elsewhere only at start, before the doors open.
    """
    waiting = select(ReleaseRow.id).where(ReleaseRow.collected_at.is_(None), ReleaseRow.withdrawn_at.is_(None))
    known = frozenset(work.session.scalars(waiting))
    stray = tuple(sorted(name for name in counter.copies.names() if name not in known))
    for name in stray:
        counter.copies.remove(name)
    return stray
