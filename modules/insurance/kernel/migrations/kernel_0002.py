"""What claims say in somebody's words: a description, and notes."""

import sqlalchemy as sa
from alembic import op

from core.migrations.operations import INSTANT, create_record_table, index, references

revision = "kernel_0002"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"


def upgrade() -> None:
    """Add the column and create the table."""
    op.add_column("claim", sa.Column("description", sa.String(), nullable=False, server_default=""), schema=SCHEMA)
    create_record_table(
        SCHEMA,
        "claim_note",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        references("claim_id", f"{SCHEMA}.claim"),
    )
    index(SCHEMA, "claim_note", "claim_id", "at")
