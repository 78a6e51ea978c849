"""The gate's own records: approvals (*decisiones*), delegated authority, versions of the policy."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from core.records import INSTANT, Record, index, table, unique


class ApprovalState(StrEnum):
    """Where an approval stands; all but `pending` and `approved` are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"
    SUPERSEDED = "superseded"
    VOIDED = "voided"
    EXECUTED = "executed"
    FAILED = "failed"


class Approval(Record, table=True):
    """A call that waits for a person, bound to the preview that the person sees."""

    __table_args__ = table(
        "soriano_platform", index("state", "expires_at"), unique("requested_by", "tool", "idempotency_key")
    )
    state: ApprovalState = ApprovalState.PENDING
    tool: str
    risk: str
    args: dict[str, Any] = Field(sa_type=JSONB)
    labels: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    args_digest: str
    preview: dict[str, Any] = Field(sa_type=JSONB)
    preview_hash: str
    ids: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid()))
    rule: str
    why: str
    approver: str
    requested_by: UUID
    requester: str
    agent: str | None = None
    face: str
    reason: str = ""
    advice: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    thread_id: UUID | None = None
    turn_id: UUID | None = None
    idempotency_key: str | None = None
    rules: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    needed: int = 1
    step_up: int | None = None
    conflicted: list[UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid()))
    grants: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    foreign_sources: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    reminders: int = 0
    escalated_at: datetime | None = Field(default=None, sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)
    postponed_until: datetime | None = Field(default=None, sa_type=INSTANT)
    delegated_to: str | None = None
    decision: str | None = None
    decided_by: UUID | None = None
    decider: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=INSTANT)
    comment: str = ""
    messages: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    supersedes_id: UUID | None = None
    superseded_by_id: UUID | None = None
    executed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    result: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    entry_id: UUID | None = None
    error: str | None = None


class Delegation(Record, table=True):
    """Authority that one person lends to another until a date (*delegación*)."""

    __table_args__ = table("soriano_platform", index("to_user", "until"))
    from_user: str
    to_user: str
    role: str
    from_at: datetime = Field(sa_type=INSTANT)
    until: datetime = Field(sa_type=INSTANT)
    reason: str


class PolicyState(StrEnum):
    """Where a version of the policy stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class PolicyVersion(Record, table=True):
    """A version of the tenant's policy: its tables and rules as text."""

    __table_args__ = table("soriano_platform", unique("number"))
    number: int
    state: PolicyState = PolicyState.DRAFT
    tables: str
    rules: str
    label: str
    summary: str = ""
    published_at: datetime | None = Field(default=None, sa_type=INSTANT)


class Switch(Record, table=True):
    """An emergency stop (*interruptor de emergencia*): of everything, of one agent or of one tool."""

    __table_args__ = table("soriano_platform", index("kind", "name"))
    kind: str  # all, agent, tool
    name: str
    reason: str
    lifted_at: datetime | None = Field(default=None, sa_type=INSTANT)
