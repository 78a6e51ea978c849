"""Accounts with their mandates, notes, exports; restriction and erasure of a customer."""

import sqlalchemy as sa
from alembic import op

from core.migrations.operations import INSTANT, create_record_table, index, references

revision = "crm_0002"
down_revision = "crm_0001"
branch_labels = None
depends_on = None

SCHEMA = "soriano_crm"
CUSTOMER = "soriano_crm.customer"


def upgrade() -> None:
    """Add five columns and create three tables."""
    for column in (
        sa.Column("phone_since", sa.Date()),
        sa.Column("mandate_ref", sa.String()),
        sa.Column("restricted_at", INSTANT),
        sa.Column("restriction", sa.String(), nullable=False, server_default=""),
        sa.Column("erased_at", INSTANT),
    ):
        op.add_column("customer", column, schema=SCHEMA)
    create_record_table(
        SCHEMA,
        "bank_account",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("mandate_ref", sa.String()),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        references("customer_id", CUSTOMER),
    )
    index(SCHEMA, "bank_account", "customer_id")
    create_record_table(
        SCHEMA,
        "customer_note",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        references("customer_id", CUSTOMER),
    )
    index(SCHEMA, "customer_note", "customer_id", "at")
    create_record_table(
        SCHEMA,
        "customer_export",
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("watermark", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    index(SCHEMA, "customer_export", "requested_by")
