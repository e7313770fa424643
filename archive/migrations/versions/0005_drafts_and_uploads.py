"""Drafts with their description, and uploads into them in encrypted parts; tokens for the API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.kernel.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    _drafts()
    _uploads()
    _tokens()


def _drafts() -> None:
    op.create_table(
        "ingest_draft",
        sa.Column("intake_id", sa.String(length=40), nullable=False),
        sa.Column("description_enc", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("seal_job", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id"], ["ingest_intake.id"], name=op.f("fk_ingest_draft_intake_id_ingest_intake")
        ),
        sa.PrimaryKeyConstraint("intake_id", name=op.f("pk_ingest_draft")),
    )


def _uploads() -> None:
    op.create_table(
        "ingest_upload",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("intake_id", sa.String(length=40), nullable=False),
        sa.Column("name_digest", sa.String(length=80), nullable=False),
        sa.Column("facts_enc", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("reason_enc", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id"], ["ingest_draft.intake_id"], name=op.f("fk_ingest_upload_intake_id_ingest_draft")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_upload")),
        sa.UniqueConstraint("intake_id", "name_digest", name=op.f("uq_ingest_upload_intake_id_name_digest")),
    )
    with op.batch_alter_table("ingest_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ingest_upload_intake_id"), ["intake_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ingest_upload_state"), ["state"], unique=False)
    op.create_table(
        "ingest_upload_part",
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("upload_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size_enc", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["ingest_upload.id"], name=op.f("fk_ingest_upload_part_upload_id_ingest_upload")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_ingest_upload_part")),
        sa.UniqueConstraint("upload_id", "number", name=op.f("uq_ingest_upload_part_upload_id_number")),
    )
    with op.batch_alter_table("ingest_upload_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ingest_upload_part_upload_id"), ["upload_id"], unique=False)


def _tokens() -> None:
    op.create_table(
        "access_api_token",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("made_at", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("until", archive.kernel.database.UtcDateTime(length=27), nullable=False),
        sa.Column("used_at", archive.kernel.database.UtcDateTime(length=27), nullable=True),
        sa.Column("revoked_at", archive.kernel.database.UtcDateTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["access_person.id"], name=op.f("fk_access_api_token_person_id_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_api_token_digest")),
    )
    with op.batch_alter_table("access_api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_api_token_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Takes it back; what was being put together counts as refused, and recovery drops its bytes and keys."""
    op.execute("UPDATE ingest_intake SET state = 'refused' WHERE state IN ('arranging', 'dropped')")
    op.drop_table("access_api_token")
    op.drop_table("ingest_upload_part")
    op.drop_table("ingest_upload")
    op.drop_table("ingest_draft")
