"""Renewal runs, deadlines, and what an endorsement starts from."""

import sqlalchemy as sa
from alembic import op

from core.migrations.operations import create_record_table, index, references, unique

revision = "kernel_0006"
down_revision = "kernel_0005"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"


def upgrade() -> None:
    """Create the tables and add the columns."""
    op.add_column("endorsement", sa.Column("base_term", sa.Integer()), schema=SCHEMA)
    op.add_column("endorsement", sa.Column("holder_id", sa.Uuid()), schema=SCHEMA)
    op.add_column("endorsement", sa.Column("insurer_ref", sa.String()), schema=SCHEMA)
    create_record_table(
        SCHEMA,
        "deadline",
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("warned_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        unique("policy_id", "code", "subject"),
        references("policy_id", "soriano_core.policy"),
    )
    index(SCHEMA, "deadline", "state", "due_on")
