"""Effects: a claim that is seen, outcomes that are unknown, rows that a person holds.

Until now `failed` meant "again later" and `dead` "for good"; now `pending` is whatever waits
to be tried, `failed` is for good, and `sending` and `unknown` tell of an act under way.
"""

from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

STATES = "'pending', 'sending', 'sent', 'failed', 'unknown', 'held'"

CHANGES = (
    "ALTER TABLE soriano_platform.outbox DROP CONSTRAINT outbox_state_check",
    # Row security binds the owner too, who would see no row to change.
    "ALTER TABLE soriano_platform.outbox NO FORCE ROW LEVEL SECURITY",
    "UPDATE soriano_platform.outbox SET state = CASE state WHEN 'dead' THEN 'failed' ELSE 'pending' END"
    " WHERE state IN ('failed', 'dead')",
    "ALTER TABLE soriano_platform.outbox FORCE ROW LEVEL SECURITY",
    f"ALTER TABLE soriano_platform.outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ({STATES}))",
    "ALTER TABLE soriano_platform.outbox ADD COLUMN sender integer",
    "DROP INDEX soriano_platform.outbox_waiting",
    "CREATE INDEX outbox_waiting ON soriano_platform.outbox (kind, state, agg_seq)"
    " WHERE state IN ('pending', 'sending', 'unknown')",
    "GRANT UPDATE (provider_ref, published_at) ON soriano_platform.outbox TO ait_app",
)


def upgrade() -> None:
    """Change them."""
    for statement in CHANGES:
        op.execute(statement)
