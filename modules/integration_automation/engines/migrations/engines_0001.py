"""Data sets, runs and fitted models."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import INSTANT, create_record_table, index, unique

revision = "engines_0001"
down_revision = None
branch_labels = ("engines",)
depends_on = ("core_0001",)

SCHEMA = "soriano_analytics"


def upgrade() -> None:
    """Create the tables."""
    create_record_table(
        SCHEMA,
        "data_set",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        unique("name"),
    )
    create_record_table(
        SCHEMA,
        "engine_run",
        sa.Column("run_number", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("arguments", sa.String(), nullable=False),
        sa.Column("input_sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("began_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("result", sa.String()),
        sa.Column("problem", sa.String()),
    )
    index(SCHEMA, "engine_run", "state")
    index(SCHEMA, "engine_run", "operation")
    create_record_table(
        SCHEMA,
        "trained_model",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("metrics", JSONB(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        unique("name", "model_version"),
    )
