"""Jobs: one owner at a time, a lease that runs out gives the work to another, the old owner is told to stop."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from archive.kernel.database import Sessions
from archive.kernel.jobs import LEASE, MAX_ATTEMPTS, JobRow, enqueue, fail, finish, lease, renew
from tests.archive.kernel.conftest import NOW

KINDS = ["ocr"]
LATE = NOW + LEASE + timedelta(seconds=1)


def take(sessions: Sessions, owner: str, now: datetime = NOW) -> str | None:
    with sessions() as session, session.begin():
        row = lease(session, KINDS, owner, now)
        return row.id if row is not None else None


def put(sessions: Sessions, kind: str = "ocr", now: datetime = NOW) -> str:
    with sessions() as session, session.begin():
        return enqueue(session, kind, {"item": "x"}, now)


def row_of(sessions: Sessions, job: str) -> JobRow:
    with sessions() as session:
        return session.get_one(JobRow, job)


def test_a_job_of_a_deed_that_rolled_back_never_was(sessions: Sessions) -> None:
    with pytest.raises(RuntimeError), sessions() as session, session.begin():
        enqueue(session, "ocr", {}, NOW)
        raise RuntimeError
    assert take(sessions, "a") is None


def test_the_oldest_job_of_a_wanted_kind_goes_to_one_worker(sessions: Sessions) -> None:
    put(sessions, "other", NOW - timedelta(days=1))
    younger, older = put(sessions), put(sessions, now=NOW - timedelta(minutes=1))
    assert [take(sessions, "a"), take(sessions, "b"), take(sessions, "c")] == [older, younger, None]
    assert row_of(sessions, older).owner == "a" and row_of(sessions, older).lease_until == NOW + LEASE


def test_a_lease_that_ran_out_passes_on_and_the_old_owner_can_end_nothing(sessions: Sessions) -> None:
    job = put(sessions)
    assert take(sessions, "a") == job and take(sessions, "b", NOW + LEASE) is None
    assert take(sessions, "b", LATE) == job and row_of(sessions, job).attempts == 2
    with sessions() as session, session.begin():
        assert not renew(session, job, "a", LATE, 1, 2, "page 1")
        assert not finish(session, job, "a", LATE, {"done": "twice"})
        assert not fail(session, job, "a", LATE, "x", retry=True)
        assert finish(session, job, "b", LATE, {"pages": 2})
    found = row_of(sessions, job)
    assert (found.state, found.result, found.ended_at) == ("done", {"pages": 2}, LATE)
    assert take(sessions, "c", LATE + LEASE * 2) is None


def test_a_renewed_lease_lasts_and_tells_the_progress(sessions: Sessions) -> None:
    job = put(sessions)
    take(sessions, "a")
    with sessions() as session, session.begin():
        assert renew(session, job, "a", NOW + LEASE, 3, 9, "第 3 页" * 90)
    assert take(sessions, "b", NOW + LEASE * 2) is None
    found = row_of(sessions, job)
    assert (found.done_units, found.total_units, len(found.current)) == (3, 9, 200)


def test_a_fault_gives_the_job_back_until_it_was_tried_often_enough(sessions: Sessions) -> None:
    job = put(sessions)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert take(sessions, "a") == job
        with sessions() as session, session.begin():
            assert fail(session, job, "a", NOW, f"fault {attempt}", retry=True)
        assert row_of(sessions, job).state == ("queued" if attempt < MAX_ATTEMPTS else "failed")
    assert take(sessions, "a") is None and row_of(sessions, job).error == f"fault {MAX_ATTEMPTS}"


def test_a_refusal_ends_the_job_at_once(sessions: Sessions) -> None:
    job = put(sessions)
    take(sessions, "a")
    with sessions() as session, session.begin():
        assert fail(session, job, "a", NOW, "archive.pdf-encrypted", retry=False)
    assert row_of(sessions, job).state == "failed" and take(sessions, "b", LATE) is None
    with sessions() as session:
        assert session.scalars(select(JobRow.ended_at)).all() == [NOW]


def test_a_job_that_ended_its_worker_at_every_attempt_is_not_taken_for_ever(sessions: Sessions) -> None:
    job, now = put(sessions), NOW
    for _ in range(MAX_ATTEMPTS):
        assert take(sessions, "a", now) == job
        now += LEASE + timedelta(seconds=1)
    assert take(sessions, "a", now) is None
    assert row_of(sessions, job).state == "failed" and row_of(sessions, job).ended_at == now
