"""Guarantees, certificates and limits of clients."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index, references, unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_risk_table

revision = "caucion_0001"
down_revision = None
branch_labels = ("caucion",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_caucion"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "guarantee",
        sa.Column("guarantee_amount", EUROS, nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("financial_rating", sa.String(), nullable=False),
        sa.Column("beneficiary_name", sa.String()),
        sa.Column("beneficiary_id", sa.String()),
        sa.Column("tender_ref", sa.String()),
    )
    create_entry_table(
        SCHEMA,
        "bond",
        sa.Column("bond_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("beneficiary", sa.String(), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        sa.Column("paid", EUROS, nullable=False),
        sa.Column("recovered", EUROS, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date()),
        unique("bond_number"),
    )
    create_record_table(
        SCHEMA,
        "client_limit",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        unique("customer_id"),
        references("customer_id", "soriano_crm.customer"),
    )
    index(SCHEMA, "client_limit", "valid_until")
