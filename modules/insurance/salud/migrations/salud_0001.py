"""Health plans, insured lives, authorisations, reimbursements, copays, questionnaires."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import index, references, unique
from modules.insurance.kernel.tables import EUROS, create_entry_table, create_person_table, create_risk_table

revision = "salud_0001"
down_revision = None
branch_labels = ("salud",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")

SCHEMA = "soriano_insurance_salud"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "health_plan",
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("with_dental", sa.Boolean()),
        sa.Column("with_travel", sa.Boolean()),
        sa.Column("group_scheme", sa.Boolean()),
        sa.Column("annual_limit", EUROS),
        sa.Column("network", sa.String()),
        sa.Column("waives_non_renewal", sa.Boolean()),
    )
    create_person_table(
        SCHEMA,
        "insured",
        sa.Column("full_name", sa.String()),
        sa.Column("kinship", sa.String()),
        sa.Column("born_on", sa.Date()),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("insured_since", sa.Date()),
        sa.Column("health_loading_pct", EUROS),
        sa.Column("previous_insurer", sa.String()),
        sa.Column("previous_since", sa.Date()),
        sa.Column("previous_until", sa.Date()),
        sa.Column("previous_proved", sa.Boolean()),
        sa.Column("left_group_on", sa.Date()),
    )
    create_entry_table(
        SCHEMA,
        "authorisation",
        sa.Column("authorisation_number", sa.String(), nullable=False),
        sa.Column("insured_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("expected_cost", EUROS),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date()),
        sa.Column("denial", sa.String()),
        sa.Column("insurer_ref", sa.String()),
        sa.Column("performed_on", sa.Date()),
        sa.Column("invoice_no", sa.String()),
        sa.Column("invoice_amount", EUROS),
        unique("authorisation_number"),
        references("insured_id", f"{SCHEMA}.insured"),
    )
    index(SCHEMA, "authorisation", "insured_id")
    index(SCHEMA, "authorisation", "state")
    create_entry_table(
        SCHEMA,
        "reimbursement",
        sa.Column("reimbursement_number", sa.String(), nullable=False),
        sa.Column("insured_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("treated_on", sa.Date(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("invoice_no", sa.String(), nullable=False),
        sa.Column("billed", EUROS, nullable=False),
        sa.Column("covered", EUROS),
        sa.Column("paid_on", sa.Date()),
        unique("reimbursement_number"),
        references("insured_id", f"{SCHEMA}.insured"),
    )
    index(SCHEMA, "reimbursement", "insured_id")
    index(SCHEMA, "reimbursement", "state")
    create_entry_table(
        SCHEMA,
        "copay_charge",
        sa.Column("insured_id", sa.Uuid(), nullable=False),
        sa.Column("authorisation_id", sa.Uuid()),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("performed_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("listed", EUROS, nullable=False),
        sa.Column("charged", EUROS, nullable=False),
        sa.Column("table_version", sa.String(), nullable=False),
        references("insured_id", f"{SCHEMA}.insured"),
        references("authorisation_id", f"{SCHEMA}.authorisation"),
        unique("authorisation_id"),
    )
    index(SCHEMA, "copay_charge", "insured_id", "year")
    create_entry_table(
        SCHEMA,
        "health_questionnaire",
        sa.Column("insured_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("answers", JSONB(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        references("insured_id", f"{SCHEMA}.insured"),
        unique("insured_id", "edition"),
    )
    index(SCHEMA, "health_questionnaire", "insured_id")
