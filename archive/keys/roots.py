"""Roots of the key tiers 层根密钥: who can wrap and unwrap under a tier's root, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from archive.kernel.refusals import Refusal
from archive.keys.terms import Tier


class RootProvider(Protocol):
    """Holds the roots 根密钥提供者; a root's bytes never leave it by ``wrap`` and ``unwrap``."""

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the tier can be used in this process now."""
        ...

    def wrap(self, tier: Tier, key: bytes) -> bytes:
        """``key`` (32 bytes) under the tier's root; refuses when it is locked."""
        ...

    def unwrap(self, tier: Tier, wrapped: bytes) -> bytes:
        """The key back; refuses when the tier is locked; KeyDamaged when it is not under this root."""
        ...


class UnlockableRoots(RootProvider, Protocol):
    """Roots that this process can unlock itself 可解锁的根密钥."""

    def credential(self, tier: Tier, secret: str) -> bytes:
        """What opens the tier in a process, from the officer's secret; refuses a wrong secret. May take a second."""
        ...

    def admit(self, tier: Tier, credential: bytes, until: datetime) -> None:
        """Opens the tier in this process until an instant; refuses a wrong credential."""
        ...

    def lock(self, tier: Tier) -> None:
        """Closes the tier in this process."""
        ...


def unlock(roots: UnlockableRoots, tier: Tier, secret: str, until: datetime) -> None:
    """Opens a tier in this process by the officer's secret 解锁 (passphrase or PIN), until an instant."""
    roots.admit(tier, roots.credential(tier, secret), until)


def locked(tier: Tier) -> Refusal:
    """The refusal that names a locked tier."""
    return Refusal("archive.tier-locked", tier=str(tier))


@dataclass(frozen=True, slots=True)
class Unlocked:
    """Something held until an instant 限时持有."""

    held: bytes
    until: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it may be used at ``now``; None never ends."""
        return self.until is None or now < self.until
