"""Reading layers and long work on items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.kernel.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "archive_item_work",
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("facts_enc", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["archive_case.id"], name=op.f("fk_archive_item_work_case_id_archive_case")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["archive_item.id"], name=op.f("fk_archive_item_work_item_id_archive_item")
        ),
        sa.PrimaryKeyConstraint("item_id", "kind", name=op.f("pk_archive_item_work")),
    )
    with op.batch_alter_table("archive_item_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_item_work_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_item_work_state"), ["state"], unique=False)

    op.create_table(
        "archive_reading",
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=10), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("words_enc", sa.LargeBinary(), nullable=False),
        sa.Column("reader", sa.String(length=120), nullable=False),
        sa.Column("picture", sa.String(length=80), nullable=False),
        sa.Column("made_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["archive_case.id"], name=op.f("fk_archive_reading_case_id_archive_case")),
        sa.ForeignKeyConstraint(["item_id"], ["archive_item.id"], name=op.f("fk_archive_reading_item_id_archive_item")),
        sa.PrimaryKeyConstraint("item_id", "page", "layer", name=op.f("pk_archive_reading")),
    )
    with op.batch_alter_table("archive_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_reading_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_reading_picture"), ["picture"], unique=False)


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("archive_reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_reading_picture"))
        batch_op.drop_index(batch_op.f("ix_archive_reading_case_id"))

    op.drop_table("archive_reading")
    with op.batch_alter_table("archive_item_work", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_item_work_state"))
        batch_op.drop_index(batch_op.f("ix_archive_item_work_case_id"))

    op.drop_table("archive_item_work")
