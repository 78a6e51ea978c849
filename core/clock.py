"""The clock (*reloj*) of processes: UTC, for what happens outside any transaction.

Inside a call the time is the context's, which is the database's; only frames of a chat,
tokens and sweeps that belong to no call ask here. Nothing else may read the machine's clock.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)
