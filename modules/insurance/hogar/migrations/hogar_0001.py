"""Dwellings."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "hogar_0001"
down_revision = None
branch_labels = ("hogar",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_hogar",
        "dwelling",
        sa.Column("address", sa.String()),
        sa.Column("postal_code", sa.String()),
        sa.Column("province", sa.String()),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("cadastral_ref", sa.String()),
        sa.Column("dwelling_type", sa.String(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("surface_m2", sa.Integer(), nullable=False),
        sa.Column("construction_year", sa.Integer()),
        sa.Column("renovation_year_pipes", sa.Integer()),
        sa.Column("construction", sa.String()),
        sa.Column("building_age", sa.Integer(), nullable=False),
        sa.Column("building_sum", EUROS),
        sa.Column("contents_sum", EUROS),
        sa.Column("jewellery_sum", EUROS),
        sa.Column("annual_rent", EUROS),
        sa.Column("security", sa.String()),
        sa.Column("unoccupied_months", sa.Integer(), nullable=False),
        sa.Column("liability_limit", sa.Integer(), nullable=False),
        sa.Column("deductible", sa.Integer(), nullable=False),
        sa.Column("claims_3y", sa.Integer(), nullable=False),
        sa.Column("community_policy", sa.Boolean()),
        sa.Column("index_clause", sa.Boolean()),
        sa.Column("mortgagee", sa.String()),
        sa.Column("mortgage_loan", sa.String()),
        sa.Column("tenant_solvency_checked", sa.Boolean()),
    )
