"""Insured lives, beneficiaries, health questionnaires."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import create_record_table, index, references, unique
from modules.insurance.kernel.tables import EUROS, create_risk_table

revision = "vida_0001"
down_revision = None
branch_labels = ("vida",)
depends_on = ("core_0001", "crm_0001", "kernel_0003")

SCHEMA = "soriano_insurance_vida"


def upgrade() -> None:
    """Create the tables."""
    create_risk_table(
        SCHEMA,
        "insured_life",
        sa.Column("insured_name", sa.String()),
        sa.Column("insured_birth_date", sa.Date()),
        sa.Column("insured_consent_signed", sa.Boolean()),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("sum_insured", EUROS, nullable=False),
        sa.Column("critical_illness_sum", EUROS),
        sa.Column("occupation", sa.String()),
        sa.Column("occupation_class", sa.Integer(), nullable=False),
        sa.Column("term_years", sa.Integer()),
        sa.Column("elapsed_years", sa.Integer()),
        sa.Column("end_age", sa.Integer()),
        sa.Column("purpose", sa.String()),
        sa.Column("lender", sa.String()),
        sa.Column("loan_id", sa.String()),
        sa.Column("surrender_agreed", sa.Boolean()),
    )
    create_record_table(
        SCHEMA,
        "beneficiary",
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("designation", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("share", sa.Numeric(9, 6), nullable=False),
        sa.Column("irrevocable", sa.Boolean(), nullable=False),
        sa.Column("designated_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        unique("policy_id", "rank", "position", "designation"),
        references("policy_id", "soriano_core.policy"),
        references("customer_id", "soriano_crm.customer"),
    )
    index(SCHEMA, "beneficiary", "policy_id")
    index(SCHEMA, "beneficiary", "customer_id")
    create_record_table(
        SCHEMA,
        "health_answers",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("answers", JSONB(), nullable=False),
        references("customer_id", "soriano_crm.customer"),
    )
    index(SCHEMA, "health_answers", "customer_id")
    create_record_table(
        SCHEMA,
        "health_questionnaire",
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid()),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("answers_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("typed_by", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        references("quote_id", "soriano_core.quote"),
        references("policy_id", "soriano_core.policy"),
        references("customer_id", "soriano_crm.customer"),
        references("answers_id", "soriano_insurance_vida.health_answers"),
    )
    for column in ("quote_id", "policy_id", "customer_id"):
        index(SCHEMA, "health_questionnaire", column)
