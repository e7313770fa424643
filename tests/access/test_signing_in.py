"""Signing in 登录: no transaction while a password is computed, every wrong one counts, no login in the ledger."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import event

from access.service.signing_in import FAILURES, LOCK, change_password, sign_in
from access.tables import PersonRow
from archive.kernel.actor import Actor
from archive.kernel.ids import EntryId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from tests.support.house import PASSWORD, House, make_house, person

NEW = "a much longer sentence"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("signing-in"))


@dataclass
class Notes:
    """A journal that keeps what it is told."""

    entries: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def record(self, kind: str, subject: str, facts: Mapping[str, Any], **_more: Any) -> EntryId:
        self.entries.append((kind, subject, facts))
        return EntryId(f"entry_{len(self.entries)}")


@contextmanager
def _longest_transaction(works: Works) -> Iterator[list[float]]:
    """Collects how long each transaction stays open, in seconds."""
    begun: list[float] = []
    lasted: list[float] = []
    engine = works.sessions.kw["bind"]

    def begin(_connection: object) -> None:
        begun.append(time.monotonic())

    def end(_connection: object) -> None:
        lasted.append(time.monotonic() - begun[-1])

    listeners = (("begin", begin), ("commit", end), ("rollback", end))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield lasted
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def _slow_password(house: House, who: Actor) -> float:
    """Gives the account a hash that is slow to check; how many seconds one check takes."""
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=24, lanes=1, memory_cost=64 * 1024)
    stored = kdf.derive_phc_encoded(PASSWORD.encode())
    with house.works.work(who) as work:
        work.session.get_one(PersonRow, who.id).password = stored
    begun = time.monotonic()
    Argon2id.verify_phc_encoded(PASSWORD.encode(), stored)
    return time.monotonic() - begun


def _sign_in(house: House, login: str, password: str, works: Works | None = None) -> Actor:
    return sign_in(works or house.works, login, password, house.holdings.keys.keyed_digest)


def test_no_transaction_is_open_while_a_password_is_computed(house: House) -> None:
    seconds = _slow_password(house, person(house, "stranger"))
    with _longest_transaction(house.works) as lasted:
        assert _sign_in(house, "stranger", PASSWORD).id == person(house, "stranger").id
    assert lasted and max(lasted) < seconds / 2
    with _longest_transaction(house.works) as lasted:
        change_password(house.works, person(house, "stranger"), PASSWORD, NEW)
    assert lasted and max(lasted) < seconds / 2
    assert _sign_in(house, "stranger", NEW)


def test_a_wrong_old_password_counts_and_locks_like_a_failed_sign_in(house: House) -> None:
    who = person(house, "legal")
    for _ in range(FAILURES):
        with pytest.raises(Refusal) as refused:
            change_password(house.works, who, "not the password", NEW)
        assert refused.value.code == "access.sign-in-failed"
    with pytest.raises(Refusal) as refused:
        change_password(house.works, who, PASSWORD, NEW)
    assert refused.value.code == "access.sign-in-failed"
    with pytest.raises(Refusal):
        _sign_in(house, "legal", PASSWORD)
    house.clock.advance(LOCK)
    change_password(house.works, who, PASSWORD, NEW)
    assert _sign_in(house, "legal", NEW)


def test_a_weak_new_password_is_refused_and_is_no_failure(house: House) -> None:
    who = person(house, "deputy")
    for new in ("short", "deputy-and-more-signs", PASSWORD):
        with pytest.raises(Refusal) as refused:
            change_password(house.works, who, PASSWORD, new)
        assert refused.value.code == "access.password-weak"
    with house.works.sessions() as session:
        assert session.get_one(PersonRow, who.id).failures == 0


def test_an_unknown_login_is_journaled_so_that_nobody_can_try_names_against_the_ledger(house: House) -> None:
    notes, typed = Notes(), "a-password-typed-into-the-wrong-field"
    works = replace(house.works, journal_for=lambda *_: notes)
    for login in (typed, typed, "another"):
        with pytest.raises(Refusal):
            _sign_in(house, login, "x" * 12, works)
    told = [facts["login_keyed"] for kind, _, facts in notes.entries if kind == "sign-in.failed"]
    assert told[0] == told[1] != told[2]
    plain = hashlib.sha256(typed.encode()).hexdigest()
    assert all(str(value)[:8] not in plain for value in told)
    assert typed not in str(notes.entries)
