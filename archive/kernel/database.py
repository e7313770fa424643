"""Database 数据库: metadata, column types, engine. Every table of the house hangs on ``Base``.

A deed sees the database as if it were alone: SQLite gives it the whole file, PostgreSQL the level SERIALIZABLE.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, MetaData, String, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one registry of tables 表登记."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant 时刻: UTC, aware; a naive value is refused, not guessed."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Text that sorts as time does."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive instant cannot be stored")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The aware instant."""
        return None if value is None else datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


__all__ = [
    "NAMING",
    "Base",
    "ClosingConnection",
    "Sessions",
    "UtcDateTime",
    "is_crossed",
    "make_engine",
    "make_sessions",
    "stand_alone",
]

Sessions = sessionmaker[Session]


class ClosingConnection(sqlite3.Connection):
    """A connection that lets the file go when it is closed 关闭即放.

    SQLite itself keeps the lock of a query that nobody read to its end for as long as something, be it the traceback
    of an error, still names its cursor.
    """

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        """A cursor that is closed with the connection."""
        made = super().cursor(factory)
        self._cursors.add(made)
        return made

    def close(self) -> None:
        """Ends every query, then closes."""
        for each in list(self._cursors):
            each.close()
        super().close()


def make_engine(url: str) -> Engine:
    """An engine for ``url``. SQLite: rollback journal in TRUNCATE mode, FULL synchronous, BEGIN IMMEDIATE,
    ``secure_delete``; write-ahead logging is not used because the SQLite of Debian 12 has a WAL-reset defect.
    """
    # a file of SQLite is opened for each transaction and closed after it: nothing lingers across a fork or at the end
    if url.startswith("sqlite:///"):
        engine = create_engine(url, poolclass=NullPool, connect_args={"factory": ClosingConnection})
    else:
        engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=TRUNCATE",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _sqlite_begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def make_sessions(engine: Engine) -> Sessions:
    """The factory of sessions for ``engine``; objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


_CROSSED = frozenset({"40001", "40P01"})  # serialization failure, deadlock: of two transactions one was rolled back


def stand_alone(session: Session) -> None:
    """Makes the transaction that begins now see nothing of others and be seen whole 可串行化.

    What two such transactions do is what one after the other would have done, or one of them fails (``is_crossed``).
    On SQLite a transaction has the file to itself already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "SERIALIZABLE"})


def is_crossed(error: DBAPIError) -> bool:
    """Whether the database rolled the transaction back only because another one was under way 并发冲突."""
    return getattr(error.orig, "sqlstate", None) in _CROSSED
