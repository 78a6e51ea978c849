"""Holdings, parcels and subsidies."""

import sqlalchemy as sa

from core.migrations.operations import unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_risk_table

revision = "agrario_0001"
down_revision = None
branch_labels = ("agrario",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_agrario"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "holding",
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("crop", sa.String()),
        sa.Column("module", sa.String()),
        sa.Column("production_value", EUROS),
        sa.Column("livestock", sa.String()),
        sa.Column("livestock_value", EUROS),
        sa.Column("rega_code", sa.String()),
        sa.Column("facilities_sum", EUROS),
        sa.Column("campaign_year", sa.Integer()),
    )
    create_entry_table(
        SCHEMA,
        "insured_parcel",
        sa.Column("sigpac", sa.String(), nullable=False),
        sa.Column("ha", sa.Numeric(12, 4), nullable=False),
        sa.Column("yield_kg_ha", sa.Integer(), nullable=False),
        sa.Column("price_eur_kg", sa.Numeric(12, 6), nullable=False),
        sa.Column("production_value", EUROS, nullable=False),
        unique("policy_id", "sigpac"),
    )
    create_entry_table(
        SCHEMA,
        "granted_subsidy",
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("pct", sa.Numeric(9, 4), nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        unique("policy_id", "component"),
    )
