"""Disposal 处置: the one rule that builds a DisposalOrder, after period, holds and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from archive.kernel.approval import Signature, Step, chain_state
from archive.kernel.ids import CaseId, HoldId
from archive.kernel.orders import DisposalOrder
from archive.kernel.refusals import Refusal
from retention.terms import Derivation

STEPS = (Step("appraise", "archivist"), Step("approve", "deputy_head"))
"""Appraisal and approval 鉴定与批准, by different hands (Archives Law regulation art. 24)."""


def order_disposal(
    case_id: CaseId,
    derivation: Derivation,
    holds: Sequence[HoldId],
    signatures: Sequence[Signature],
    *,
    today: date,
    now: datetime,
) -> DisposalOrder:
    """The order to destroy a case; raises one Refusal with every reason why not.

    ``today`` is the legal date of ``now``. A hold forbids, a running period does, a missing or repeated hand does.
    """
    reasons = []
    if holds:
        reasons.append(Refusal("retention.hold-active", case=case_id, holds=len(holds)))
    if derivation.earliest_disposal is None:
        reasons.append(Refusal("retention.kept-permanently", case=case_id))
    elif today < derivation.earliest_disposal:
        reasons.append(Refusal("retention.period-running", case=case_id, until=derivation.last_day))
    if not chain_state(STEPS, signatures).complete:
        reasons.append(Refusal("retention.signatures-missing", case=case_id))
    if len({signature.person for signature in signatures}) != len(signatures):
        reasons.append(Refusal("retention.same-hand", case=case_id))
    if refusal := Refusal.join(reasons):
        raise refusal
    if derivation.earliest_disposal is None:
        raise Refusal("retention.kept-permanently", case=case_id)
    return DisposalOrder(case_id, derivation.rule.basis, derivation.earliest_disposal, now, tuple(signatures))
