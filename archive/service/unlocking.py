"""Custody of keys 密钥保管: unlocking a tier, the drill of its recovery shares, backups; each by duty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from archive.kernel.actor import Actor
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from archive.keys.terms import Tier


class Serving(Protocol):
    """The process that holds open roots 服务进程, as the officer reaches it."""

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the tier is open there; refuses when nobody serves."""
        ...

    def admit(self, tier: Tier, credential: bytes, until: datetime) -> None:
        """Opens the tier there until an instant."""
        ...


class Drillable(Protocol):
    """Roots whose recovery shares can be tried 可演练的根密钥."""

    def drill(self, tier: Tier, words: Sequence[str]) -> bool:
        """Whether these shares give the tier's root back; changes nothing."""
        ...


class Copyable(Protocol):
    """A key store that can be backed up 可备份的密钥库."""

    def back_up(self, folder: Path, now: datetime) -> int:
        """Writes a backup into a new folder; gives its epoch."""
        ...


def unlock_tier(
    works: Works, actor: Actor, serving: Serving, tier: Tier, credential: Callable[[], bytes], hours: int
) -> datetime:
    """Opens a tier in the serving process for ``hours`` 解锁; gives the instant at which it closes.

    The guard is asked before the secret is tried. The grant is in the ledger before the tier is open: what cannot be
    recorded opens nothing. A wrong secret is recorded as a refused deed.
    """
    with works.work(actor) as work:
        work.require(Action.UNLOCK_KEYS, SYSTEM)
        serving.is_unlocked(tier)  # refuses here when nobody serves, before anything is granted
        given = credential()
        until = work.now + timedelta(hours=hours)
        work.journal.record("keys.unlock-granted", str(tier), {"tier": str(tier), "until": until.isoformat()})
    serving.admit(tier, given, until)
    return until


def drill_shares(works: Works, actor: Actor, roots: Drillable, tier: Tier, shares: Sequence[str]) -> None:
    """Recombines shares and compares with the root's commitment 恢复演练; changes nothing.

    Recorded also when it fails, and then refused.
    """
    with works.work(actor) as work:
        work.require(Action.UNLOCK_KEYS, SYSTEM)
        good = roots.drill(tier, shares)
        work.journal.record("keys.drilled", str(tier), {"tier": str(tier), "ok": good, "shares": len(shares)})
    if not good:
        raise Refusal("archive.drill-failed", tier=str(tier))


def back_up_keys(works: Works, actor: Actor, store: Copyable, folder: Path) -> int:
    """Writes a backup of the wrapped keys into a new folder 备份密钥 and gives its epoch; never a root in clear.

    The store remembers where it went: the next destruction shreds it, or names it as out of reach. A plain copy of a
    key place is known to nobody and would keep destroyed keys alive.
    """
    with works.work(actor) as work:
        work.require(Action.OPERATE, SYSTEM)
        now = work.now
    epoch = store.back_up(folder, now)
    with works.work(actor) as work:
        work.journal.record("keys.backed-up", f"keys/{epoch}", {"epoch": epoch, "folder": str(folder.resolve())})
    return epoch
