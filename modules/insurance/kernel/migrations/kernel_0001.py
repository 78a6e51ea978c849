"""Insurers, collaborators, quotes, policies, receipts, commission lines and claims."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.migrations.operations import INSTANT, create_record_table, index, references, unique

revision = "kernel_0001"
down_revision = None
branch_labels = ("kernel",)
depends_on = ("core_0001", "crm_0001")

SCHEMA = "soriano_core"
EUROS = sa.Numeric(18, 2)
FRACTION = sa.Numeric(9, 6)


def upgrade() -> None:
    """Create the tables."""
    create_record_table(
        SCHEMA,
        "counter",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        unique("series", "year"),
    )
    create_record_table(
        SCHEMA,
        "insurer",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("settlement_terms", sa.String(), nullable=False),
        sa.Column("import_ref", sa.String()),
        unique("code"),
        unique("import_ref"),
    )
    create_record_table(
        SCHEMA,
        "collaborator",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("withholding_rate", FRACTION, nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("training_level", sa.Integer()),
        sa.Column("training_hours", sa.Integer()),
        sa.Column("training_year", sa.Integer()),
        sa.Column("import_ref", sa.String()),
        unique("code"),
        unique("import_ref"),
    )
    create_record_table(
        SCHEMA,
        "quote",
        sa.Column("quote_number", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("insurer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("rules_hit", ARRAY(sa.Text()), nullable=False),
        sa.Column("risk", JSONB(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("rating", JSONB(), nullable=False),
        sa.Column("tariff_version", sa.String(), nullable=False),
        sa.Column("payment_frequency", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("object_ref", sa.String()),
        sa.Column("net_premium", EUROS),
        sa.Column("total_premium", EUROS),
        unique("quote_number"),
        references("customer_id", "soriano_crm.customer"),
        references("insurer_id", "soriano_core.insurer"),
    )
    index(SCHEMA, "quote", "customer_id", "line")
    create_record_table(
        SCHEMA,
        "policy",
        sa.Column("policy_number", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("insurer_id", sa.Uuid(), nullable=False),
        sa.Column("policyholder_id", sa.Uuid(), nullable=False),
        sa.Column("insured_id", sa.Uuid(), nullable=False),
        sa.Column("collaborator_id", sa.Uuid()),
        sa.Column("quote_id", sa.Uuid()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("signed_on", sa.Date()),
        sa.Column("signature_evidence", sa.String(), nullable=False),
        sa.Column("payment_frequency", sa.String(), nullable=False),
        sa.Column("collected_by", sa.String(), nullable=False),
        sa.Column("net_premium", EUROS, nullable=False),
        sa.Column("fractioning_surcharge", EUROS, nullable=False),
        sa.Column("surcharges", EUROS, nullable=False),
        sa.Column("ips", EUROS, nullable=False),
        sa.Column("total_premium", EUROS, nullable=False),
        sa.Column("commission_rate", FRACTION, nullable=False),
        sa.Column("cession_rate", FRACTION, nullable=False),
        sa.Column("sum_insured", EUROS),
        sa.Column("risk_description", sa.String(), nullable=False),
        sa.Column("object_ref", sa.String()),
        sa.Column("import_ref", sa.String()),
        unique("policy_number"),
        unique("import_ref"),
        unique("quote_id"),
        references("policyholder_id", "soriano_crm.customer"),
        references("insured_id", "soriano_crm.customer"),
        references("insurer_id", "soriano_core.insurer"),
        references("collaborator_id", "soriano_core.collaborator"),
        references("quote_id", "soriano_core.quote"),
    )
    index(SCHEMA, "policy", "policyholder_id")
    index(SCHEMA, "policy", "line", "state")
    index(SCHEMA, "policy", "expires_on")
    index(SCHEMA, "policy", "object_ref")
    create_record_table(
        SCHEMA,
        "receipt",
        sa.Column("receipt_number", sa.String(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("insurer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("instalment_no", sa.Integer(), nullable=False),
        sa.Column("instalment_count", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("premium", EUROS, nullable=False),
        sa.Column("fractioning_surcharge", EUROS, nullable=False),
        sa.Column("surcharges", EUROS, nullable=False),
        sa.Column("surcharge_parts", JSONB(), nullable=False),
        sa.Column("ips", EUROS, nullable=False),
        sa.Column("total", EUROS, nullable=False),
        sa.Column("commission", EUROS, nullable=False),
        sa.Column("cession", EUROS, nullable=False),
        sa.Column("collected_by", sa.String(), nullable=False),
        sa.Column("mandate_ref", sa.String()),
        sa.Column("sent_at", INSTANT),
        sa.Column("paid_on", sa.Date()),
        sa.Column("paid_medium", sa.String()),
        sa.Column("returned_reason", sa.String()),
        sa.Column("returned_on", sa.Date()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settlement_ref", sa.String()),
        sa.Column("import_ref", sa.String()),
        unique("receipt_number"),
        unique("import_ref"),
        references("policy_id", "soriano_core.policy"),
        references("insurer_id", "soriano_core.insurer"),
    )
    index(SCHEMA, "receipt", "policy_id")
    index(SCHEMA, "receipt", "state", "due_on")
    create_record_table(
        SCHEMA,
        "commission_line",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("collaborator_id", sa.Uuid()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("base", EUROS, nullable=False),
        sa.Column("rate", FRACTION, nullable=False),
        sa.Column("amount", EUROS, nullable=False),
        unique("receipt_id", "kind"),
        references("receipt_id", "soriano_core.receipt"),
        references("policy_id", "soriano_core.policy"),
        references("collaborator_id", "soriano_core.collaborator"),
    )
    index(SCHEMA, "commission_line", "policy_id")
    create_record_table(
        SCHEMA,
        "claim",
        sa.Column("claim_number", sa.String(), nullable=False),
        sa.Column("insurer_claim_number", sa.String(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("notified_on", sa.Date()),
        sa.Column("reserve", EUROS, nullable=False),
        sa.Column("paid_amount", EUROS, nullable=False),
        sa.Column("paid_on", sa.Date()),
        sa.Column("complaint", sa.String()),
        sa.Column("import_ref", sa.String()),
        unique("claim_number"),
        unique("import_ref"),
        references("policy_id", "soriano_core.policy"),
    )
    index(SCHEMA, "claim", "policy_id")
    index(SCHEMA, "claim", "state")
