"""Collections, returns and reminders."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index, references

revision = "encashment_0001"
down_revision = None
branch_labels = ("encashment",)
depends_on = ("kernel_0001", "crm_0001")

SCHEMA = "soriano_encashment"
RECEIPT = "soriano_core.receipt"


def upgrade() -> None:
    """Create the three tables."""
    create_record_table(
        SCHEMA,
        "collection",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        references("receipt_id", RECEIPT),
    )
    index(SCHEMA, "collection", "receipt_id")
    index(SCHEMA, "collection", "paid_on")
    create_record_table(
        SCHEMA,
        "return_notice",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("was_paid", sa.Boolean(), nullable=False),
        references("receipt_id", RECEIPT),
    )
    index(SCHEMA, "return_notice", "receipt_id")
    create_record_table(
        SCHEMA,
        "reminder",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("days_overdue", sa.Integer(), nullable=False),
        references("receipt_id", RECEIPT),
        references("customer_id", "soriano_crm.customer"),
    )
    index(SCHEMA, "reminder", "receipt_id", "sent_on")
    index(SCHEMA, "reminder", "customer_id")
