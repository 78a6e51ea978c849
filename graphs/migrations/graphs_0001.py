"""Threads, turns, frames; and LangGraph's own tables, which only its role can see."""

import re

import sqlalchemy as sa
from alembic import op
from langgraph.checkpoint.postgres.base import MIGRATIONS
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import INSTANT, protect

revision = "graphs_0001"
down_revision = None
branch_labels = ("graphs",)
depends_on = ("core_0001",)

PLATFORM = "soriano_platform"
CHECKPOINTS = ("checkpoint_migrations", "checkpoints", "checkpoint_blobs", "checkpoint_writes")
RELEASED = 10  # LangGraph's own migrations that this revision runs; later ones are later revisions


def upgrade() -> None:
    """Create them."""
    _conversations()
    _frames()
    _checkpoints()


def _conversations() -> None:
    op.create_table(
        "thread",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        schema=PLATFORM,
    )
    op.create_index("ix_thread_tenant_id_user_id", "thread", ["tenant_id", "user_id", "updated_at"], schema=PLATFORM)
    op.create_table(
        "turn",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("origin", JSONB(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("continues", sa.Uuid()),
        sa.Column("approval_id", sa.Uuid()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("executor", sa.String()),
        sa.Column("answer", sa.String()),
        sa.Column("result", JSONB(), nullable=False),
        sa.Column("messages", JSONB(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.UniqueConstraint("tenant_id", "approval_id", name="uq_turn_tenant_id_approval_id"),
        _within("thread_id", "thread"),
        schema=PLATFORM,
    )
    op.create_index("ix_turn_tenant_id_thread_id", "turn", ["tenant_id", "thread_id"], schema=PLATFORM)


def _frames() -> None:
    op.create_table(
        "turn_event",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("turn_id", sa.Uuid(), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _within("turn_id", "turn"),
        schema=PLATFORM,
    )
    op.create_table(
        "turn_approval",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("approval_id", sa.Uuid(), primary_key=True),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("interrupt_id", sa.String(), nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        _within("turn_id", "turn"),
        schema=PLATFORM,
    )
    protect(f"{PLATFORM}.thread", "SELECT, INSERT, UPDATE, DELETE")
    protect(f"{PLATFORM}.turn", "SELECT, INSERT, UPDATE, DELETE")
    protect(f"{PLATFORM}.turn_event", "SELECT, INSERT, DELETE")  # frames are never changed
    protect(f"{PLATFORM}.turn_approval", "SELECT, INSERT, UPDATE, DELETE")


def _checkpoints() -> None:
    """LangGraph's tables by its own statements, and the list of unfinished work."""
    op.execute(f"SET LOCAL search_path = {PLATFORM}")
    for version, statement in enumerate(MIGRATIONS[:RELEASED]):
        # CONCURRENTLY is refused inside Alembic's transaction, and an empty table has nobody to wait for.
        op.execute(re.sub(r"\bCONCURRENTLY\b", "", statement))
        op.execute(f"INSERT INTO checkpoint_migrations (v) VALUES ({version})")
    op.execute("SET LOCAL search_path = DEFAULT")
    op.create_table(
        "graph_work",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False, server_default=sa.func.now()),
        schema=PLATFORM,
    )
    op.execute(f"GRANT USAGE ON SCHEMA {PLATFORM} TO ait_graph")
    for table in (*CHECKPOINTS, "graph_work"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {PLATFORM}.{table} TO ait_graph")


def _within(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{PLATFORM}.{target}.tenant_id", f"{PLATFORM}.{target}.id"], ondelete="CASCADE"
    )
