"""Plants and the recommendations of their surveys."""

import sqlalchemy as sa

from core.migrations.operations import index, unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_risk_table

revision = "industrial_0001"
down_revision = None
branch_labels = ("industrial",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        "soriano_insurance_industrial",
        "plant",
        sa.Column("cnae", sa.String()),
        sa.Column("address", sa.String()),
        sa.Column("cadastral_ref", sa.String()),
        sa.Column("hazard_class", sa.Integer(), nullable=False),
        sa.Column("building_sum", EUROS, nullable=False),
        sa.Column("machinery_sum", EUROS, nullable=False),
        sa.Column("stock_sum", EUROS, nullable=False),
        sa.Column("annual_gross_profit", EUROS, nullable=False),
        sa.Column("annual_turnover", EUROS, nullable=False),
        sa.Column("construction", sa.String(), nullable=False),
        sa.Column("protection", sa.String(), nullable=False),
        sa.Column("security", sa.String(), nullable=False),
        sa.Column("first_loss_pct", sa.Integer(), nullable=False),
        sa.Column("indemnity_months", sa.Integer()),
        sa.Column("liability_limit", sa.Integer(), nullable=False),
        sa.Column("deductible", sa.Integer(), nullable=False),
        sa.Column("loss_ratio_3y_pct", EUROS, nullable=False),
        sa.Column("pml_pct", sa.Numeric(9, 4)),
        sa.Column("survey_on", sa.Date()),
        sa.Column("surveyor", sa.String()),
        sa.Column("sprinkler_certified_on", sa.Date()),
        sa.Column("hot_work", sa.Boolean()),
        sa.Column("solar_roof", sa.Boolean()),
        sa.Column("stock_declared_on", sa.Date()),
    )
    create_entry_table(
        "soriano_insurance_industrial",
        "recommendation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("evidence", sa.String(), nullable=False),
        unique("policy_id", "number"),
    )
    index("soriano_insurance_industrial", "recommendation", "state", "due_on")
