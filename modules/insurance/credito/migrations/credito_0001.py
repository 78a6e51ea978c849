"""Insured sales, debtors and declarations."""

import sqlalchemy as sa

from core.migrations.operations import unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_risk_table

revision = "credito_0001"
down_revision = None
branch_labels = ("credito",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_credito"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "credit_portfolio",
        sa.Column("domestic_insured_sales", EUROS, nullable=False),
        sa.Column("export_insured_sales", EUROS, nullable=False),
        sa.Column("debtor_sector", sa.String(), nullable=False),
        sa.Column("cover_pct", sa.Integer(), nullable=False),
        sa.Column("country_group", sa.String(), nullable=False),
        sa.Column("payment_terms_days", sa.Integer()),
    )
    create_entry_table(
        SCHEMA,
        "debtor",
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("requested", EUROS, nullable=False),
        sa.Column("granted", EUROS, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        unique("policy_id", "id_number"),
    )
    create_entry_table(
        SCHEMA,
        "sales_declaration",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("domestic", EUROS, nullable=False),
        sa.Column("export", EUROS, nullable=False),
        unique("policy_id", "month"),
    )
