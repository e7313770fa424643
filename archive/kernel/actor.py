"""Actor 行为人: who does a deed. A machine acts under a name and a reason; there is no nameless system identity."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.kernel.ids import PersonId, UnitCode, new_id

NO_UNIT = UnitCode("")


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a named machine 行为人. ``duties`` are names of duties 岗位职责, judged only by the guard."""

    id: PersonId
    name: str
    duties: frozenset[str] = frozenset()
    kind: str = "person"
    unit: UnitCode = NO_UNIT
    reason: str = ""
    session_id: str = ""
    language: str = field(default="zh", compare=False)

    def has(self, duty: str) -> bool:
        """Whether the actor holds ``duty``."""
        return duty in self.duties


def machine_actor(name: str, reason: str) -> Actor:
    """A machine that acts by itself 机器行为人: ``name`` says which part, ``reason`` why it acts now."""
    if not name or not reason:
        raise ValueError("a machine acts under a name and for a reason")
    return Actor(PersonId(f"machine_{name}"), name, frozenset({"machine"}), "machine", reason=reason)


def nobody() -> Actor:
    """Someone who has not signed in 未登录者."""
    return Actor(PersonId(new_id("anon")), "", frozenset(), "anonymous")
