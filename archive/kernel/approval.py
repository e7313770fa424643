"""Approval 审批链: the pure sign-off chain used by release, disposal and declassification alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.kernel.ids import PersonId
from archive.kernel.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain 审批环节: who (by duty) must sign."""

    name: str
    duty: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One hand under a step 签署: approving or returning, at an instant, a reason, a digest of what was seen."""

    step: str
    person: PersonId
    duty: str
    approves: bool
    at: datetime
    reason: str
    seen: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where a chain stands 审批状态: the step that waits (None when none), whether it is complete or was returned."""

    waiting: Step | None
    complete: bool
    returned: bool


def chain_state(steps: Sequence[Step], signatures: Sequence[Signature]) -> ChainState:
    """Where the chain stands after ``signatures``, which must follow the order of ``steps``."""
    for index, signature in enumerate(signatures):
        if index >= len(steps) or signature.step != steps[index].name:
            raise ValueError("a signature that stands under no step of its chain")
        if not signature.approves:
            return ChainState(None, False, True)
    if len(signatures) == len(steps):
        return ChainState(None, True, False)
    return ChainState(steps[len(signatures)], False, False)


def may_sign(
    steps: Sequence[Step],
    signatures: Sequence[Signature],
    *,
    person: PersonId,
    duties: frozenset[str],
    hands: frozenset[PersonId],
    seen: str,
    current: str,
) -> tuple[Refusal, ...]:
    """All reasons why ``person`` may not sign now; empty when they may.

    ``hands`` are all who already acted on the matter (asked, prepared, reviewed); ``seen`` is the digest of what the
    person was shown, ``current`` of what stands now: nobody signs what changed under their eyes.
    """
    state = chain_state(steps, signatures)
    if state.waiting is None:
        return (Refusal("archive.approval-closed"),)
    found = []
    if state.waiting.duty not in duties:
        found.append(Refusal("archive.approval-duty", step=state.waiting.name, duty=state.waiting.duty))
    if person in hands or any(person == signature.person for signature in signatures):
        found.append(Refusal("access.same-hand", step=state.waiting.name))
    if seen != current:
        found.append(Refusal("archive.approval-stale", step=state.waiting.name))
    return tuple(found)
