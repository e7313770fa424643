"""Outside anchors 外部锚 sorted by ledger: a witness keeps checkpoints and keys of both in one place."""

from __future__ import annotations

from collections.abc import Sequence

from archive.ledger.rules.notes import VerifierKey
from archive.ledger.terms import LedgerName, Pin


def of_ledger(
    ledger: LedgerName, pins: Sequence[Pin], keys: Sequence[VerifierKey]
) -> tuple[tuple[Pin, ...], tuple[VerifierKey, ...]]:
    """The pins and keys that speak about ``ledger``; an origin ends with the ledger's name."""
    return (
        tuple(pin for pin in pins if _is_of(pin.checkpoint.origin, ledger)),
        tuple(key for key in keys if _is_of(key.name, ledger)),
    )


def _is_of(origin: str, ledger: LedgerName) -> bool:
    return origin.rpartition("/")[2] == ledger
