"""Notices of the years by version, and limits that run with every reckoning they had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.kernel.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "archive_calendar",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notice", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("entered_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("year", "version", name=op.f("pk_archive_calendar")),
    )
    op.create_table(
        "archive_deadline",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("started_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("due_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("calendar", sa.String(length=80), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("reckoned_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("replaced_at", archive.kernel.database.UtcDateTime(length=27), nullable=True),
        sa.Column("ended_at", archive.kernel.database.UtcDateTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["archive_case.id"], name=op.f("fk_archive_deadline_case_id_archive_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_deadline")),
    )
    with op.batch_alter_table("archive_deadline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_deadline_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_deadline_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("archive_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_deadline_case_id"))
        batch_op.drop_index(batch_op.f("ix_archive_deadline_subject"))
    op.drop_table("archive_deadline")
    op.drop_table("archive_calendar")
