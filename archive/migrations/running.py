"""Running migrations 执行升级: to the head, in one transaction."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for one connection; no ini file."""
    config = Config()
    config.set_main_option("script_location", "archive:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade_to_head(engine: Engine) -> None:
    """Makes the tables of a new installation or upgrades those of an old one; all or nothing."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
