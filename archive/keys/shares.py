"""Recovery shares 恢复份额 (SLIP-39): five sheets of words for each tier, any three of which give its root back."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha512

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from archive.kernel.refusals import Refusal
from archive.keys.terms import KEY_SIZE, Tier

NEEDED = 3
MADE = 5


def split(root: bytes) -> list[str]:
    """Five shares of a root; two tell nothing of it."""
    return list(generate_mnemonics(1, [(NEEDED, MADE)], root)[0])


def combine(tier: Tier, shares: Iterable[str]) -> bytes:
    """The root from at least three different shares; refuses what does not combine, without saying more."""
    chosen = list(dict.fromkeys(" ".join(share.split()) for share in shares))[:NEEDED]
    try:
        root = bytes(combine_mnemonics(chosen))
    except (MnemonicError, ValueError):
        raise Refusal("archive.shares-unusable", tier=str(tier), needed=NEEDED) from None
    if len(root) != KEY_SIZE:
        raise Refusal("archive.shares-unusable", tier=str(tier), needed=NEEDED)
    return root


def commitment(tier: Tier, root: bytes) -> str:
    """A value that tells a root from every other and nothing else about it, lower-case hex."""
    return hmac.new(root, f"anjuan root v1|{tier}".encode(), sha512).hexdigest()


def matches(tier: Tier, root: bytes, committed: str) -> bool:
    """Whether ``root`` is the one committed to."""
    return hmac.compare_digest(commitment(tier, root), committed)
