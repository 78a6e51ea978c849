"""Insured shops and offices."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "multirriesgo_0001"
down_revision = None
branch_labels = ("multirriesgo",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_multirriesgo",
        "premises",
        sa.Column("trade", sa.String(), nullable=False),
        sa.Column("cnae", sa.String()),
        sa.Column("address", sa.String()),
        sa.Column("cadastral_ref", sa.String()),
        sa.Column("tenure", sa.String()),
        sa.Column("building_sum", EUROS, nullable=False),
        sa.Column("contents_sum", EUROS, nullable=False),
        sa.Column("cash_sum", EUROS),
        sa.Column("surface_m2", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("security", sa.String(), nullable=False),
        sa.Column("safe_grade", sa.Integer()),
        sa.Column("liability_limit", sa.Integer(), nullable=False),
        sa.Column("daily_indemnity_eur", sa.Integer()),
        sa.Column("bi_annual_sum", EUROS),
        sa.Column("interruption_days", sa.Integer()),
        sa.Column("refrigerated_goods", sa.Boolean()),
        sa.Column("claims_3y", sa.Integer(), nullable=False),
        sa.Column("declared_on", sa.Date()),
    )
