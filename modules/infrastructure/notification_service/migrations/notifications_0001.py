"""Threads, mailings, messages, mailboxes and appointments."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from core.migrations.operations import INSTANT, create_record_table, index, references, unique

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = ("crm_0001",)

SCHEMA = "soriano_notifications"
CUSTOMER = "soriano_crm.customer"


def upgrade() -> None:
    """Create the five tables."""
    create_record_table(
        SCHEMA,
        "thread",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("last_at", INSTANT, nullable=False),
        references("customer_id", CUSTOMER),
    )
    index(SCHEMA, "thread", "channel", "address")
    create_record_table(
        SCHEMA,
        "campaign",
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        unique("segment", "of", "week"),
    )
    create_record_table(
        SCHEMA,
        "message",
        sa.Column("thread_id", sa.Uuid()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("in_reply_to", sa.String()),
        sa.Column("received_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("read_at", INSTANT),
        sa.Column("attachments", ARRAY(sa.Text()), nullable=False),
        sa.Column("authentication", sa.String()),
        sa.Column("raw", sa.String()),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("template", sa.String()),
        sa.Column("campaign_id", sa.Uuid()),
        unique("message_id", "digest"),
        references("thread_id", f"{SCHEMA}.thread"),
        references("customer_id", CUSTOMER),
        references("campaign_id", f"{SCHEMA}.campaign"),
    )
    index(SCHEMA, "message", "state", "received_at")
    index(SCHEMA, "message", "thread_id")
    index(SCHEMA, "message", "customer_id")
    index(SCHEMA, "message", "campaign_id")
    create_record_table(
        SCHEMA,
        "mailbox",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        unique("name"),
    )
    create_record_table(
        SCHEMA,
        "appointment",
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("attendees", ARRAY(sa.Text()), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        unique("uid", "occurrence"),
        references("customer_id", CUSTOMER),
    )
    index(SCHEMA, "appointment", "starts_at")
