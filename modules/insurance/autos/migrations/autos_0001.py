"""Vehicles."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index, references, unique

revision = "autos_0001"
down_revision = None
branch_labels = ("autos",)
depends_on = ("core_0001", "crm_0001", "kernel_0001")

SCHEMA = "soriano_insurance_autos"
EUROS = sa.Numeric(18, 2)


def upgrade() -> None:
    """Create the tables."""
    create_record_table(
        SCHEMA,
        "vehicle",
        sa.Column("plate", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid()),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("vehicle_class", sa.String(), nullable=False),
        sa.Column("make_model", sa.String(), nullable=False),
        sa.Column("first_registered_on", sa.Date()),
        sa.Column("vehicle_value", EUROS, nullable=False),
        sa.Column("power_cv", sa.Integer(), nullable=False),
        sa.Column("fuel", sa.String()),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("parking", sa.String(), nullable=False),
        sa.Column("driver_born_on", sa.Date()),
        sa.Column("licensed_on", sa.Date()),
        sa.Column("young_second_driver", sa.Boolean(), nullable=False),
        sa.Column("at_fault_claims_5y", sa.Integer(), nullable=False),
        sa.Column("bm_level", sa.Integer(), nullable=False),
        sa.Column("driver_accident_sum", EUROS, nullable=False),
        sa.Column("deductible", sa.Integer()),
        unique("plate"),
        references("customer_id", "soriano_crm.customer"),
        references("policy_id", "soriano_core.policy"),
    )
    index(SCHEMA, "vehicle", "customer_id")
    index(SCHEMA, "vehicle", "policy_id")
