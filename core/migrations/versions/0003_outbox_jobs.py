"""The outbox, the inbox of event consumers, dead letters and jobs.

All of them are rows of a tenant, written in that tenant's transaction. The relay, which
publishes, performs and sweeps, logs in as `ait_relay` and sees these tables alone.
"""

from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

HOUSE = "'00000000-0000-0000-0000-000000000000'"

TABLES = """
CREATE TABLE soriano_platform.outbox (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('event', 'effect')),
  topic text NOT NULL,
  type text NOT NULL,
  key uuid,
  agg_seq bigint GENERATED ALWAYS AS IDENTITY,
  payload jsonb NOT NULL,
  labels jsonb NOT NULL DEFAULT '{}',
  entry_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  next_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dead')),
  error text,
  provider_ref text,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_waiting ON soriano_platform.outbox (kind, agg_seq) WHERE state IN ('pending', 'failed');
CREATE INDEX outbox_about ON soriano_platform.outbox (tenant_id, key, agg_seq);
CREATE INDEX outbox_sent ON soriano_platform.outbox (topic, created_at) WHERE kind = 'event' AND state = 'sent';

CREATE TABLE soriano_platform.consumer (
  name text NOT NULL,
  topic text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, topic)
);
CREATE TABLE soriano_platform.inbox (
  tenant_id uuid NOT NULL,
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, consumer, event_id)
);
CREATE TABLE soriano_platform.dead_letter (
  tenant_id uuid NOT NULL,
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  topic text NOT NULL,
  key uuid,
  event jsonb NOT NULL,
  error text NOT NULL,
  attempts integer NOT NULL,
  first_at timestamptz NOT NULL DEFAULT now(),
  last_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, consumer, event_id)
);
CREATE INDEX dead_letter_key ON soriano_platform.dead_letter (tenant_id, consumer, key);

CREATE TABLE soriano_platform.job (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  tool text NOT NULL,
  args jsonb NOT NULL,
  actor jsonb NOT NULL,
  idempotency_key text NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
  run_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  error text,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, idempotency_key)
);
CREATE INDEX job_waiting ON soriano_platform.job (run_at) WHERE state IN ('queued', 'running');
"""

GRANTS = """
GRANT USAGE ON SCHEMA soriano_platform TO ait_relay;
GRANT SELECT, INSERT ON soriano_platform.outbox TO ait_app;
GRANT UPDATE (state, next_at, attempts, error) ON soriano_platform.outbox TO ait_app;
GRANT SELECT, INSERT ON soriano_platform.inbox, soriano_platform.consumer TO ait_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON soriano_platform.dead_letter TO ait_app;
GRANT SELECT, INSERT, UPDATE ON soriano_platform.job TO ait_app;
GRANT SELECT ON soriano_platform.inbox, soriano_platform.consumer, soriano_platform.dead_letter TO ait_relay;
GRANT SELECT, UPDATE ON soriano_platform.outbox, soriano_platform.job TO ait_relay;
"""


def upgrade() -> None:
    """Create them."""
    op.execute(TABLES)
    op.execute(GRANTS)
    for table in ("outbox", "inbox", "dead_letter", "job"):
        _protect(f"soriano_platform.{table}")


def _protect(table: str) -> None:
    """The application meets one tenant's rows (and the house's own), the relay all."""
    own = f"tenant_id = (SELECT sec.tenant_id()) OR tenant_id = {HOUSE}"
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_only ON {table} AS RESTRICTIVE FOR ALL TO ait_app USING ({own}) WITH CHECK ({own})",
        f"CREATE POLICY application ON {table} FOR ALL TO ait_app USING (true) WITH CHECK (true)",
        f"CREATE POLICY relay ON {table} FOR ALL TO ait_relay USING (true) WITH CHECK (true)",
    ):
        op.execute(statement)
