"""Terms and endorsements of policies, and when and why a policy ended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.migrations.operations import create_record_table, index, references, unique

revision = "kernel_0003"
down_revision = "kernel_0002"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"
EUROS = sa.Numeric(18, 2)


def upgrade() -> None:
    """Add the columns and create the tables."""
    op.add_column("policy", sa.Column("ended_on", sa.Date()), schema=SCHEMA)
    op.add_column("policy", sa.Column("end_reason", sa.String()), schema=SCHEMA)
    create_record_table(
        SCHEMA,
        "term",
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("payment_frequency", sa.String(), nullable=False),
        sa.Column("risk", JSONB(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("rating", JSONB(), nullable=False),
        sa.Column("tariff_version", sa.String(), nullable=False),
        sa.Column("net_premium", EUROS, nullable=False),
        sa.Column("total_premium", EUROS, nullable=False),
        unique("policy_id", "number"),
        references("policy_id", "soriano_core.policy"),
    )
    index(SCHEMA, "term", "policy_id", "from_on")
    create_record_table(
        SCHEMA,
        "endorsement",
        sa.Column("endorsement_number", sa.String(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("rules_hit", ARRAY(sa.Text()), nullable=False),
        sa.Column("risk", JSONB(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("rating", JSONB(), nullable=False),
        sa.Column("tariff_version", sa.String(), nullable=False),
        sa.Column("premium", EUROS, nullable=False),
        sa.Column("surcharges", EUROS, nullable=False),
        sa.Column("ips", EUROS, nullable=False),
        sa.Column("total", EUROS, nullable=False),
        sa.Column("receipt_id", sa.Uuid()),
        sa.Column("signed_on", sa.Date()),
        sa.Column("signature_evidence", sa.String(), nullable=False),
        unique("endorsement_number"),
        references("policy_id", "soriano_core.policy"),
        references("receipt_id", "soriano_core.receipt"),
    )
    index(SCHEMA, "endorsement", "policy_id")
