"""Documents, versions and pages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from core.migrations.operations import create_record_table, index, references, unique

revision = "documents_0001"
down_revision = None
branch_labels = ("documents",)
depends_on = ("kernel_0001", "crm_0001")

SCHEMA = "soriano_documents"


def upgrade() -> None:
    """Create the three tables, and the vector that the search reads."""
    create_record_table(
        SCHEMA,
        "document",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("policy_id", sa.Uuid()),
        sa.Column("claim_id", sa.Uuid()),
        sa.Column("version_count", sa.Integer(), nullable=False),
        sa.Column("current_id", sa.Uuid()),
        references("customer_id", "soriano_crm.customer"),
        references("policy_id", "soriano_core.policy"),
        references("claim_id", "soriano_core.claim"),
    )
    for subject in ("customer_id", "policy_id", "claim_id"):
        index(SCHEMA, "document", subject)
    op.create_index(
        "uq_document_live_name",
        "document",
        ["tenant_id", "subject", "name_key"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    create_record_table(
        SCHEMA,
        "document_version",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("ocr_pages", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Integer()),
        sa.Column("unread_pages", sa.Integer(), nullable=False),
        sa.Column("attachments", ARRAY(sa.Text()), nullable=False),
        references("document_id", f"{SCHEMA}.document"),
        unique("document_id", "number"),
    )
    index(SCHEMA, "document_version", "created_by_user_id", "created_at")
    create_record_table(
        SCHEMA,
        "document_page",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("confidence", sa.Integer()),
        references("version_id", f"{SCHEMA}.document_version"),
        unique("version_id", "number"),
    )
    op.execute(
        f"ALTER TABLE {SCHEMA}.document_page ADD COLUMN search tsvector GENERATED ALWAYS AS ("
        "setweight(to_tsvector('spanish', heading), 'A') || setweight(to_tsvector('spanish', text), 'B')) STORED"
    )
