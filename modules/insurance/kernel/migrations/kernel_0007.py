"""Import mappings of portfolios."""

revision = "kernel_0007"
down_revision = "kernel_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
