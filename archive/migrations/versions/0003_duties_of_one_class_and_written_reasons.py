"""Duties of one class, as the database sees it; reasons that people write under requests lie encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CLASS_OF_DUTY = (
    "CASE WHEN duty IN ('sysadmin', 'security_admin', 'auditor') THEN duty "
    "WHEN duty IN ('party', 'agent') THEN 'public' "
    "WHEN duty = 'confidentiality_officer' THEN 'confidentiality' ELSE 'business' END"
)


def upgrade() -> None:
    """Makes the change."""
    with op.batch_alter_table("access_duty_class", schema=None) as batch_op:
        batch_op.create_unique_constraint(
            batch_op.f("uq_access_duty_class_person_id_duty_class"), ["person_id", "duty_class"]
        )
    with op.batch_alter_table("access_duty", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duty_class", sa.String(length=20), nullable=True))
    op.execute(f"UPDATE access_duty SET duty_class = {CLASS_OF_DUTY}")
    with op.batch_alter_table("access_duty", schema=None) as batch_op:
        batch_op.alter_column("duty_class", existing_type=sa.String(length=20), nullable=False)
        batch_op.create_check_constraint(batch_op.f("ck_access_duty_class_of_duty"), f"duty_class = {CLASS_OF_DUTY}")
        batch_op.create_foreign_key(
            batch_op.f("fk_access_duty_person_id_access_duty_class"),
            "access_duty_class",
            ["person_id", "duty_class"],
            ["person_id", "duty_class"],
        )
    with op.batch_alter_table("access_request_step", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason_enc", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Takes it back; what was written encrypted goes with its column."""
    with op.batch_alter_table("access_request_step", schema=None) as batch_op:
        batch_op.drop_column("reason_enc")
    with op.batch_alter_table("access_duty", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_access_duty_person_id_access_duty_class"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_access_duty_class_of_duty"), type_="check")
        batch_op.drop_column("duty_class")
    with op.batch_alter_table("access_duty_class", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_access_duty_class_person_id_duty_class"), type_="unique")
