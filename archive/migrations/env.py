"""Environment of Alembic 升级环境: sees the kernel only; whoever runs it has loaded the tables of all packages."""

from __future__ import annotations

from alembic import context

from archive.kernel.database import Base
from archive.kernel.jobs import JobRow
from archive.kernel.outbox import OutboxRow

KERNEL = (JobRow, OutboxRow)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=connection.dialect.name == "sqlite"
)
with context.begin_transaction():
    context.run_migrations()
