"""The brokerage as documents name it, and the documents that were made."""

import sqlalchemy as sa

from core.migrations.operations import create_record_table, index, references, unique

revision = "kernel_0008"
down_revision = "kernel_0007"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"


def upgrade() -> None:
    """Create both tables."""
    create_record_table(
        SCHEMA,
        "brokerage",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("registry_key", sa.String(), nullable=False),
        sa.Column("register_name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("complaints", sa.String(), nullable=False),
        sa.Column("holdings", sa.String(), nullable=False),
        sa.Column("remuneration", sa.String(), nullable=False),
        unique("series"),
    )
    create_record_table(
        SCHEMA,
        "issued_document",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("template_version", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("delivered_on", sa.Date()),
        sa.Column("delivered_by", sa.String()),
        sa.Column("signed_on", sa.Date()),
        sa.Column("signature_evidence", sa.String(), nullable=False),
        references("customer_id", "soriano_crm.customer"),
        references("policy_id", f"{SCHEMA}.policy"),
    )
    index(SCHEMA, "issued_document", "subject_id", "kind")
    index(SCHEMA, "issued_document", "customer_id")
    index(SCHEMA, "issued_document", "policy_id")
