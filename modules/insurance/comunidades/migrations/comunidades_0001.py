"""Buildings of communities."""

import sqlalchemy as sa

from core.migrations.operations import index
from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "comunidades_0001"
down_revision = None
branch_labels = ("comunidades",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_comunidades",
        "building",
        sa.Column("building_sum", EUROS, nullable=False),
        sa.Column("building_use", sa.String(), nullable=False),
        sa.Column("units_count", sa.Integer(), nullable=False),
        sa.Column("commercial_units", sa.Integer()),
        sa.Column("garage_spaces", sa.Integer()),
        sa.Column("floors", sa.Integer(), nullable=False),
        sa.Column("building_age", sa.Integer(), nullable=False),
        sa.Column("pipe_age", sa.Integer(), nullable=False),
        sa.Column("lifts", sa.Integer(), nullable=False),
        sa.Column("pool", sa.Boolean(), nullable=False),
        sa.Column("liability_limit", sa.Integer(), nullable=False),
        sa.Column("deductible", sa.Integer(), nullable=False),
        sa.Column("claims_per_10_units_3y", sa.Numeric(9, 4), nullable=False),
        sa.Column("address", sa.String()),
        sa.Column("cadastral_ref", sa.String()),
        sa.Column("administrator_name", sa.String()),
        sa.Column("president_name", sa.String()),
        sa.Column("ite_result", sa.String()),
        sa.Column("ite_next_on", sa.Date()),
        sa.Column("meeting_act_on", sa.Date()),
    )
    index("soriano_insurance_comunidades", "building", "administrator_name")
    index("soriano_insurance_comunidades", "building", "ite_next_on")
