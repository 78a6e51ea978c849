"""Animals."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "mascotas_0001"
down_revision = None
branch_labels = ("mascotas",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_mascotas",
        "animal",
        sa.Column("species", sa.String(), nullable=False),
        sa.Column("breed", sa.String()),
        sa.Column("animal_name", sa.String()),
        sa.Column("chip_no", sa.String()),
        sa.Column("pet_age", sa.Integer(), nullable=False),
        sa.Column("dangerous_breed", sa.Boolean(), nullable=False),
        sa.Column("ppp_licence", sa.Boolean()),
        sa.Column("previous_bites", sa.Integer(), nullable=False),
        sa.Column("breed_risk", sa.String()),
        sa.Column("animal_value", EUROS),
        sa.Column("vet_annual_limit", sa.Integer()),
        sa.Column("reimbursement_pct", sa.Integer()),
        sa.Column("liability_limit", sa.Integer(), nullable=False),
    )
