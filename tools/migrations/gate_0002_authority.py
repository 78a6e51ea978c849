"""Authority: how many persons an approval needs, what they granted, limits, switches, versions of the policy.

`standing` is read at the start of every call, by the statement that enters the tenant, so
that a switch holds from the next call on; it is written by functions that know no tenant but
the one of the transaction.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.migrations.operations import INSTANT, create_record_table, index, protect, unique

revision = "gate_0002"
down_revision = "gate_0001"
branch_labels = None
depends_on = None

STANDING = """
CREATE TABLE soriano_platform.standing (
  scope uuid PRIMARY KEY,
  policy uuid,
  stopped text[] NOT NULL DEFAULT '{}'
);
GRANT SELECT ON soriano_platform.standing TO ait_app;
"""
WALLS = """
ALTER TABLE soriano_platform.standing ENABLE ROW LEVEL SECURITY;
ALTER TABLE soriano_platform.standing FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON soriano_platform.standing FOR ALL TO PUBLIC
  USING (scope = (SELECT sec.tenant_id())) WITH CHECK (scope = (SELECT sec.tenant_id()));
"""
FUNCTIONS = """
CREATE FUNCTION soriano_platform.stop(what text, which text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO soriano_platform.standing AS s (scope, stopped) VALUES (sec.tenant_id(), ARRAY[what || ':' || which])
  ON CONFLICT (scope) DO UPDATE
  SET stopped = array_append(array_remove(s.stopped, what || ':' || which), what || ':' || which)
$$;
CREATE FUNCTION soriano_platform.resume(what text, which text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE soriano_platform.standing SET stopped = array_remove(stopped, what || ':' || which)
  WHERE scope = sec.tenant_id()
$$;
CREATE FUNCTION soriano_platform.enforce(version uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO soriano_platform.standing (scope, policy) VALUES (sec.tenant_id(), version)
  ON CONFLICT (scope) DO UPDATE SET policy = excluded.policy
$$;
REVOKE ALL ON FUNCTION soriano_platform.stop(text, text), soriano_platform.resume(text, text),
  soriano_platform.enforce(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION soriano_platform.stop(text, text), soriano_platform.resume(text, text),
  soriano_platform.enforce(uuid) TO ait_app;
"""


def upgrade() -> None:
    """Create it."""
    text = sa.String()
    for column in (
        sa.Column("needed", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("rules", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("step_up", sa.Integer()),
        sa.Column("conflicted", ARRAY(sa.Uuid()), nullable=False, server_default="{}"),
        sa.Column("grants", JSONB(), nullable=False, server_default="[]"),
        sa.Column("foreign_sources", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("escalated_at", INSTANT),
    ):
        op.add_column("approval", column, schema="soriano_platform")
    op.create_table(
        "spent",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("cls", text, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id"),
        schema="soriano_platform",
    )
    protect("soriano_platform.spent", "SELECT, INSERT")
    op.create_index("ix_spent_tenant_id_cls_at", "spent", ["tenant_id", "cls", "at"], schema="soriano_platform")
    create_record_table(
        "soriano_platform",
        "delegation",
        sa.Column("from_user", text, nullable=False),
        sa.Column("to_user", text, nullable=False),
        sa.Column("role", text, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("reason", text, nullable=False),
    )
    index("soriano_platform", "delegation", "to_user", "until")
    create_record_table(
        "soriano_platform",
        "policy_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("tables", text, nullable=False),
        sa.Column("rules", text, nullable=False),
        sa.Column("label", text, nullable=False),
        sa.Column("summary", text, nullable=False),
        sa.Column("published_at", INSTANT),
        unique("number"),
    )
    create_record_table(
        "soriano_platform",
        "switch",
        sa.Column("kind", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("lifted_at", INSTANT),
    )
    index("soriano_platform", "switch", "kind", "name")
    for statement in (STANDING, WALLS, FUNCTIONS):
        op.execute(statement)
