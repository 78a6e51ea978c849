"""Deadlines of approvals: the next moment of each that waits, so that the relay finds what is due.

The table holds two ids and an instant, and nothing of a tenant's own; a trigger keeps it in
step with the approvals. Nobody reads it but `due_approvals`, which knows no tenant.
"""

from alembic import op

revision = "gate_0003"
down_revision = "gate_0002"
branch_labels = None
depends_on = None

# Half the time for the first reminder, nine tenths for the second, all of it for the end.
NEXT = "created_at + (expires_at - created_at) * CASE reminders WHEN 0 THEN 0.5 WHEN 1 THEN 0.9 ELSE 1 END"
STATEMENTS = (
    "CREATE TABLE soriano_platform.deadline (scope uuid NOT NULL, approval uuid NOT NULL, at timestamptz NOT NULL,"
    " PRIMARY KEY (scope, approval))",
    "CREATE INDEX deadline_at ON soriano_platform.deadline (at)",
    f"""
CREATE FUNCTION soriano_platform.keep_deadline() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.state::text = 'PENDING' THEN
    INSERT INTO soriano_platform.deadline
    SELECT NEW.tenant_id, NEW.id, {NEXT.replace("created_at", "NEW.created_at").replace("expires_at", "NEW.expires_at").replace("reminders", "NEW.reminders")}
    ON CONFLICT (scope, approval) DO UPDATE SET at = excluded.at;
  ELSE
    DELETE FROM soriano_platform.deadline WHERE scope = NEW.tenant_id AND approval = NEW.id;
  END IF;
  RETURN NEW;
END $$
""",  # noqa: E501
    "CREATE TRIGGER keep_deadline AFTER INSERT OR UPDATE OF state, reminders, expires_at"
    " ON soriano_platform.approval FOR EACH ROW EXECUTE FUNCTION soriano_platform.keep_deadline()",
    """
CREATE FUNCTION soriano_platform.due_approvals(moment timestamptz) RETURNS TABLE (scope uuid, approval uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.scope, d.approval FROM soriano_platform.deadline d WHERE d.at <= moment ORDER BY d.at LIMIT 200
$$
""",
    # Row security binds the owner too, who would see no row.
    "ALTER TABLE soriano_platform.approval NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO soriano_platform.deadline"
    f" SELECT tenant_id, id, {NEXT} FROM soriano_platform.approval WHERE state::text = 'PENDING'",
    "ALTER TABLE soriano_platform.approval FORCE ROW LEVEL SECURITY",
    "REVOKE ALL ON FUNCTION soriano_platform.keep_deadline(), soriano_platform.due_approvals(timestamptz) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION soriano_platform.due_approvals(timestamptz) TO ait_app",
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)
