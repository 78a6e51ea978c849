"""Runs of renewals, insurers' tariff versions, commission agreements and coinsurance."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.migrations.operations import create_record_table, index, references, unique

revision = "kernel_0005"
down_revision = "kernel_0004"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"
EUROS = sa.Numeric(18, 2)
FRACTION = sa.Numeric(9, 6)


def upgrade() -> None:
    """Create the tables."""
    create_record_table(
        SCHEMA,
        "renewal_run",
        sa.Column("run_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("line", sa.String()),
        sa.Column("index", FRACTION, nullable=False),
        sa.Column("reached", sa.Uuid()),
        sa.Column("priced_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("renewed_count", sa.Integer(), nullable=False),
        sa.Column("stale_count", sa.Integer(), nullable=False),
        sa.Column("total_before", EUROS, nullable=False),
        sa.Column("total_after", EUROS, nullable=False),
        unique("run_number"),
    )
    create_record_table(
        SCHEMA,
        "renewal_item",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("total_before", EUROS, nullable=False),
        sa.Column("total_after", EUROS, nullable=False),
        sa.Column("rules_hit", ARRAY(sa.Text()), nullable=False),
        sa.Column("causes", JSONB(), nullable=False),
        sa.Column("risk", JSONB(), nullable=False),
        sa.Column("rating", JSONB(), nullable=False),
        sa.Column("tariff_version", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        unique("run_id", "policy_id"),
        references("run_id", "soriano_core.renewal_run"),
        references("policy_id", "soriano_core.policy"),
    )
    index(SCHEMA, "renewal_item", "policy_id")
    index(SCHEMA, "renewal_item", "run_id", "state", "id")
    create_record_table(
        SCHEMA,
        "tariff_version",
        sa.Column("insurer_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("book", JSONB(), nullable=False),
        unique("insurer_id", "line", "name"),
        references("insurer_id", "soriano_core.insurer"),
    )
    index(SCHEMA, "tariff_version", "line", "insurer_id", "starts_on")
    create_record_table(
        SCHEMA,
        "commission_agreement",
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("insurer_id", sa.Uuid()),
        sa.Column("product", sa.String()),
        sa.Column("collaborator_id", sa.Uuid()),
        sa.Column("rate_new", FRACTION, nullable=False),
        sa.Column("rate_renewal", FRACTION, nullable=False),
        sa.Column("cession_rate", FRACTION),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        references("insurer_id", "soriano_core.insurer"),
        references("collaborator_id", "soriano_core.collaborator"),
    )
    index(SCHEMA, "commission_agreement", "line", "starts_on")
    create_record_table(
        SCHEMA,
        "policy_share",
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("insurer_id", sa.Uuid(), nullable=False),
        sa.Column("share", FRACTION, nullable=False),
        sa.Column("leader", sa.Boolean(), nullable=False),
        unique("policy_id", "insurer_id"),
        references("policy_id", "soriano_core.policy"),
        references("insurer_id", "soriano_core.insurer"),
    )
