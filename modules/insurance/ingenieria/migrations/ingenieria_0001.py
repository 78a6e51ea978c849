"""Engineering risks."""

import sqlalchemy as sa

from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "ingenieria_0001"
down_revision = None
branch_labels = ("ingenieria",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the table."""
    create_risk_table(
        "soriano_insurance_ingenieria",
        "engineering_risk",
        sa.Column("work_type", sa.String()),
        sa.Column("contract_value", EUROS),
        sa.Column("duration_months", sa.Integer()),
        sa.Column("ground", sa.String()),
        sa.Column("maintenance_months", sa.Integer()),
        sa.Column("liability_limit", sa.Integer()),
        sa.Column("machinery_sum", EUROS),
        sa.Column("machine_type", sa.String()),
        sa.Column("machine_age", sa.Integer()),
        sa.Column("serial_no", sa.String()),
        sa.Column("equipment_sum", EUROS),
        sa.Column("data_recovery_sum", EUROS),
        sa.Column("portable", sa.Boolean()),
        sa.Column("premises", sa.String()),
        sa.Column("building_definitive_value", EUROS),
        sa.Column("oct_report", sa.String()),
        sa.Column("structure", sa.String()),
        sa.Column("deductible", sa.Integer()),
        sa.Column("address", sa.String()),
        sa.Column("cadastral_ref", sa.String()),
        sa.Column("principal", sa.String()),
        sa.Column("contractor", sa.String()),
        sa.Column("technical_control", sa.String()),
        sa.Column("received_on", sa.Date()),
    )
