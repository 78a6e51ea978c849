"""Documents, their versions, and the text of each page.

The file itself lies encrypted in the object store at an address that its content makes; the
text here has been cleaned and is foreign: whoever wrote the file wrote it. Pages carry a
full-text vector that PostgreSQL makes (column `search`, not part of the record). It has no
GIN index: row security lets an operator that may leak, as `@@` is, run only on rows that the
tenant's own index has let through, so that such an index would never be used.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from core.records import Record, index, reference, table, unique

SCHEMA: Final = "soriano_documents"


class Document(Record, table=True):
    """A document (*documento*): what stays while its versions follow each other.

    `name` is a label for people and no path; `name_key` is how it is compared. `subject` is
    `customer:ID`, `policy:ID`, `claim:ID` or "": one live document of a name for each.
    `current_id` is the newest version.
    """

    __table_args__ = table(
        SCHEMA,
        reference("customer_id", "soriano_crm.customer"),
        reference("policy_id", "soriano_core.policy"),
        reference("claim_id", "soriano_core.claim"),
        index("customer_id"),
        index("policy_id"),
        index("claim_id"),
        Index(
            "uq_document_live_name",
            "tenant_id",
            "subject",
            "name_key",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    name: str
    name_key: str
    kind: str
    subject: str = ""
    customer_id: UUID | None = None
    policy_id: UUID | None = None
    claim_id: UUID | None = None
    version_count: int = 0
    current_id: UUID | None = None


class DocumentVersion(Record, table=True):
    """One file that was uploaded (*versión*): where it lies, what it is, how it was read.

    `ocr_pages` were read from images, with `confidence` in per cent on the mean;
    `unread_pages` were not read because there are too many.
    """

    __table_args__ = table(
        SCHEMA,
        reference("document_id", f"{SCHEMA}.document"),
        unique("document_id", "number"),
        index("created_by_user_id", "created_at"),
    )

    document_id: UUID
    number: int
    address: str
    media_type: str
    size: int  # bytes
    page_count: int
    ocr_pages: int = 0
    confidence: int | None = None
    unread_pages: int = 0
    attachments: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))


class DocumentPage(Record, table=True):
    """The text of one page, cleaned (*página*). `heading` adds what the search weighs more."""

    __table_args__ = table(
        SCHEMA, reference("version_id", f"{SCHEMA}.document_version"), unique("version_id", "number")
    )

    version_id: UUID
    number: int
    title: str
    heading: str
    text: str
    confidence: int | None = None
