"""The audit log: entries that are only ever inserted, and the Merkle tree over them.

`entry` holds the bytes that were hashed and nothing that could be changed apart from them;
its key is the time-ordered id alone, so that it can be partitioned by month. The tenant's
own dense number lies in `leaf`, given by the sequencer, since writers must never meet.
"""

from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

HOUSE = "'00000000-0000-0000-0000-000000000000'"  # what concerns no tenant: an unknown name signing in

TABLES = """
CREATE TABLE soriano_audit.entry (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  body bytea NOT NULL,
  body_hash bytea NOT NULL CHECK (body_hash = sha256(body)),
  receipt bytea NOT NULL CHECK (length(receipt) = 64)
);
CREATE TABLE soriano_audit.pending (
  entry_id uuid PRIMARY KEY REFERENCES soriano_audit.entry
);
CREATE TABLE soriano_audit.leaf (
  leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
  entry_id uuid NOT NULL UNIQUE REFERENCES soriano_audit.entry,
  tenant_id uuid NOT NULL,
  tenant_seq bigint NOT NULL CHECK (tenant_seq > 0),
  UNIQUE (tenant_id, tenant_seq)
);
CREATE TABLE soriano_audit.node (
  level smallint NOT NULL,
  idx bigint NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, idx)
);
CREATE TABLE soriano_audit.checkpoint (
  tree_size bigint PRIMARY KEY CHECK (tree_size > 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  note text NOT NULL,
  at timestamptz NOT NULL
);
CREATE TABLE soriano_audit.data_key (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  subject text NOT NULL DEFAULT '',
  wrapped bytea NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, subject)
);
CREATE TABLE soriano_audit.entry_index (
  entry_id uuid PRIMARY KEY REFERENCES soriano_audit.entry,
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  verdict text,
  tool text,
  class text,
  operator uuid,
  agent text,
  turn uuid,
  records text[] NOT NULL
);
CREATE INDEX ON soriano_audit.entry_index (tenant_id, entry_id DESC);
CREATE INDEX ON soriano_audit.entry_index (tenant_id, operator, entry_id DESC);
CREATE INDEX ON soriano_audit.entry_index (tenant_id, tool, entry_id DESC);
CREATE INDEX ON soriano_audit.entry_index USING gin (records);
"""

# What can be searched for, read out of an entry's own bytes; `entry_index` is its shadow.
FACTS = """
CREATE FUNCTION soriano_audit.facts(
  body bytea, OUT at timestamptz, OUT kind text, OUT verdict text, OUT tool text, OUT class text,
  OUT operator uuid, OUT agent text, OUT turn uuid, OUT records text[]
) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (b ->> 'at')::timestamptz, b ->> 'kind', b #>> '{decision,verdict}', b ->> 'tool', b ->> 'class',
         (b #>> '{actor,operator}')::uuid, b #>> '{actor,agent}', (b ->> 'turn')::uuid,
         ARRAY(SELECT jsonb_array_elements_text(coalesce(b -> 'records', '[]')))
  FROM (SELECT convert_from(body, 'UTF8')::jsonb AS b) AS said
$$
"""

# A tenant reads its own entries through this function alone. Entries that wait for the
# sequencer are found too; they have no leaf yet.
FIND = """
CREATE FUNCTION soriano_audit.find(
  wanted_id uuid, wanted_operator uuid, wanted_agent text, wanted_tool text, wanted_record text,
  wanted_kind text, wanted_verdict text, wanted_turn uuid, since timestamptz, until timestamptz,
  older_than uuid, how_many integer
) RETURNS TABLE (id uuid, body bytea, receipt bytea, leaf_index bigint, tenant_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH seen AS (
    SELECT i.entry_id, i.at, i.kind, i.verdict, i.tool, i.operator, i.agent, i.turn, i.records
    FROM soriano_audit.entry_index i WHERE i.tenant_id = (SELECT sec.tenant_id())
    UNION ALL
    SELECT e.id, f.at, f.kind, f.verdict, f.tool, f.operator, f.agent, f.turn, f.records
    FROM soriano_audit.pending p JOIN soriano_audit.entry e ON e.id = p.entry_id,
         LATERAL soriano_audit.facts(e.body) f
    WHERE e.tenant_id = (SELECT sec.tenant_id())
      AND NOT EXISTS (SELECT 1 FROM soriano_audit.entry_index i WHERE i.entry_id = p.entry_id)
  )
  SELECT e.id, e.body, e.receipt, l.leaf_index, l.tenant_seq
  FROM seen s JOIN soriano_audit.entry e ON e.id = s.entry_id
       LEFT JOIN soriano_audit.leaf l ON l.entry_id = s.entry_id
  WHERE (wanted_id IS NULL OR s.entry_id = wanted_id)
    AND (wanted_operator IS NULL OR s.operator = wanted_operator)
    AND (wanted_agent IS NULL OR s.agent = wanted_agent)
    AND (wanted_tool IS NULL OR s.tool = wanted_tool)
    AND (wanted_record IS NULL OR s.records @> ARRAY[wanted_record])
    AND (wanted_kind IS NULL OR s.kind = wanted_kind OR s.kind LIKE wanted_kind || '.%')
    AND (wanted_verdict IS NULL OR s.verdict = wanted_verdict)
    AND (wanted_turn IS NULL OR s.turn = wanted_turn)
    AND (since IS NULL OR s.at >= since) AND (until IS NULL OR s.at < until)
    AND (older_than IS NULL OR s.entry_id < older_than)
  ORDER BY s.entry_id DESC LIMIT least(how_many, 1000)
$$
"""
SIGNATURE = "uuid, uuid, text, text, text, text, text, uuid, timestamptz, timestamptz, uuid, integer"

GRANTS = """
REVOKE ALL ON ALL TABLES IN SCHEMA soriano_audit FROM PUBLIC;
GRANT USAGE ON SCHEMA soriano_audit TO ait_audit;
GRANT INSERT ON soriano_audit.entry, soriano_audit.pending TO ait_app;
GRANT SELECT, INSERT ON soriano_audit.data_key TO ait_app;
GRANT SELECT ON ALL TABLES IN SCHEMA soriano_audit TO ait_audit;
GRANT DELETE ON soriano_audit.pending TO ait_audit;
GRANT INSERT ON soriano_audit.leaf, soriano_audit.node, soriano_audit.checkpoint, soriano_audit.entry_index
  TO ait_audit;
"""


def upgrade() -> None:
    """Create it."""
    for statement in (TABLES, FACTS, FIND, GRANTS):
        op.execute(statement)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA soriano_audit FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION soriano_audit.find({SIGNATURE}) TO ait_app")
    op.execute("GRANT EXECUTE ON FUNCTION soriano_audit.facts(bytea) TO ait_audit")
    for table in ("entry", "leaf", "entry_index", "data_key"):
        _protect(f"soriano_audit.{table}")


def _protect(table: str) -> None:
    """The application meets one tenant's rows; the sequencer and the reading function all."""
    own = f"tenant_id = (SELECT sec.tenant_id()) OR tenant_id = {HOUSE}"
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_only ON {table} AS RESTRICTIVE FOR ALL TO ait_app USING ({own}) WITH CHECK ({own})",
        f"CREATE POLICY application ON {table} FOR ALL TO ait_app USING (true) WITH CHECK (true)",
        f"CREATE POLICY sequencer ON {table} FOR ALL TO ait_audit USING (true) WITH CHECK (true)",
        f"CREATE POLICY reader ON {table} FOR SELECT TO ait_owner USING (true)",
    ):
        op.execute(statement)
