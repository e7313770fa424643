"""Auditing 账本核查: checkpoints, proofs and the audit of both ledgers, each for a person whose duty it is.

The ledgers open transactions of their own, so the deed is asked for and recorded first, and done after that is durable.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work, Works
from archive.ledger.rules.notes import VerifierKey
from archive.ledger.service.proofs import prove
from archive.ledger.terms import LedgerFinding, Pin


def sign_checkpoints(works: Works, actor: Actor, ledgers: Ledgers, *, witness: bool) -> tuple[bytes, ...]:
    """Signs the heads of both ledgers 签署检查点, for the auditor or the system administrator; ``witness`` delivers.

    Gives the signed notes in the order of ``ledgers.signing``; refuses a delivery where no witness is set up.
    """
    with works.work(actor) as work:
        _require_either(work, Action.AUDIT, Action.OPERATE)
        if witness and ledgers.witness is None:
            raise Refusal("archive.witness-absent")
        work.journal.record("ledger.checkpoint-asked", "", {"witness": witness})
    return ledgers.tell_witness() if witness else tuple(ledgers.checkpoint(name) for name in ledgers.signing)


def prove_entry(works: Works, actor: Actor, ledgers: Ledgers, entry: str) -> bytes:
    """The proof file of one entry 条目证明 under a checkpoint made now; refuses an unknown entry."""
    with works.work(actor) as work:
        work.require(Action.AUDIT, SYSTEM)
        work.journal.record("ledger.proof-made", entry, {"entry": entry})
    for name in ledgers.signing:
        ledgers.checkpoint(name)
    with ledgers.sessions() as session:
        return prove(session, entry)


def audit_ledgers(
    works: Works, actor: Actor, ledgers: Ledgers, pins: Sequence[Pin], keys: Sequence[VerifierKey]
) -> list[LedgerFinding]:
    """Everything that is wrong with both ledgers 核查账本, against pins and keys from outside."""
    with works.work(actor) as work:
        work.require(Action.AUDIT, SYSTEM)
        work.journal.record("ledger.audit-begun", "", {"pins": len(pins), "keys": len(keys)})
    return ledgers.audit(pins, keys)


def _require_either(work: Work, first: Action, other: Action) -> None:
    if not work.guard.decide(work.actor, other, SYSTEM).allowed:
        work.require(first, SYSTEM)
