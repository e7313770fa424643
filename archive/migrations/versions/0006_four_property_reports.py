"""Four-property reports in the register, and the evidence objects that later ones lie in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.kernel.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    op.create_table(
        "archive_evidence",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("inventory_sha512", sa.String(length=128), nullable=False),
        sa.Column("tagmanifest_sha512", sa.String(length=128), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["archive_case.id"], name=op.f("fk_archive_evidence_case_id_archive_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_evidence")),
    )
    with op.batch_alter_table("archive_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_evidence_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_evidence_state"), ["state"], unique=False)
    op.create_table(
        "archive_property_report",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.String(length=2), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("evidence_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["archive_case.id"], name=op.f("fk_archive_property_report_case_id_archive_case")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["archive_evidence.id"],
            name=op.f("fk_archive_property_report_evidence_id_archive_evidence"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_property_report")),
    )
    with op.batch_alter_table("archive_property_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_property_report_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    """Takes it back; the reports themselves stay in the objects."""
    op.drop_table("archive_property_report")
    op.drop_table("archive_evidence")
