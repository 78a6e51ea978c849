"""What migrations of all branches share: a business table with audit fields, row security, grants.

`create_record_table` is frozen once released: a change of the audit fields is a migration
that alters tables, not an edit here, so that an old revision always builds the same table.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

INSTANT = sa.DateTime(timezone=True)


def audit_columns() -> list[sa.Column[Any]]:
    """The 23 audit fields and tags, as `core.records.Record` declares them."""
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.Column("created_by_user_id", sa.Uuid()),
        sa.Column("created_by_agent_id", sa.String()),
        sa.Column("updated_by_user_id", sa.Uuid()),
        sa.Column("updated_by_agent_id", sa.String()),
        sa.Column("deleted_by_user_id", sa.Uuid()),
        sa.Column("deleted_by_agent_id", sa.String()),
        sa.Column("organization_id", sa.Uuid()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("ip_address", sa.String()),
        sa.Column("user_agent", sa.String()),
        sa.Column("geo_location", sa.String()),
        sa.Column("device_fingerprint", sa.String()),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("request_id", sa.Uuid()),
        sa.Column("compliance_flags", ARRAY(sa.Text()), nullable=False),
        sa.Column("gdpr_consent", JSONB(), nullable=False),
        sa.Column("notes", sa.String()),
        sa.Column("tags", ARRAY(sa.Text()), nullable=False),
    ]


def create_record_table(schema: str, name: str, *parts: Any) -> None:
    """Create a business table: audit fields first, key `(tenant_id, id)`, row security, grants.

    Args:
        schema: one of the 40 schemas.
        name: the table.
        parts: its own columns and constraints; `unique(…)` and `references(…)` below help.
    """
    op.create_table(name, *audit_columns(), *parts, sa.PrimaryKeyConstraint("tenant_id", "id"), schema=schema)
    protect(f"{schema}.{name}", "SELECT, INSERT, UPDATE, DELETE")


def protect(table: str, grants: str) -> None:
    """Rows of one tenant only, even for the owner; `grants` to the application."""
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_only ON {table} AS RESTRICTIVE FOR ALL TO PUBLIC "
        "USING (tenant_id = (SELECT sec.tenant_id())) WITH CHECK (tenant_id = (SELECT sec.tenant_id()))",
        f"CREATE POLICY application ON {table} FOR ALL TO ait_app USING (true) WITH CHECK (true)",
        f"GRANT {grants} ON {table} TO ait_app",
    ):
        op.execute(statement)


def unique(*columns: str) -> sa.UniqueConstraint:
    """Unique within the tenant."""
    return sa.UniqueConstraint("tenant_id", *columns)


def references(column: str, target: str) -> sa.ForeignKeyConstraint:
    """`column` refers to a row of `target` (`schema.table`) in the same tenant."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"])


def index(schema: str, table: str, *columns: str) -> None:
    """An index within the tenant, named as `core.records.index` names it."""
    names = ("tenant_id", *columns)
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names), schema=schema)
