"""Customers, consents and interactions."""

import sqlalchemy as sa

from core.migrations.operations import INSTANT, create_record_table, index, references, unique

revision = "crm_0001"
down_revision = None
branch_labels = ("crm",)
depends_on = ("core_0001",)

SCHEMA = "soriano_crm"


def upgrade() -> None:
    """Create the three tables."""
    by_code_point = sa.Text(collation="C")
    create_record_table(
        SCHEMA,
        "customer",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id_type", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("company_name", sa.String(), nullable=False),
        sa.Column("search_name", by_code_point, nullable=False),
        sa.Column("short_name", by_code_point, nullable=False),
        sa.Column("birth_date", sa.Date()),
        sa.Column("sex", sa.String()),
        sa.Column("cnae", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("email_since", sa.Date()),
        sa.Column("phone", sa.String()),
        sa.Column("street", sa.String()),
        sa.Column("postal_code", sa.String()),
        sa.Column("city", sa.String()),
        sa.Column("province_code", sa.String()),
        sa.Column("iban", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("collaborator_ref", sa.String()),
        sa.Column("customer_since", sa.Date(), nullable=False),
        sa.Column("import_ref", sa.String()),
        unique("id_number"),
        unique("import_ref"),
    )
    index(SCHEMA, "customer", "search_name")
    index(SCHEMA, "customer", "short_name")
    index(SCHEMA, "customer", "email")
    create_record_table(
        SCHEMA,
        "consent",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        references("customer_id", f"{SCHEMA}.customer"),
    )
    index(SCHEMA, "consent", "customer_id", "purpose", "at")
    create_record_table(
        SCHEMA,
        "interaction",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        references("customer_id", f"{SCHEMA}.customer"),
    )
    index(SCHEMA, "interaction", "customer_id", "at")
