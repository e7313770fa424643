"""API tokens 接口令牌: how a case-handling system speaks for one account; made by that account's own hand, shown once.

A token opens the HTTP API and no page. It ends at its date, when it is revoked, and with every session of its person:
when the password is changed or reset, or the account disabled.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from access.service.signing_in import actor_of, digest_of
from access.tables import ApiTokenRow, PersonRow
from archive.kernel.actor import Actor
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.ids import PersonId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work

MARK = "anjuan_"
"""How every token begins: a search for leaked secrets finds it 令牌前缀."""
LONGEST = 1096
_SEEN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as lists show it 接口令牌行; the secret is nowhere."""

    id: str
    label: str
    made_at: datetime
    until: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    counts: bool


def make_token(work: Work, label: str, days: int) -> tuple[str, str]:
    """Makes a token for the actor's own account 发给接口令牌; gives its id and its secret, which is kept nowhere.

    Only for an account that may take in, for ``days`` days (1 to 1096). Nobody makes one for somebody else: whoever
    could would act as that person.
    """
    work.require(Action.INGEST, SYSTEM)
    if not label.strip() or not 1 <= days <= LONGEST:
        raise Refusal("access.token-incomplete", most=LONGEST)
    secret, token_id = MARK + secrets.token_urlsafe(32), new_id("token")
    until = work.now + timedelta(days=days)
    work.session.add(
        ApiTokenRow(
            id=token_id,
            person_id=work.actor.id,
            digest=digest_of(secret),
            label=label.strip()[:120],
            made_at=work.now,
            until=until,
        )
    )
    work.journal.record("api-token.made", token_id, {"person": work.actor.id, "until": str(until)})
    return token_id, secret


def list_tokens(work: Work, person_id: PersonId) -> tuple[TokenLine, ...]:
    """Every token of a person, newest first: one's own, or anybody's for who manages accounts."""
    _require_hand(work, person_id)
    wanted = select(ApiTokenRow).where(ApiTokenRow.person_id == person_id).order_by(ApiTokenRow.made_at.desc())
    return tuple(
        TokenLine(row.id, row.label, row.made_at, row.until, row.used_at, row.revoked_at, _counts(row, work.now))
        for row in work.session.scalars(wanted)
    )


def revoke_token(work: Work, token_id: str) -> None:
    """Ends a token 撤销接口令牌 at once: by its person, or by who manages accounts."""
    row = work.session.get(ApiTokenRow, token_id)
    if row is None:
        work.require(Action.MANAGE_USERS, SYSTEM)
        raise Refusal("access.token-unknown")
    _require_hand(work, PersonId(row.person_id))
    if row.revoked_at is None:
        row.revoked_at = work.now
        work.journal.record("api-token.revoked", token_id, {"person": row.person_id})


def find_token(work: Work, secret: str) -> Actor | None:
    """For whom a token speaks; None for an unknown, ended or revoked one, and for a disabled account."""
    row = work.session.scalars(select(ApiTokenRow).where(ApiTokenRow.digest == digest_of(secret))).first()
    person = work.session.get(PersonRow, row.person_id) if row is not None else None
    if row is None or person is None or not _counts(row, work.now) or not person.active or person.must_change:
        return None
    if row.used_at is None or work.now - row.used_at > _SEEN:
        row.used_at = work.now
    return actor_of(work.session, person, row.id)


def _counts(row: ApiTokenRow, now: datetime) -> bool:
    return row.revoked_at is None and now < row.until


def _require_hand(work: Work, person_id: PersonId) -> None:
    if person_id != work.actor.id:
        work.require(Action.MANAGE_USERS, SYSTEM)
