"""Sources that may be read, how their hosts want to be read, crawls, their pages, and the rows taken out of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from core.records import INSTANT, Record, index, reference, table, unique

SCHEMA: Final = "soriano_analytics"


def _nothing() -> dict[str, Any]:
    return {}


class ScrapeSource(Record, table=True):
    """A site, or a part of one, that may be read (*fuente*), and on which basis.

    `legal_basis` is a value of `LegalBasis`; `owner` answers for the reading within the house, `contact` is told
    to the site. `fields` are `Wanted` of the engine by name, `each` the selector of one record, `record_key` the
    fields that name one. `interval` is the least seconds between two requests.
    """

    __table_args__ = table(SCHEMA, unique("name"))

    name: str
    place: str
    start_urls: list[str] = Field(sa_type=ARRAY(Text))
    paths: list[str] = Field(sa_type=ARRAY(Text))
    purpose: str
    legal_basis: str
    terms_url: str
    terms_checked_on: date
    owner: str
    contact: str
    each: str
    fields: dict[str, Any] = Field(default_factory=_nothing, sa_type=JSONB)
    record_key: list[str] = Field(sa_type=ARRAY(Text))
    interval: float
    max_pages: int
    max_depth: int
    javascript: bool


class ScrapeHost(Record, table=True):
    """How a host wants to be read: its robots.txt, the tokens left, and until when it asked to be left alone."""

    __table_args__ = table(SCHEMA, unique("place"))

    place: str
    robots_text: str = ""
    robots_status: int = 0
    robots_at: datetime | None = Field(default=None, sa_type=INSTANT)
    tokens: float = 1.0
    tokens_at: datetime | None = Field(default=None, sa_type=INSTANT)
    quiet_until: datetime | None = Field(default=None, sa_type=INSTANT)


class CrawlState(StrEnum):
    """Where a crawl stands. `refused`: the site does not want to be read, and is not."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ScrapeCrawl(Record, table=True):
    """One reading of a source (*recorrido*): how far it is, how it ended."""

    __table_args__ = table(
        SCHEMA, reference("source_id", f"{SCHEMA}.scrape_source"), unique("crawl_number"), index("source_id")
    )

    source_id: UUID
    crawl_number: str
    state: str = CrawlState.RUNNING.value
    steps: int = 0
    began_at: datetime = Field(sa_type=INSTANT)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)
    problem: str | None = None


class PageState(StrEnum):
    """Where a page of a crawl stands. `unchanged`: the site said so (304)."""

    WAITING = "waiting"
    READ = "read"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class ScrapePage(Record, table=True):
    """One address of a crawl: `address` is its content in the object store, `sha256` that content's digest."""

    __table_args__ = table(
        SCHEMA,
        reference("crawl_id", f"{SCHEMA}.scrape_crawl"),
        reference("source_id", f"{SCHEMA}.scrape_source"),
        unique("crawl_id", "url"),
        index("source_id", "url"),
    )

    crawl_id: UUID
    source_id: UUID
    url: str
    depth: int
    state: str = PageState.WAITING.value
    attempts: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=INSTANT)
    fetched_at: datetime | None = Field(default=None, sa_type=INSTANT)
    http_status: int | None = None
    media_type: str = ""
    etag: str = ""
    last_modified: str = ""
    address: str | None = None
    sha256: str = ""
    rows: int = 0
    rejected: int = 0
    problem: str | None = None


class ScrapedRow(Record, table=True):
    """A record taken out of a page (*dato leído*): foreign data, with where and when it was read."""

    __table_args__ = table(
        SCHEMA,
        reference("crawl_id", f"{SCHEMA}.scrape_crawl"),
        reference("page_id", f"{SCHEMA}.scrape_page"),
        index("crawl_id"),
        index("page_id"),
    )

    crawl_id: UUID
    page_id: UUID
    url: str
    fetched_at: datetime = Field(sa_type=INSTANT)
    sha256: str
    data: dict[str, Any] = Field(default_factory=_nothing, sa_type=JSONB)
