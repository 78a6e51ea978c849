"""When the person of a sign-in session last showed who he is (RFC 9470)."""

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; open sessions have shown it never."""
    op.add_column("sign_in_session", sa.Column("factor_at", sa.DateTime(timezone=True)), schema="soriano_auth")
