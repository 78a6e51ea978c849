"""The audit log by months, data subjects' keys that can be destroyed, legal holds, and a feed.

`entry` is partitioned by its time-ordered id, so that a month can be kept, moved or read by
itself. Foreign keys to it go: what they kept together, the verification compares row by row,
and a writer pays for no look-up of the row it has just inserted. What an id of another age or
kind cannot find a month for stays in `entry_other`.
"""

from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

HOUSE = "'00000000-0000-0000-0000-000000000000'"

PARTITIONED = """
ALTER TABLE soriano_audit.pending DROP CONSTRAINT pending_entry_id_fkey;
ALTER TABLE soriano_audit.leaf DROP CONSTRAINT leaf_entry_id_fkey;
ALTER TABLE soriano_audit.entry_index DROP CONSTRAINT entry_index_entry_id_fkey;
ALTER TABLE soriano_audit.entry RENAME TO entry_before;
ALTER INDEX soriano_audit.entry_pkey RENAME TO entry_before_pkey;
CREATE TABLE soriano_audit.entry (
  id uuid,
  tenant_id uuid NOT NULL,
  body bytea NOT NULL,
  body_hash bytea NOT NULL,
  receipt bytea NOT NULL,
  CONSTRAINT entry_pkey PRIMARY KEY (id),
  CONSTRAINT entry_check CHECK (body_hash = sha256(body)),
  CONSTRAINT entry_receipt_check CHECK (length(receipt) = 64)
) PARTITION BY RANGE (id);
CREATE TABLE soriano_audit.entry_other PARTITION OF soriano_audit.entry DEFAULT;
"""

# The smallest id of version 7 that a month can have: its first 48 bits are milliseconds.
FIRST_ID = """
CREATE FUNCTION soriano_audit.first_id(month date) RETURNS uuid LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT (lpad(to_hex((extract(epoch FROM month::timestamp) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$
"""
# Attaching, unlike creating in place, does not make writers wait. Partitions have no grants
# of their own: whoever is not the owner reaches their rows through `entry` alone.
PREPARE_MONTH = """
CREATE FUNCTION soriano_audit.prepare_month(wanted date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  month date := date_trunc('month', wanted);
  name text := 'entry_' || to_char(month, 'YYYY_MM');
  low uuid := soriano_audit.first_id(month);
  high uuid := soriano_audit.first_id((month + interval '1 month')::date);
BEGIN
  PERFORM pg_advisory_xact_lock(x'41495404'::int);
  IF to_regclass('soriano_audit.' || name) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE soriano_audit.%I (LIKE soriano_audit.entry INCLUDING ALL)', name);
  EXECUTE format('WITH moved AS (DELETE FROM soriano_audit.entry_other WHERE id >= %L AND id < %L RETURNING *) '
                 'INSERT INTO soriano_audit.%I SELECT * FROM moved', low, high, name);
  EXECUTE format('ALTER TABLE soriano_audit.entry ATTACH PARTITION soriano_audit.%I FOR VALUES FROM (%L) TO (%L)',
                 name, low, high);
  RETURN true;
END $$
"""
MOVE = """
DO $$
DECLARE month date;
BEGIN
  FOR month IN
    SELECT generate_series(
      date_trunc('month', least(now(), (SELECT to_timestamp(('x' || left(replace(min(id::text), '-', ''), 12))::bit(48)
        ::bigint / 1000.0) FROM soriano_audit.entry_before)) AT TIME ZONE 'UTC'),
      date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', interval '1 month')::date
  LOOP
    PERFORM soriano_audit.prepare_month(month);
  END LOOP;
END $$;
INSERT INTO soriano_audit.entry SELECT id, tenant_id, body, body_hash, receipt FROM soriano_audit.entry_before;
DROP TABLE soriano_audit.entry_before;
"""

HOLD = """
CREATE TABLE soriano_audit.hold (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  subject text NOT NULL CHECK (subject <> ''),
  reason text NOT NULL CHECK (reason <> ''),
  placed_at timestamptz NOT NULL DEFAULT now(),
  lifted_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX hold_standing ON soriano_audit.hold (tenant_id, subject) WHERE lifted_at IS NULL;
"""

# The one way to destroy a key. The tenant is the signed one, the tenant's own key is no
# subject's, and no hold can be placed while it runs.
DESTROY_KEYS = """
CREATE FUNCTION soriano_audit.destroy_keys(of_subject text) RETURNS uuid[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mine uuid := sec.tenant_id();
  destroyed uuid[];
BEGIN
  IF mine IS NULL OR coalesce(of_subject, '') = '' THEN
    RAISE EXCEPTION 'a tenant and a subject are needed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  LOCK TABLE soriano_audit.hold IN SHARE MODE;
  IF EXISTS (SELECT FROM soriano_audit.hold h
             WHERE h.tenant_id = mine AND h.subject = of_subject AND h.lifted_at IS NULL) THEN
    RAISE EXCEPTION 'a legal hold stands' USING ERRCODE = 'object_in_use';
  END IF;
  WITH gone AS (
    DELETE FROM soriano_audit.data_key k WHERE k.tenant_id = mine AND k.subject = of_subject RETURNING k.id
  )
  SELECT coalesce(array_agg(id), '{}') INTO destroyed FROM gone;
  RETURN destroyed;
END $$
"""

# What can be searched for; without settings of its own, so that a query takes it in whole.
FACTS = """
CREATE OR REPLACE FUNCTION soriano_audit.facts(
  body bytea, OUT at timestamptz, OUT kind text, OUT verdict text, OUT tool text, OUT class text,
  OUT operator uuid, OUT agent text, OUT turn uuid, OUT records text[]
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (b ->> 'at')::timestamptz, b ->> 'kind', b #>> '{decision,verdict}', b ->> 'tool', b ->> 'class',
         (b #>> '{actor,operator}')::uuid, b #>> '{actor,agent}', (b ->> 'turn')::uuid,
         ARRAY(SELECT jsonb_array_elements_text(coalesce(b -> 'records', '[]')))
  FROM (SELECT convert_from(body, 'UTF8')::jsonb AS b) AS said
$$
"""

# As before, but each half finds its newest by itself: a page in the middle of a long log is read
# from the index, not sorted out of everything.
FIND = """
CREATE OR REPLACE FUNCTION soriano_audit.find(
  wanted_id uuid, wanted_operator uuid, wanted_agent text, wanted_tool text, wanted_record text,
  wanted_kind text, wanted_verdict text, wanted_turn uuid, since timestamptz, until timestamptz,
  older_than uuid, how_many integer
) RETURNS TABLE (id uuid, body bytea, receipt bytea, leaf_index bigint, tenant_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH placed AS (
    SELECT i.entry_id FROM soriano_audit.entry_index i
    WHERE i.tenant_id = (SELECT sec.tenant_id())
      AND i.entry_id < coalesce(older_than, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      AND (wanted_id IS NULL OR i.entry_id = wanted_id)
      AND (wanted_operator IS NULL OR i.operator = wanted_operator)
      AND (wanted_agent IS NULL OR i.agent = wanted_agent)
      AND (wanted_tool IS NULL OR i.tool = wanted_tool)
      AND (wanted_record IS NULL OR i.records @> ARRAY[wanted_record])
      AND (wanted_kind IS NULL OR i.kind = wanted_kind OR i.kind LIKE wanted_kind || '.%')
      AND (wanted_verdict IS NULL OR i.verdict = wanted_verdict)
      AND (wanted_turn IS NULL OR i.turn = wanted_turn)
      AND (since IS NULL OR i.at >= since) AND (until IS NULL OR i.at < until)
    ORDER BY i.entry_id DESC LIMIT least(how_many, 1000)
  ), waiting AS (
    SELECT p.entry_id
    FROM soriano_audit.pending p JOIN soriano_audit.entry e ON e.id = p.entry_id,
         LATERAL soriano_audit.facts(e.body) f
    WHERE e.tenant_id = (SELECT sec.tenant_id())
      AND NOT EXISTS (SELECT 1 FROM soriano_audit.entry_index i WHERE i.entry_id = p.entry_id)
      AND p.entry_id < coalesce(older_than, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      AND (wanted_id IS NULL OR p.entry_id = wanted_id)
      AND (wanted_operator IS NULL OR f.operator = wanted_operator)
      AND (wanted_agent IS NULL OR f.agent = wanted_agent)
      AND (wanted_tool IS NULL OR f.tool = wanted_tool)
      AND (wanted_record IS NULL OR f.records @> ARRAY[wanted_record])
      AND (wanted_kind IS NULL OR f.kind = wanted_kind OR f.kind LIKE wanted_kind || '.%')
      AND (wanted_verdict IS NULL OR f.verdict = wanted_verdict)
      AND (wanted_turn IS NULL OR f.turn = wanted_turn)
      AND (since IS NULL OR f.at >= since) AND (until IS NULL OR f.at < until)
    ORDER BY p.entry_id DESC LIMIT least(how_many, 1000)
  )
  SELECT e.id, e.body, e.receipt, l.leaf_index, l.tenant_seq
  FROM (SELECT entry_id FROM placed UNION ALL SELECT entry_id FROM waiting) s
       JOIN soriano_audit.entry e ON e.id = s.entry_id
       LEFT JOIN soriano_audit.leaf l ON l.entry_id = s.entry_id
  ORDER BY s.entry_id DESC LIMIT least(how_many, 1000)
$$
"""

# The feed of a tenant's integrated entries, in their order.
FOLLOWING = """
CREATE FUNCTION soriano_audit.following(after bigint, how_many integer)
RETURNS TABLE (id uuid, body bytea, receipt bytea, leaf_index bigint, tenant_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.id, e.body, e.receipt, l.leaf_index, l.tenant_seq
  FROM soriano_audit.leaf l JOIN soriano_audit.entry e ON e.id = l.entry_id
  WHERE l.tenant_id = (SELECT sec.tenant_id()) AND l.tenant_seq > after
  ORDER BY l.tenant_seq LIMIT least(how_many, 1000)
$$
"""

GRANTS = """
REVOKE ALL ON soriano_audit.entry, soriano_audit.entry_other, soriano_audit.hold FROM PUBLIC;
GRANT INSERT ON soriano_audit.entry TO ait_app;
GRANT SELECT ON soriano_audit.entry, soriano_audit.hold TO ait_audit;
GRANT SELECT, INSERT, UPDATE (lifted_at) ON soriano_audit.hold TO ait_app;
GRANT MAINTAIN ON soriano_audit.data_key TO ait_audit;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA soriano_audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION soriano_audit.prepare_month(date) TO ait_audit;
GRANT EXECUTE ON FUNCTION soriano_audit.destroy_keys(text) TO ait_app;
GRANT EXECUTE ON FUNCTION soriano_audit.following(bigint, integer) TO ait_app;
"""


def upgrade() -> None:
    """Create them, and move the entries that are there to their months."""
    for statement in (PARTITIONED, FIRST_ID, PREPARE_MONTH, MOVE, HOLD, DESTROY_KEYS, FACTS, FIND, FOLLOWING, GRANTS):
        op.execute(statement)
    for table in ("entry", "hold"):
        _protect(f"soriano_audit.{table}")
    op.execute("CREATE POLICY eraser ON soriano_audit.data_key FOR DELETE TO ait_owner USING (true)")


def _protect(table: str) -> None:
    """The application meets one tenant's rows; the sequencer and the functions all."""
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
