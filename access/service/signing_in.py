"""Signing in 登录: password, lock-out, sessions as rows found by the digest of their secret."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from access.identity.passwords import LEAST_LENGTH, check_new_password, hash_password, is_password
from access.tables import ApiTokenRow, DutyRow, PersonRow, SessionRow
from archive.kernel.actor import Actor, nobody
from archive.kernel.ids import PersonId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work, Works

FAILURES = 5
LOCK = timedelta(minutes=15)
LIFE = timedelta(hours=12)
"""How long a session lasts at most, however busy it is 会话最长时限."""
KeyedDigest = Callable[[str, bytes], str]
"""HMAC of data under the installation's key for a purpose 键控摘要, as ``archive.ports.Keys`` makes it."""


@cache
def _no_one() -> str:
    """A hash nobody knows the password of: an unknown login costs the same time as a known one."""
    return hash_password(secrets.token_hex(16))


def sign_in(works: Works, login: str, password: str, keyed: KeyedDigest) -> Actor:
    """Who signs in with this password. Five failures lock the account for 15 minutes.

    The refusal is the same for an unknown login, a wrong password, a disabled and a locked account; each try is
    journaled, also the failed one: an unknown login as its ``keyed`` digest, for people type passwords there. No
    transaction is open while the password is computed; the account is judged as it stands afterwards.
    """
    with works.sessions() as session:
        found = session.scalars(select(PersonRow).where(PersonRow.login == login)).first()
    stored = found.password if found is not None else _no_one()
    right = is_password(password, stored)
    typed = "" if found is not None else keyed("sign-in/login", login.encode())[:16]
    with works.work(nobody()) as work:
        if found is None:
            work.journal.record("sign-in.failed", "", {"login_keyed": typed})
            actor = None
        else:
            row = work.session.get_one(PersonRow, found.id)
            actor = actor_of(work.session, row) if _judge(work, row, right and row.password == stored) else None
            if actor is not None:
                work.journal.record("sign-in.done", row.id, {})
    if actor is None:
        raise Refusal("access.sign-in-failed")
    return actor


def _judge(work: Work, row: PersonRow, right: bool) -> bool:
    """Whether the account's own password was given while it may be; counts and journals a failure."""
    locked = row.locked_until is not None and row.locked_until > work.now
    if right and row.active and not locked:
        row.failures, row.locked_until = 0, None
        return True
    row.failures += 0 if locked else 1
    if row.failures >= FAILURES:
        row.failures, row.locked_until = 0, work.now + LOCK
    work.journal.record("sign-in.failed", row.id, {"locked": locked})
    return False


def actor_of(session: Session, row: PersonRow, session_id: str = "") -> Actor:
    """The actor value of an account; the guard reads the tables again and trusts no claim in it."""
    duties = frozenset(session.scalars(select(DutyRow.duty).where(DutyRow.person_id == row.id)))
    return Actor(
        PersonId(row.id), row.name, duties, "person", UnitCode(row.unit), session_id=session_id, language=row.language
    )


def find_actor(session: Session, person_id: PersonId) -> Actor:
    """The actor of an account by its id, for work that a person asked for and a worker does; nobody where it is gone.

    Whether the account is still active and what it may do is judged by the guard when the work is done.
    """
    row = session.get(PersonRow, person_id)
    return nobody() if row is None else actor_of(session, row)


def change_password(works: Works, actor: Actor, old: str, new: str) -> None:
    """Changes one's own password 修改口令. Whoever else is signed in as this person is so no longer.

    A wrong old password counts as a failed sign-in and locks the account like one. No transaction is open while the
    passwords are computed.
    """
    with works.sessions() as session:
        found = session.get(PersonRow, actor.id)
    if found is None:
        raise Refusal("access.sign-in-failed")
    right, weak = is_password(old, found.password), _weakness(old, new, found.login)
    hashed = hash_password(new) if right and weak is None else ""
    with works.work(actor) as work:
        row = work.session.get_one(PersonRow, actor.id)
        right = _judge(work, row, right and row.password == found.password)
        if right and weak is None:
            row.password, row.must_change = hashed, False
            end_sessions(work, PersonId(row.id), but=work.actor.session_id)
            work.journal.record("password.changed", row.id, {})
    if not right:
        raise Refusal("access.sign-in-failed")
    if weak is not None:
        raise weak


def _weakness(old: str, new: str, login: str) -> Refusal | None:
    try:
        check_new_password(new, login)
    except Refusal as refusal:
        return refusal
    return Refusal("access.password-weak", least=LEAST_LENGTH) if old == new else None


def must_change(work: Work, person_id: PersonId) -> bool:
    """Whether the account still has its one-time password."""
    row = work.session.get(PersonRow, person_id)
    return row is not None and row.must_change


def open_session(work: Work, person_id: PersonId) -> str:
    """Opens a session 建立会话 and gives its secret, which only the cookie holds."""
    secret = secrets.token_urlsafe(32)
    work.session.add(
        SessionRow(id=digest_of(secret), person_id=person_id, data={}, created_at=work.now, seen_at=work.now)
    )
    return secret


def find_session(work: Work, secret: str, idle: timedelta) -> tuple[Actor, dict[str, object]] | None:
    """The actor and data of a live session; None when it ended, was idle too long or is older than 12 hours, or the
    account is disabled.
    """
    row = work.session.get(SessionRow, digest_of(secret))
    if row is None or row.ended_at is not None or work.now - row.seen_at > idle or work.now - row.created_at > LIFE:
        return None
    person = work.session.get(PersonRow, row.person_id)
    if person is None or not person.active:
        return None
    if work.now - row.seen_at > timedelta(seconds=30):
        row.seen_at = work.now
    return actor_of(work.session, person, row.id), dict(row.data)


def save_session(work: Work, secret: str, data: dict[str, object]) -> None:
    """Keeps the session's small data (CSRF token, language)."""
    row = work.session.get(SessionRow, digest_of(secret))
    if row is not None:
        row.data = data


def end_session(work: Work, secret: str) -> None:
    """Ends a session 退出."""
    row = work.session.get(SessionRow, digest_of(secret))
    if row is not None:
        row.ended_at = work.now


def end_sessions(work: Work, person_id: PersonId, *, but: str = "") -> None:
    """Ends every session of a person, except the one of that id, and every API token with them."""
    work.session.execute(
        update(ApiTokenRow)
        .where(ApiTokenRow.person_id == person_id, ApiTokenRow.revoked_at.is_(None))
        .values(revoked_at=work.now)
    )
    work.session.execute(
        update(SessionRow)
        .where(SessionRow.person_id == person_id, SessionRow.ended_at.is_(None), SessionRow.id != but)
        .values(ended_at=work.now)
    )


def digest_of(secret: str) -> str:
    """Under which a session is found; the table alone opens no session."""
    return hashlib.sha256(secret.encode("ascii", "replace")).hexdigest()
