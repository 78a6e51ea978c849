"""A turn may bear its client's idempotency key: the same question, asked again, is the same turn."""

import sqlalchemy as sa
from alembic import op

revision = "graphs_0002"
down_revision = "graphs_0001"
branch_labels = None
depends_on = None

PLATFORM = "soriano_platform"


def upgrade() -> None:
    """Add it."""
    op.add_column("turn", sa.Column("idempotency_key", sa.String()), schema=PLATFORM)
    op.create_unique_constraint(
        "uq_turn_tenant_id_idempotency_key", "turn", ["tenant_id", "user_id", "idempotency_key"], schema=PLATFORM
    )
