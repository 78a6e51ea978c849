"""The servers that may be read."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from core.migrations.operations import create_record_table, references, unique

revision = "connector_0001"
down_revision = None
branch_labels = ("connector",)
depends_on = ("core_0001", "kernel_0001")

SCHEMA = "soriano_platform"


def upgrade() -> None:
    """Create the table."""
    create_record_table(
        SCHEMA,
        "allowed_host",
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("classes", ARRAY(sa.Text()), nullable=False),
        sa.Column("insurer_id", sa.Uuid()),
        sa.Column("status_path", sa.String()),
        unique("scheme", "host", "port"),
        references("insurer_id", "soriano_core.insurer"),
    )
