"""Sites that may be read, crawls of them, their pages and the rows taken out of these."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.migrations.operations import INSTANT, create_record_table, index, references, unique

revision = "engines_0002"
down_revision = "engines_0001"
branch_labels = None
depends_on = None

SCHEMA = "soriano_analytics"


def upgrade() -> None:
    """Create the tables."""
    create_record_table(
        SCHEMA,
        "scrape_source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("start_urls", ARRAY(sa.Text()), nullable=False),
        sa.Column("paths", ARRAY(sa.Text()), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("terms_url", sa.String(), nullable=False),
        sa.Column("terms_checked_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("each", sa.String(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("record_key", ARRAY(sa.Text()), nullable=False),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.Column("max_pages", sa.Integer(), nullable=False),
        sa.Column("max_depth", sa.Integer(), nullable=False),
        sa.Column("javascript", sa.Boolean(), nullable=False),
        unique("name"),
    )
    create_record_table(
        SCHEMA,
        "scrape_host",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("robots_text", sa.String(), nullable=False),
        sa.Column("robots_status", sa.Integer(), nullable=False),
        sa.Column("robots_at", INSTANT),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("tokens_at", INSTANT),
        sa.Column("quiet_until", INSTANT),
        unique("place"),
    )
    create_record_table(
        SCHEMA,
        "scrape_crawl",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("crawl_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("problem", sa.String()),
        references("source_id", f"{SCHEMA}.scrape_source"),
        unique("crawl_number"),
    )
    index(SCHEMA, "scrape_crawl", "source_id")
    create_record_table(
        SCHEMA,
        "scrape_page",
        sa.Column("crawl_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", INSTANT),
        sa.Column("fetched_at", INSTANT),
        sa.Column("http_status", sa.Integer()),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("last_modified", sa.String(), nullable=False),
        sa.Column("address", sa.String()),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String()),
        references("crawl_id", f"{SCHEMA}.scrape_crawl"),
        references("source_id", f"{SCHEMA}.scrape_source"),
        unique("crawl_id", "url"),
    )
    index(SCHEMA, "scrape_page", "source_id", "url")
    create_record_table(
        SCHEMA,
        "scraped_row",
        sa.Column("crawl_id", sa.Uuid(), nullable=False),
        sa.Column("page_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        references("crawl_id", f"{SCHEMA}.scrape_crawl"),
        references("page_id", f"{SCHEMA}.scrape_page"),
    )
    index(SCHEMA, "scraped_row", "crawl_id")
    index(SCHEMA, "scraped_row", "page_id")
