"""Guard 访问判定: the protocol that every read asks; ``access`` implements it, ``wsgi`` joins them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from archive.kernel.actor import NO_UNIT, Actor
from archive.kernel.ids import CaseId, ItemId, PersonId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import Visibility


class Action(StrEnum):
    """What somebody wants to do 行为."""

    LIST = "list"  # see that a case or item exists, with its title
    READ = "read"  # see content: page, picture, recording, text
    SEARCH = "search"
    EXPORT = "export"  # take a whole object out, as ciphertext or clear
    VERIFY = "verify"  # check seals; shows no content
    INGEST = "ingest"
    ANNOTATE = "annotate"  # late document, note
    REQUEST_COPY = "request-copy"
    REVIEW_REQUEST = "review-request"
    APPROVE_REQUEST = "approve-request"
    RELEASE = "release"
    COLLECT = "collect"  # the party takes the released copy
    PLACE_HOLD = "place-hold"
    LIFT_HOLD = "lift-hold"
    APPRAISE = "appraise"
    DESTROY = "destroy"
    MARK = "mark"  # set or change markings
    CLEAR = "clear"  # grant clearances and circles
    MANAGE_USERS = "manage-users"  # create and disable accounts
    ASSIGN_DUTIES = "assign-duties"
    AUDIT = "audit"  # read the activity ledger
    OPERATE = "operate"  # run, unlock keys, look at the state of parts
    UNLOCK_KEYS = "unlock-keys"


class Purpose(StrEnum):
    """Why somebody wants it 目的."""

    DUTY = "duty"
    COPY_REQUEST = "copy-request"
    SUPERVISION = "supervision"
    EVIDENCE = "evidence"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Target:
    """What the guard must know of an object 判定对象. Built by the package that holds the object."""

    kind: str
    unit: UnitCode = NO_UNIT
    case_id: CaseId | None = None
    item_id: ItemId | None = None
    handling: str = "INTERNAL"
    level: int = 0
    compartments: frozenset[str] = frozenset()
    hands: frozenset[PersonId] = frozenset()  # who already had a hand in this matter (separation of duties)
    owner: PersonId | None = None  # the person whose own matter it is (a party's request)
    assigned: frozenset[PersonId] = frozenset()  # persons to whom this matter is assigned
    held: bool = False


SYSTEM = Target("system")


@dataclass(frozen=True, slots=True)
class Decision:
    """The guard's answer 判定结果: allowed, or all reasons why not, with the rule that decided."""

    allowed: bool
    reasons: tuple[Refusal, ...] = ()
    rule: str = ""

    @property
    def reason(self) -> Refusal | None:
        """All reasons as one refusal; None when allowed."""
        return None if self.allowed else Refusal.join(self.reasons)


class Guard(Protocol):
    """The one policy 统一判定, as a decision and as a filter."""

    def decide(self, actor: Actor, action: Action, target: Target, purpose: Purpose = Purpose.DUTY) -> Decision:
        """Whether ``actor`` may; never raises a refusal."""
        ...

    def visibility(self, actor: Actor, action: Action) -> Visibility:
        """What ``actor`` may see for ``action``, as a filter that agrees with ``decide``."""
        ...


def require(guard: Guard, actor: Actor, action: Action, target: Target, purpose: Purpose = Purpose.DUTY) -> Decision:
    """The decision, or raises its Refusal."""
    decision = guard.decide(actor, action, target, purpose)
    if decision.allowed:
        return decision
    raise decision.reason or Refusal("access.action-forbidden", action=str(action))
