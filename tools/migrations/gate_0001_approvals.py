"""Approvals and idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.migrations.operations import INSTANT, create_record_table, index, protect, unique

revision = "gate_0001"
down_revision = None
branch_labels = ("gate",)
depends_on = ("core_0001",)

STATES = ("PENDING", "APPROVED", "REJECTED", "EXPIRED", "STALE", "SUPERSEDED", "VOIDED", "EXECUTED", "FAILED")


def upgrade() -> None:
    """Create them."""
    text = sa.String()
    create_record_table(
        "soriano_platform",
        "approval",
        sa.Column("state", sa.Enum(*STATES, name="approvalstate", schema="soriano_platform"), nullable=False),
        sa.Column("tool", text, nullable=False),
        sa.Column("risk", text, nullable=False),
        sa.Column("args", JSONB(), nullable=False),
        sa.Column("labels", JSONB(), nullable=False),
        sa.Column("args_digest", text, nullable=False),
        sa.Column("preview", JSONB(), nullable=False),
        sa.Column("preview_hash", text, nullable=False),
        sa.Column("ids", ARRAY(sa.Uuid()), nullable=False),
        sa.Column("rule", text, nullable=False),
        sa.Column("why", text, nullable=False),
        sa.Column("approver", text, nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requester", text, nullable=False),
        sa.Column("agent", text),
        sa.Column("face", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("advice", JSONB(), nullable=False),
        sa.Column("thread_id", sa.Uuid()),
        sa.Column("turn_id", sa.Uuid()),
        sa.Column("idempotency_key", text),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("postponed_until", INSTANT),
        sa.Column("delegated_to", text),
        sa.Column("decision", text),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decider", text),
        sa.Column("decided_at", INSTANT),
        sa.Column("comment", text, nullable=False),
        sa.Column("messages", JSONB(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid()),
        sa.Column("superseded_by_id", sa.Uuid()),
        sa.Column("executed_at", INSTANT),
        sa.Column("result", JSONB()),
        sa.Column("entry_id", sa.Uuid()),
        sa.Column("error", text),
        unique("requested_by", "tool", "idempotency_key"),
    )
    index("soriano_platform", "approval", "state", "expires_at")
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tool", text, nullable=False),
        sa.Column("key", text, nullable=False),
        sa.Column("fingerprint", text, nullable=False),
        sa.Column("result", JSONB()),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "tool", "key"),
        schema="soriano_platform",
    )
    protect("soriano_platform.idempotency", "SELECT, INSERT, DELETE")
