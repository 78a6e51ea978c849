"""Data sets, runs, fitted models, listings of past claims, investments and their prices."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from core.migrations.operations import INSTANT, create_record_table, index, references, unique

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
    create_record_table(
        SCHEMA,
        "loss_run",
        sa.Column("insurer", sa.String(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("movements", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        unique("digest"),
    )
    create_record_table(
        SCHEMA,
        "loss_run_movement",
        sa.Column("loss_run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("claim_ref", sa.String(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("paid", sa.Numeric(18, 2), nullable=False),
        sa.Column("reserve_change", sa.Numeric(18, 2), nullable=False),
        references("loss_run_id", f"{SCHEMA}.loss_run"),
    )
    index(SCHEMA, "loss_run_movement", "line", "occurred_on")
    create_record_table(
        SCHEMA,
        "investment",
        sa.Column("isin", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("units", sa.Numeric(18, 6), nullable=False),
        unique("isin"),
    )
    create_record_table(
        SCHEMA,
        "investment_price",
        sa.Column("isin", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("price", sa.Numeric(18, 6), nullable=False),
        unique("isin", "on"),
    )
