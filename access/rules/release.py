"""Release 出具 as arithmetic: which hands a request needs, who may sign, and the one builder of ApprovedRelease."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from archive.kernel.approval import Signature, Step, chain_state
from archive.kernel.canonical import canonical
from archive.kernel.guard import Target
from archive.kernel.ids import CaseId, ItemId, PersonId, ReleaseId, RequestId
from archive.kernel.orders import ApprovedRelease
from archive.kernel.refusals import Refusal

REVIEW = Step("review", "archivist")
LEGAL = Step("legal", "legal_reviewer")
APPROVE = Step("approve", "deputy_head")
SIGNING = frozenset(step.name for step in (REVIEW, LEGAL, APPROVE))
"""Steps that are signed 签署环节; others only tell what happened to the copy."""


def steps_for(scope: Sequence[Target]) -> tuple[Step, ...]:
    """The hands a scope needs: archivist and deputy head in charge (article 26); a legal opinion between them as soon
    as anything in it is guarded by a compartment.
    """
    guarded = any(target.compartments for target in scope)
    return (REVIEW, LEGAL, APPROVE) if guarded else (REVIEW, APPROVE)


def check_scope(asked: Sequence[ItemId], scope: Sequence[ItemId], targets: Mapping[ItemId, Target]) -> None:
    """Refuses an empty scope, an item that was not asked for or is not of the case, and every state secret: a copy of
    a state secret needs the classifying body's consent outside this archive (State Secrets Law art. 26).
    """
    reasons = []
    if not scope:
        reasons.append(Refusal("access.scope-empty"))
    for item in scope:
        if item not in asked or item not in targets:
            reasons.append(Refusal("access.scope-foreign"))
        elif targets[item].level:
            reasons.append(Refusal("access.scope-secret"))
    if refusal := Refusal.join(reasons):
        raise refusal


def scope_digest(request_id: RequestId, case_id: CaseId, scope: Sequence[ItemId], purpose: str) -> str:
    """SHA-256 of exactly what is approved; a hand that saw something else does not count."""
    value = {"request": request_id, "case": case_id, "items": sorted(scope), "purpose": purpose}
    return hashlib.sha256(canonical(value)).hexdigest()


def approve_release(
    *,
    release_id: ReleaseId,
    request_id: RequestId,
    case_id: CaseId,
    scope: Sequence[ItemId],
    targets: Sequence[Target],
    recipient: PersonId,
    purpose: str,
    signatures: Sequence[Signature],
    now: datetime,
) -> ApprovedRelease:
    """The value without which no copy is made. Raises with every reason: a step not signed, one person twice, the
    recipient among the hands, or a signature under another scope.
    """
    digest = scope_digest(request_id, case_id, scope, purpose)
    steps = steps_for(targets)
    reasons = []
    if not chain_state(steps, signatures).complete:
        reasons.append(Refusal("access.approval-missing"))
    people = [signature.person for signature in signatures]
    if len(set(people)) != len(people) or recipient in people:
        reasons.append(Refusal("access.same-hand", step="release"))
    if any(signature.seen != digest for signature in signatures):
        reasons.append(Refusal("archive.approval-stale", step="release"))
    if refusal := Refusal.join(reasons):
        raise refusal
    return ApprovedRelease(
        release_id, request_id, case_id, tuple(scope), recipient, purpose, now, tuple(signatures), digest
    )
