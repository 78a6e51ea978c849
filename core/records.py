"""`Record`: a row of any business table, with the 23 audit fields and tags.

The tool sets only its own fields. Who, when, from where, version and checksum are filled
by the session as it flushes (`core.stamping`), from the context; nothing else may set them.
"""

import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from core.identifiers import new_id

INSTANT: Final = DateTime(timezone=True)
SQLModel.metadata.naming_convention = {"ix": "ix_%(table_name)s_%(column_0_N_name)s"}


def _nothing_listed() -> list[str]:
    """As `list`, whose signature pydantic would inspect anew for every record: 0.17 ms each."""
    return []


def _nothing_said() -> dict[str, Any]:
    return {}


class Record(SQLModel):
    """Base of every business table; the key is `(tenant_id, id)`, `id` a uuid v7."""

    tenant_id: UUID = Field(default=None, primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(default=None, sa_type=INSTANT)
    updated_at: datetime = Field(default=None, sa_type=INSTANT)
    deleted_at: datetime | None = Field(default=None, sa_type=INSTANT)
    created_by_user_id: UUID | None = None
    created_by_agent_id: str | None = None
    updated_by_user_id: UUID | None = None
    updated_by_agent_id: str | None = None
    deleted_by_user_id: UUID | None = None
    deleted_by_agent_id: str | None = None
    organization_id: UUID | None = None
    version: int = Field(default=1)
    checksum: str = Field(default="")
    ip_address: str | None = None
    user_agent: str | None = None
    geo_location: str | None = None
    device_fingerprint: str | None = None
    session_id: UUID | None = None
    request_id: UUID | None = None
    compliance_flags: list[str] = Field(default_factory=_nothing_listed, sa_type=ARRAY(Text))
    gdpr_consent: dict[str, Any] = Field(default_factory=_nothing_said, sa_type=JSONB)
    notes: str | None = None
    tags: list[str] = Field(default_factory=_nothing_listed, sa_type=ARRAY(Text))

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Optimistic: a row changed by somebody else since it was read is not overwritten."""
        return {"version_id_col": cls.__table__.c.version, "version_id_generator": False}  # type: ignore[attr-defined]

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        """`BankMovement` → `bank_movement`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


AUDIT_FIELDS: Final = frozenset(Record.model_fields)


LATER: Final[dict[str, Any]] = {"info": {"later": True}}
"""`sa_column_kwargs` of a field that a later migration added: rows from before it keep their checksum."""


def table(schema: str, *parts: Any, subject: bool = False) -> tuple[Any, ...]:
    """`__table_args__` of a record in `schema`, with its constraints and indexes.

    `subject` says that each row is a data subject (GDPR art. 4.1): what the audit log keeps
    about it is sealed under a key of its own (`core.subjects`).
    """
    return (*parts, {"schema": schema, "info": {"subject": subject}})


def unique(*fields: str) -> UniqueConstraint:
    """Unique within the tenant: the tenant leads every key, so that no key tells of another's."""
    return UniqueConstraint("tenant_id", *fields)


def index(*fields: str) -> Index:
    """An index within the tenant, named by the metadata's convention."""
    return Index(None, "tenant_id", *fields)


def reference(field: str, target: str) -> ForeignKeyConstraint:
    """`field` refers to `schema.table` of the same tenant, never another's."""
    return ForeignKeyConstraint(["tenant_id", field], [f"{target}.tenant_id", f"{target}.id"])
