"""Hail notices."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index

revision = "hail_0001"
down_revision = None
branch_labels = ("hail",)
depends_on = ("core_0001",)


def upgrade() -> None:
    """Create the table."""
    create_record_table(
        "soriano_operations",
        "hail_notice",
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
    )
    index("soriano_operations", "hail_notice", "province")
