"""Outbox: a message lives and dies with its deed, is handled at least once, and a fault never loses or blocks one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from archive.kernel.clock import FixedClock
from archive.kernel.database import Base, Sessions, make_sessions
from archive.kernel.outbox import KEPT, MAX_PAUSE, Drained, Later, Outbox, OutboxRow, drain, in_turn
from archive.kernel.refusals import Crossed, Refusal
from tests.archive.kernel.conftest import NOW


def send(sessions: Sessions, clock: FixedClock, topic: str, *numbers: int) -> None:
    with sessions() as session, session.begin():
        for number in numbers:
            Outbox(session, clock.now()).send(topic, number=number)


class Hand:
    """A handler that fails as it is told, and remembers what it finished."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.seen: list[int] = []

    def __call__(self, payload: Mapping[str, Any]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.seen.append(payload["number"])


def test_a_message_of_a_deed_that_rolled_back_was_never_sent(sessions: Sessions, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), sessions() as session, session.begin():
        Outbox(session, clock.now()).send("topic", number=1)
        raise RuntimeError("the deed fails")
    hand = Hand()
    assert drain(sessions, clock, {"topic": hand}) == Drained(0, 0, 0) and not hand.seen


def test_messages_are_handled_in_order_and_not_again(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1, 2, 3)
    hand = Hand()
    assert drain(sessions, clock, {"topic": hand}, limit=2) == Drained(2, 1, 0)
    assert drain(sessions, clock, {"topic": hand}) == Drained(1, 0, 0)
    assert drain(sessions, clock, {"topic": hand}) == Drained(0, 0, 0) and hand.seen == [1, 2, 3]


def test_what_was_handled_stays_for_thirty_days_and_what_is_stuck_stays(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1)
    drain(sessions, clock, {"topic": Hand()})
    send(sessions, clock, "topic", 2)
    drain(sessions, clock, {"topic": Hand(Refusal("archive.case-unknown"))})

    def states() -> list[str]:
        drain(sessions, clock, {})
        with sessions() as session:
            return list(session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)))

    clock.advance(KEPT)
    assert states() == ["done", "stuck"]
    clock.advance(MAX_PAUSE)
    assert states() == ["stuck"]


def test_a_topic_without_a_handler_waits(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "unknown", 1)
    assert drain(sessions, clock, {"topic": Hand()}) == Drained(0, 1, 0)


def test_a_fault_is_kept_waits_longer_each_time_and_lets_others_pass(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1, 2)
    hand = Hand(OSError("disk"))
    assert drain(sessions, clock, {"topic": hand}) == Drained(1, 1, 0) and hand.seen == [2]
    assert drain(sessions, clock, {"topic": hand}) == Drained(0, 1, 0)  # not due yet
    with sessions() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.state == "waiting")).one()
    assert row.attempts == 1 and row.last_error.startswith("OSError ") and row.due_at == NOW + timedelta(seconds=2)
    clock.advance(timedelta(seconds=2))
    assert drain(sessions, clock, {"topic": hand}) == Drained(1, 0, 0) and hand.seen == [2, 1]


def test_pauses_grow_to_ten_minutes_and_no_further(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1)
    hand = Hand(*(Later("a tier is locked") for _ in range(14)))
    for _ in range(14):
        drain(sessions, clock, {"topic": hand})
        clock.advance(MAX_PAUSE)
    assert drain(sessions, clock, {"topic": hand}) == Drained(1, 0, 0)


def test_a_refusal_is_final_and_stays_to_be_seen(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1)
    hand = Hand(Refusal("archive.case-unknown", case="c"))
    assert drain(sessions, clock, {"topic": hand}) == Drained(0, 0, 1)
    clock.advance(timedelta(days=1))
    assert drain(sessions, clock, {"topic": hand}) == Drained(0, 0, 1) and not hand.seen


def test_a_handler_that_met_another_deed_is_tried_again(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1)
    hand = Hand(Crossed())
    assert drain(sessions, clock, {"topic": hand}) == Drained(0, 1, 0)
    clock.advance(timedelta(seconds=2))
    assert drain(sessions, clock, {"topic": hand}) == Drained(1, 0, 0) and hand.seen == [1]


def test_what_is_kept_of_a_fault_holds_no_word_of_it(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1, 2)
    drain(sessions, clock, {"topic": Hand(OSError("某某公司案 张三"), Refusal("archive.case-unknown", title="张三"))})
    with sessions() as session:
        kept = session.scalars(select(OutboxRow.last_error).order_by(OutboxRow.id)).all()
    assert re.fullmatch(r"OSError tests\.archive\.kernel\.test_outbox:\d+", kept[0])
    assert kept[1] == "archive.case-unknown"


def test_a_process_that_dies_after_handling_handles_again(sessions: Sessions, clock: FixedClock) -> None:
    send(sessions, clock, "topic", 1)
    seen: list[int] = []

    def dies_afterwards(payload: Mapping[str, Any]) -> None:
        seen.append(payload["number"])
        raise KeyboardInterrupt  # no Exception: as if the process ended before the row was written

    with pytest.raises(KeyboardInterrupt):
        drain(sessions, clock, {"topic": dies_afterwards})
    hand = Hand()
    assert drain(sessions, clock, {"topic": hand}) == Drained(1, 0, 0) and seen + hand.seen == [1, 1]


@given(st.lists(st.sampled_from(["fine", "fault", "later"]), max_size=12), st.integers(1, 5))
def test_whatever_fails_everything_is_handled_at_least_once(ways: list[str], limit: int) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["kernel_outbox"]])
    sessions, clock = make_sessions(engine), FixedClock(NOW)
    send(sessions, clock, "topic", *range(6))
    failures = {"fault": OSError("x"), "later": Later("y")}
    hand = Hand(*(failures[way] for way in ways if way != "fine"))
    for _ in range(40):
        if drain(sessions, clock, {"topic": hand}, limit).waiting == 0:
            break
        clock.advance(MAX_PAUSE)
    engine.dispose()
    assert sorted(hand.seen) == list(range(6))


def test_handlers_in_turn_all_run_and_a_failing_one_stops_the_later() -> None:
    told: list[str] = []

    def fail(_: object) -> None:
        raise ValueError

    in_turn(lambda _: told.append("a"), lambda _: told.append("b"))({})
    assert told == ["a", "b"]
    with pytest.raises(ValueError):
        in_turn(fail, lambda _: told.append("c"))({})
    assert told == ["a", "b"]
