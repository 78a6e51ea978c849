"""Participants' accounts and their contributions."""

import sqlalchemy as sa

from core.migrations.operations import index
from modules.insurance.kernel.tables import EUROS, create_movement_table, create_risk_table

revision = "pensiones_0001"
down_revision = None
branch_labels = ("pensiones",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")
SCHEMA = "soriano_insurance_pensiones"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "pension_account",
        sa.Column("annual_contribution", EUROS, nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("retires_on", sa.Date()),
        sa.Column("beneficiaries", sa.String()),
        sa.Column("other_plans_year", EUROS),
    )
    create_movement_table(SCHEMA, "pension_movement", sa.Column("product", sa.String(), nullable=False))
    index(SCHEMA, "pension_movement", "customer_id", "done_on")
