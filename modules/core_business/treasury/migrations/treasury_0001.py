"""Payees, the house's accounts, payment orders and their movements."""

import sqlalchemy as sa

from core.migrations.operations import INSTANT, create_record_table, index, references, unique

revision = "treasury_0001"
down_revision = None
branch_labels = ("treasury",)
depends_on = ("crm_0001",)

SCHEMA = "soriano_treasury"
EUROS = sa.Numeric(18, 2)


def upgrade() -> None:
    """Create the four tables."""
    create_record_table(
        SCHEMA,
        "payee",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("search_name", sa.Text(collation="C"), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("phone", sa.String()),
        sa.Column("phone_since", sa.Date()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("account_changed_by", sa.Uuid(), nullable=False),
        sa.Column("account_changed_at", INSTANT, nullable=False),
        sa.Column("verified_at", INSTANT),
        sa.Column("verified_by", sa.Uuid()),
        sa.Column("called_phone", sa.String()),
        sa.Column("called_source", sa.String(), nullable=False),
        sa.Column("called_person", sa.String(), nullable=False),
        sa.Column("called_on", sa.Date()),
        sa.Column("import_ref", sa.String()),
        unique("id_number"),
        unique("import_ref"),
        references("customer_id", "soriano_crm.customer"),
    )
    index(SCHEMA, "payee", "search_name")
    index(SCHEMA, "payee", "customer_id")
    create_record_table(
        SCHEMA,
        "house_account",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("bic", sa.String()),
        sa.Column("bank", sa.String(), nullable=False),
        unique("purpose"),
    )
    create_record_table(
        SCHEMA,
        "payment_order",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("end_to_end_id", sa.String(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("payee_name", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("house_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("concept", sa.String(), nullable=False),
        sa.Column("invoice", sa.String()),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("import_ref", sa.String()),
        unique("number"),
        unique("end_to_end_id"),
        unique("import_ref"),
        references("payee_id", f"{SCHEMA}.payee"),
        references("house_account_id", f"{SCHEMA}.house_account"),
    )
    index(SCHEMA, "payment_order", "payee_id", "created_at")
    index(SCHEMA, "payment_order", "state", "due_on")
    create_record_table(
        SCHEMA,
        "payment_movement",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String()),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        references("order_id", f"{SCHEMA}.payment_order"),
    )
    index(SCHEMA, "payment_movement", "order_id")
