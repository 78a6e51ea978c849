"""Insurers' tariff versions, commission agreements and coinsurance."""

revision = "kernel_0005"
down_revision = "kernel_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
