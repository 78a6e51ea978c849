"""The portfolio: indexes for its search, what is imported and exported, and how files are read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import INSTANT, create_record_table, index, protect, unique

revision = "kernel_0007"
down_revision = "kernel_0006"
branch_labels = None
depends_on = None

SCHEMA = "soriano_core"
# One index for each filter in the order of expiry, and for each other order; the row's key ends it, for the pages.
INDEXES = (
    ("expires_on",), ("line", "expires_on"), ("line", "state", "expires_on"), ("state", "expires_on"),
    ("insurer_id", "expires_on"), ("insurer_id", "line", "expires_on"), ("collaborator_id", "expires_on"),
    ("product", "expires_on"), ("policyholder_id", "expires_on"), ("premium",), ("line", "premium"),
    ("sum_insured",), ("line", "sum_insured"), ("policy_number",),
)  # fmt: skip

# Words are folded as `portfolio.phrases` folds them: no accents, lower case, ASCII letters and figures.
PHRASES = r"""
CREATE FUNCTION soriano_core.phrases(said text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DISTINCT left(array_to_string(w[i:24], ' '), 40)
    FROM (SELECT string_to_array(trim(regexp_replace(regexp_replace(lower(normalize(said, NFKD)),
        '[\u0300-\u036f]+', '', 'g'), '[^a-z0-9]+', ' ', 'g')), ' ') AS w) words,
        LATERAL generate_series(1, least(cardinality(w), 24)) AS i
    WHERE w[i] <> ''
$$
"""
POLICY_PHRASES = """
INSERT INTO soriano_core.search_phrase (tenant_id, phrase, kind, record_id)
SELECT DISTINCT n.tenant_id, p, 'policy', n.id FROM {rows} n,
    LATERAL unnest(ARRAY[n.policy_number, n.risk_description, n.object_ref]) AS said,
    LATERAL soriano_core.phrases(said) AS p
"""
ENTRY = (
    "tenant_id, policy_id, policy_number, line, product, state, insurer_id, collaborator_id, policyholder_id, "
    "expires_on, premium, sum_insured"
)
POLICY_ENTRIES = f"""
INSERT INTO soriano_core.policy_entry ({ENTRY})
SELECT n.tenant_id, n.id, n.policy_number, n.line, n.product, n.state, n.insurer_id, n.collaborator_id,
    n.policyholder_id, n.expires_on, (n.total_premium * 100)::bigint, (n.sum_insured * 100)::bigint
FROM {{rows}} n WHERE n.deleted_at IS NULL
"""
ENTERED_FIELDS = (
    "policy_number", "line", "product", "state", "insurer_id", "collaborator_id", "policyholder_id", "expires_on",
    "total_premium", "sum_insured", "deleted_at",
)  # fmt: skip
CUSTOMER_PHRASES = """
INSERT INTO soriano_core.search_phrase (tenant_id, phrase, kind, record_id)
SELECT n.tenant_id, p, 'customer', n.id FROM {rows} n, LATERAL soriano_core.phrases(n.search_name) AS p
WHERE n.deleted_at IS NULL
"""
FORGET = "DELETE FROM soriano_core.search_phrase WHERE tenant_id = OLD.tenant_id AND record_id = OLD.id"
FORGET_ENTRY = "DELETE FROM soriano_core.policy_entry WHERE tenant_id = OLD.tenant_id AND policy_id = OLD.id"
FUNCTIONS = {
    "policies_entered": f"{POLICY_PHRASES.format(rows='entered')}; {POLICY_ENTRIES.format(rows='entered')}; "
    "RETURN NULL",
    "policy_reworded": f"{FORGET}; {POLICY_PHRASES.format(rows='(SELECT NEW.*)')}; RETURN NULL",
    "policy_moved": f"{FORGET_ENTRY}; {POLICY_ENTRIES.format(rows='(SELECT NEW.*)')}; RETURN NULL",
    "policy_gone": f"{FORGET}; {FORGET_ENTRY}; RETURN NULL",
    "customers_entered": f"{CUSTOMER_PHRASES.format(rows='entered')}; RETURN NULL",
    "customer_renamed": f"{FORGET}; {CUSTOMER_PHRASES.format(rows='(SELECT NEW.*)')}; RETURN NULL",
    "customer_gone": f"{FORGET}; RETURN NULL",
}
ENTERED = "AFTER INSERT ON {table} REFERENCING NEW TABLE AS entered FOR EACH STATEMENT"
TRIGGERS = {
    "policies_entered": ENTERED.format(table="soriano_core.policy"),
    "policy_reworded": "AFTER UPDATE ON soriano_core.policy FOR EACH ROW WHEN ("
    "(OLD.policy_number, OLD.risk_description, OLD.object_ref) IS DISTINCT FROM "
    "(NEW.policy_number, NEW.risk_description, NEW.object_ref))",
    "policy_moved": "AFTER UPDATE ON soriano_core.policy FOR EACH ROW WHEN ("
    f"({', '.join(f'OLD.{name}' for name in ENTERED_FIELDS)}) IS DISTINCT FROM "
    f"({', '.join(f'NEW.{name}' for name in ENTERED_FIELDS)}))",
    "policy_gone": "AFTER DELETE ON soriano_core.policy FOR EACH ROW",
    "customers_entered": ENTERED.format(table="soriano_crm.customer"),
    "customer_renamed": "AFTER UPDATE ON soriano_crm.customer FOR EACH ROW WHEN ("
    "(OLD.search_name, OLD.deleted_at) IS DISTINCT FROM (NEW.search_name, NEW.deleted_at))",
    "customer_gone": "AFTER DELETE ON soriano_crm.customer FOR EACH ROW",
}


def upgrade() -> None:
    """Create indexes and tables, and fill those of the search."""
    _search()
    create_record_table(
        SCHEMA,
        "portfolio_mapping",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("decimal_mark", sa.String(), nullable=False),
        unique("source", "target"),
    )
    create_record_table(
        SCHEMA,
        "portfolio_file",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("decimal_mark", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT),
        sa.Column("outcome", JSONB(), nullable=False),
    )
    create_record_table(
        SCHEMA,
        "portfolio_export",
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("watermark", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    index(SCHEMA, "portfolio_export", "requested_by")


def _search() -> None:
    """What answers the search: a narrow entry a policy under ordered indexes, its amounts in cents, and phrases.

    Row security lets only operators that give nothing away use an index; those of `numeric`
    and of text search are not among them, those of whole numbers and plain text are.
    """
    index(SCHEMA, "receipt", "insurer_id", "due_on")
    index(SCHEMA, "receipt", "insurer_id", "period_from")
    tenant, record = sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Uuid()
    op.create_table(
        "search_phrase",
        tenant,
        sa.Column("phrase", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", record, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "phrase", "kind", "record_id"),
        schema=SCHEMA,
    )
    index(SCHEMA, "search_phrase", "record_id")
    op.create_table(
        "policy_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", record, nullable=False),
        sa.Column("policy_number", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("insurer_id", record, nullable=False),
        sa.Column("collaborator_id", record),
        sa.Column("policyholder_id", record, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("premium", sa.BigInteger(), nullable=False),
        sa.Column("sum_insured", sa.BigInteger()),
        sa.PrimaryKeyConstraint("tenant_id", "policy_id"),
        schema=SCHEMA,
    )
    for fields in INDEXES:
        index(SCHEMA, "policy_entry", *fields, "policy_id")
    op.execute(PHRASES)
    sources = ("soriano_core.policy", "soriano_crm.customer")
    for table in sources:  # the owner itself sees no tenant's rows, but for this once
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(POLICY_PHRASES.format(rows=sources[0]))
    op.execute(POLICY_ENTRIES.format(rows=sources[0]))
    op.execute(CUSTOMER_PHRASES.format(rows=sources[1]))
    for table in sources:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    protect(f"{SCHEMA}.search_phrase", "SELECT, INSERT, DELETE")
    protect(f"{SCHEMA}.policy_entry", "SELECT, INSERT, DELETE")
    for name, body in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION soriano_core.{name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body}; END $body$"
        )
        op.execute(f"CREATE TRIGGER {name} {TRIGGERS[name]} EXECUTE FUNCTION soriano_core.{name}()")
