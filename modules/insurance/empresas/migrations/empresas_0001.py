"""Insured firms."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "empresas_0001"
down_revision = None
branch_labels = ("empresas",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_empresas",
        "firm",
        sa.Column("cnae", sa.String()),
        sa.Column("activity_class", sa.String(), nullable=False),
        sa.Column("address", sa.String()),
        sa.Column("cadastral_ref", sa.String()),
        sa.Column("building_sum", EUROS, nullable=False),
        sa.Column("contents_sum", EUROS, nullable=False),
        sa.Column("stock_sum", EUROS, nullable=False),
        sa.Column("equipment_sum", EUROS),
        sa.Column("annual_turnover", EUROS, nullable=False),
        sa.Column("annual_gross_profit", EUROS, nullable=False),
        sa.Column("payroll", EUROS),
        sa.Column("employees", sa.Integer(), nullable=False),
        sa.Column("construction", sa.String(), nullable=False),
        sa.Column("sandwich_panel_pct", sa.Numeric(9, 4)),
        sa.Column("fire_protection", sa.String(), nullable=False),
        sa.Column("security", sa.String(), nullable=False),
        sa.Column("indemnity_months", sa.Integer()),
        sa.Column("liability_limit", sa.Integer(), nullable=False),
        sa.Column("sublimit_per_victim", EUROS),
        sa.Column("deductible", sa.Integer(), nullable=False),
        sa.Column("claims_3y", sa.Integer(), nullable=False),
        sa.Column("open_to_public", sa.Boolean()),
        sa.Column("cooking_gas", sa.Boolean()),
        sa.Column("declared_on", sa.Date()),
    )
