"""Funeral plans, insured lives, layers, premium paths, services."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import INSTANT, create_record_table, index, references, unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_person_table, create_risk_table

revision = "decesos_0001"
down_revision = None
branch_labels = ("decesos",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")

SCHEMA = "soriano_insurance_decesos"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "funeral_plan",
        sa.Column("service_value", EUROS, nullable=False),
        sa.Column("with_accident", sa.Boolean()),
        sa.Column("with_travel", sa.Boolean()),
        sa.Column("with_repatriation", sa.Boolean()),
        sa.Column("niche_owned", sa.Boolean()),
        sa.Column("free_provider_choice", sa.Boolean()),
        sa.Column("service_update_pct", sa.Numeric(7, 4)),
    )
    create_person_table(
        SCHEMA,
        "insured_life",
        sa.Column("full_name", sa.String()),
        sa.Column("kinship", sa.String()),
        sa.Column("born_on", sa.Date()),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("province", sa.String()),
        sa.Column("accident_sum", EUROS),
        sa.Column("insured_since", sa.Date()),
    )
    create_entry_table(
        SCHEMA,
        "layer",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("value", EUROS, nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("premium", EUROS, nullable=False),
    )
    index(SCHEMA, "layer", "policy_id", "position")
    create_record_table(
        SCHEMA,
        "premium_path",
        sa.Column("path_number", sa.String(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("modality", sa.String(), nullable=False),
        sa.Column("tariff_version", sa.String(), nullable=False),
        sa.Column("service_value", EUROS, nullable=False),
        sa.Column("lives", JSONB(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signed_on", sa.Date()),
        sa.Column("signature_evidence", sa.String(), nullable=False),
        unique("path_number"),
        references("quote_id", "soriano_core.quote"),
        references("customer_id", "soriano_crm.customer"),
    )
    index(SCHEMA, "premium_path", "quote_id")
    index(SCHEMA, "premium_path", "customer_id")
    create_entry_table(
        SCHEMA,
        "funeral_service",
        sa.Column("service_number", sa.String(), nullable=False),
        sa.Column("life_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("deceased_on", sa.Date(), nullable=False),
        sa.Column("by_accident", sa.Boolean(), nullable=False),
        sa.Column("called_at", INSTANT, nullable=False),
        sa.Column("verified_at", INSTANT),
        sa.Column("value", EUROS),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("own_provider", sa.Boolean(), nullable=False),
        sa.Column("assigned_at", INSTANT),
        sa.Column("performed_on", sa.Date()),
        sa.Column("invoice_no", sa.String()),
        sa.Column("invoice_amount", EUROS),
        sa.Column("paid_amount", EUROS),
        sa.Column("heirs_amount", EUROS),
        sa.Column("accident_amount", EUROS),
        sa.Column("settled_on", sa.Date()),
        sa.Column("rejection", sa.String()),
        unique("service_number"),
        references("life_id", f"{SCHEMA}.insured_life"),
        unique("life_id", "attempt"),
    )
    index(SCHEMA, "funeral_service", "state")
