"""Savings accounts and their movements."""

import sqlalchemy as sa

from core.migrations.operations import index
from modules.insurance.kernel.tables import EUROS, create_movement_table, create_risk_table

revision = "ahorro_0001"
down_revision = None
branch_labels = ("ahorro",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_ahorro"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "savings_account",
        sa.Column("annual_contribution", EUROS, nullable=False),
        sa.Column("horizon_years", sa.Integer(), nullable=False),
        sa.Column("payout", sa.String(), nullable=False),
        sa.Column("other_pias_total", EUROS),
        sa.Column("other_pias_year", EUROS),
        sa.Column("beneficiaries", sa.String()),
    )
    create_movement_table(SCHEMA, "savings_movement", sa.Column("product", sa.String(), nullable=False))
    index(SCHEMA, "savings_movement", "customer_id", "done_on")
