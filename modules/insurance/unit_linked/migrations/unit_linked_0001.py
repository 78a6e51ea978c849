"""Unit-linked accounts, their units, and prices of funds."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, unique
from modules.insurance.kernel.tables import EUROS, create_movement_table, create_risk_table

revision = "unit_linked_0001"
down_revision = None
branch_labels = ("unit_linked",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_unit_linked"
NAV = sa.Numeric(18, 6)


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "unit_account",
        sa.Column("single_premium", EUROS, nullable=False),
        sa.Column("horizon_years", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("client_risk_profile", sa.String(), nullable=False),
        sa.Column("suitability_on", sa.Date()),
        sa.Column("beneficiaries", sa.String()),
    )
    create_record_table(
        SCHEMA,
        "fund_price",
        sa.Column("isin", sa.String(), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("nav", NAV, nullable=False),
        unique("isin", "priced_on"),
    )
    create_movement_table(
        SCHEMA,
        "unit_movement",
        sa.Column("nav", NAV, nullable=False),
        sa.Column("order_no", sa.Integer(), nullable=False),
    )
