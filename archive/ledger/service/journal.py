"""The journal 记事 kept in the database: a deed's entry is inserted in the deed's own transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date, to_rfc3339
from archive.kernel.ids import EntryId, new_id
from archive.ledger.bodies import BodyKeys, encrypt_body
from archive.ledger.rules.leaf import RowColumns, check_kind, commit_row, leaf_data, plain_or_empty
from archive.ledger.rules.merkle import hash_leaf
from archive.ledger.tables import LedgerEntryRow, LedgerPendingRow

SALT_BYTES = 16


class DatabaseJournal:
    """Records events of one deed 数据库记事: one actor, one instant, the session of the deed.

    An entry is written at once, not at commit: what cannot be recorded raises before anything is disclosed. It gets
    its leaf from the sequencer later.
    """

    def __init__(self, session: Session, now: datetime, actor: Actor, bodies: BodyKeys) -> None:
        self._session = session
        self._now = now
        self._actor = actor
        self._bodies = bodies

    def record(
        self,
        kind: str,
        subject: str,
        facts: Mapping[str, Any],
        *,
        ledger: str = "activity",
        tier: str = "general",
        unit: str = "",
    ) -> EntryId:
        """Inserts one event and gives its id 记一事.

        ``unit`` is whose yearly key guards the body (the actor's unit when empty). A subject that is no identifier
        stands in the encrypted body only. Raises ValueError for an unknown ledger or a malformed kind.
        """
        check_kind(ledger, kind)
        values = self._entry(kind, subject, facts, ledger, tier, unit or self._actor.unit)
        leaf = leaf_data(
            ledger, values["entry_id"], kind, to_rfc3339(self._now), values["body_commitment"], values["row_commitment"]
        )
        connection = self._session.connection()
        added = connection.execute(insert(LedgerEntryRow).values(values)).inserted_primary_key
        if added is None:
            raise RuntimeError("the database did not tell where the entry was inserted")
        waiting = {"ledger": ledger, "seq": added[0], "leaf_hash": hash_leaf(leaf)}
        connection.execute(insert(LedgerPendingRow).values(waiting))
        return EntryId(values["entry_id"])

    def _entry(
        self, kind: str, subject: str, facts: Mapping[str, Any], ledger: str, tier: str, unit: str
    ) -> dict[str, Any]:
        actor = self._actor
        entry_id, at = new_id("entry"), to_rfc3339(self._now)
        key_id, key = self._bodies.key_for(unit, legal_date(self._now).year, tier)
        sealed, body_commitment = encrypt_body(key, ledger, entry_id, kind, at, self._body(subject, facts))
        columns = RowColumns(
            salt=secrets.token_hex(SALT_BYTES),
            actor_id=plain_or_empty(actor.id),
            duty=plain_or_empty(",".join(sorted(actor.duties))),
            subject=plain_or_empty(subject),
            unit=plain_or_empty(unit),
            tier=plain_or_empty(tier),
            key_id=key_id,
        )
        if plain_or_empty(key_id) != key_id:
            raise ValueError("the id of a body key must be an identifier")
        return {
            "entry_id": entry_id,
            "ledger": ledger,
            "kind": kind,
            "at": self._now,
            "body_commitment": body_commitment,
            "row_commitment": commit_row(columns, sealed),
            "body": sealed,
            **{name: getattr(columns, name) for name in RowColumns.__slots__},
        }

    def _body(self, subject: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        actor = self._actor
        return {
            "actor": {
                "duties": sorted(actor.duties),
                "id": actor.id,
                "kind": actor.kind,
                "name": actor.name,
                "reason": actor.reason,
                "session": actor.session_id,
                "unit": actor.unit,
            },
            "facts": dict(facts),
            "subject": subject,
        }


def journal_maker(bodies: BodyKeys) -> Callable[[Session, datetime, Actor], DatabaseJournal]:
    """What the unit of work asks for its journal 记事工厂, with the body keys joined in."""
    return lambda session, now, actor: DatabaseJournal(session, now, actor, bodies)
