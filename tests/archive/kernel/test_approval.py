"""The sign-off chain: in order, each by the right duty, each by another hand, nobody under what changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.kernel.approval import ChainState, Signature, Step, chain_state, may_sign
from archive.kernel.ids import PersonId

STEPS = (Step("review", "archivist"), Step("legal", "legal_reviewer"), Step("approve", "deputy_head"))
PEOPLE = [PersonId(name) for name in "abcd"]
DUTIES = [step.duty for step in STEPS]


def sign(step: Step, person: str, *, approves: bool = True) -> Signature:
    return Signature(step.name, PersonId(person), step.duty, approves, datetime(2026, 1, 1, tzinfo=UTC), "", "digest")


def reasons(signatures: list[Signature], person: str, duty: str, hands: str = "", seen: str = "digest") -> list[str]:
    found = may_sign(
        STEPS,
        signatures,
        person=PersonId(person),
        duties=frozenset({duty}),
        hands=frozenset(PersonId(each) for each in hands),
        seen=seen,
        current="digest",
    )
    return [each.code for each in found]


def test_each_step_waits_for_its_duty_and_another_hand() -> None:
    assert reasons([], "a", "archivist") == []
    assert reasons([], "a", "deputy_head") == ["archive.approval-duty"]
    assert reasons([], "a", "archivist", hands="a") == ["access.same-hand"]
    assert reasons([sign(STEPS[0], "a")], "a", "legal_reviewer") == ["access.same-hand"]
    assert reasons([], "a", "archivist", seen="older") == ["archive.approval-stale"]
    everything = reasons([sign(STEPS[0], "a")], "a", "archivist", seen="older")
    assert everything == ["archive.approval-duty", "access.same-hand", "archive.approval-stale"]


def test_a_complete_or_returned_chain_is_closed() -> None:
    done = [sign(step, person) for step, person in zip(STEPS, "abc", strict=True)]
    assert chain_state(STEPS, done) == ChainState(None, True, False)
    assert reasons(done, "d", "deputy_head") == ["archive.approval-closed"]
    returned = [sign(STEPS[0], "a", approves=False)]
    assert chain_state(STEPS, returned) == ChainState(None, False, True)
    assert reasons(returned, "b", "legal_reviewer") == ["archive.approval-closed"]


@pytest.mark.parametrize("wrong", [[sign(STEPS[1], "a")], [sign(STEPS[0], "a"), sign(STEPS[0], "b")]])
def test_a_signature_under_no_step_is_a_fault(wrong: list[Signature]) -> None:
    with pytest.raises(ValueError, match="under no step"):
        chain_state(STEPS, wrong)


def test_more_signatures_than_steps_are_a_fault() -> None:
    done = [sign(step, person) for step, person in zip(STEPS, "abc", strict=True)]
    with pytest.raises(ValueError, match="under no step"):
        chain_state(STEPS, [*done, sign(STEPS[2], "d")])


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DUTIES), st.booleans()), max_size=25))
def test_no_walk_through_the_chain_completes_it_with_fewer_hands(walk: list[tuple[PersonId, str, bool]]) -> None:
    signed: list[Signature] = []
    for person, duty, approves in walk:
        before = chain_state(STEPS, signed)
        if reasons(signed, person, duty):
            continue
        assert before.waiting is not None and duty == before.waiting.duty
        signed.append(sign(before.waiting, person, approves=approves))
    state = chain_state(STEPS, signed)
    assert len({each.person for each in signed}) == len(signed)
    assert [each.step for each in signed] == [step.name for step in STEPS[: len(signed)]]
    assert state.complete == (len(signed) == len(STEPS) and all(each.approves for each in signed))
    assert state.returned == any(not each.approves for each in signed)
    assert (state.waiting is None) == (state.complete or state.returned)
