"""Insured liabilities."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "rc_0001"
down_revision = None
branch_labels = ("rc",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_rc",
        "liability",
        sa.Column("limit_per_claim", sa.Integer(), nullable=False),
        sa.Column("aggregate_limit", EUROS),
        sa.Column("sublimit_per_victim", EUROS),
        sa.Column("deductible", sa.Integer()),
        sa.Column("trigger", sa.String()),
        sa.Column("retroactive_on", sa.Date()),
        sa.Column("retroactive_years", sa.Integer()),
        sa.Column("extended_reporting_months", sa.Integer()),
        sa.Column("cnae", sa.String()),
        sa.Column("activity_hazard", sa.String()),
        sa.Column("annual_turnover", EUROS),
        sa.Column("employees", sa.Integer()),
        sa.Column("export_region", sa.String()),
        sa.Column("profession", sa.String()),
        sa.Column("annual_fees", EUROS),
        sa.Column("total_assets", EUROS),
        sa.Column("listed", sa.Boolean()),
        sa.Column("claims_5y", sa.Integer(), nullable=False),
    )
