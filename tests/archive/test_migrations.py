"""Migrations run both ways and give exactly the tables that the packages describe, on both engines."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

import wsgi
from archive.kernel.database import Base, make_engine
from archive.migrations.running import alembic_config, upgrade_to_head
from tests.services import postgres

OURS = ("kernel_", "archive_", "ledger_", "access_", "retention_", "search_", "ingest_")


def _is_ours(thing: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Tables that other tests made for themselves in the same process are not the house's."""
    return kind != "table" or (name or "").startswith(OURS)


def _both_ways(engine: Engine) -> None:
    upgrade_to_head(engine)
    upgrade_to_head(engine)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        assert compare_metadata(context, Base.metadata) == []
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()


def test_sqlite(tmp_path: Path) -> None:
    assert wsgi.PACKAGES
    _both_ways(make_engine(f"sqlite:///{tmp_path / 'a.sqlite'}"))


@pytest.mark.service("postgres")
def test_postgres() -> None:
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres.running(Path(folder)) as url:
        _both_ways(make_engine(url))
