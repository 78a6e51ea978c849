"""Renewal runs and deadlines."""

revision = "kernel_0006"
down_revision = "kernel_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
