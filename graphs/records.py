"""Where turns are kept: threads, turns, their frames, and the approvals they wait for.

These are tables of the platform, not business records: rows are written by the runner of
a turn outside any tool, so they bear the tenant and row security but no audit fields (what
a turn does to business records is audited by the gate).
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from core.identifiers import new_id
from core.records import INSTANT

PLATFORM: Final = "soriano_platform"


def _within(column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{PLATFORM}.{target}.tenant_id", f"{PLATFORM}.{target}.id"], ondelete="CASCADE"
    )


class Thread(SQLModel, table=True):
    """One conversation of one user (*hilo*)."""

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_tenant_id_user_id", "tenant_id", "user_id", "updated_at"),
        {"schema": PLATFORM},
    )
    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID
    title: str
    created_at: datetime = Field(sa_type=INSTANT)
    updated_at: datetime = Field(sa_type=INSTANT)


class Turn(SQLModel, table=True):
    """One question and its answer (*turno*), or what followed a decided approval.

    `state` is running, done, interrupted (an approval is open), cancelled or failed.
    `messages` are the model's messages of this turn, from which a decided approval goes on.
    """

    __tablename__ = "turn"
    __table_args__ = (
        UniqueConstraint("tenant_id", "approval_id", name="uq_turn_tenant_id_approval_id"),
        UniqueConstraint("tenant_id", "user_id", "idempotency_key", name="uq_turn_tenant_id_idempotency_key"),
        Index("ix_turn_tenant_id_thread_id", "tenant_id", "thread_id"),
        _within("thread_id", "thread"),
        {"schema": PLATFORM},
    )
    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    thread_id: UUID
    user_id: UUID
    username: str
    origin: dict[str, Any] = Field(sa_type=JSONB)
    text: str
    continues: UUID | None = None  # the turn that asked for the approval
    approval_id: UUID | None = None  # the approval whose decision began this turn
    idempotency_key: str | None = None  # the client's: the same again is this turn
    state: str = "running"
    executor: str | None = None
    answer: str | None = None
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    messages: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    started_at: datetime = Field(sa_type=INSTANT)
    finished_at: datetime | None = Field(default=None, sa_type=INSTANT)


class TurnEvent(SQLModel, table=True):
    """One frame of a turn; only ever appended."""

    __tablename__ = "turn_event"
    __table_args__ = (_within("turn_id", "turn"), {"schema": PLATFORM})
    tenant_id: UUID = Field(primary_key=True)
    turn_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    thread_id: UUID
    type: str
    payload: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=INSTANT)


class TurnApproval(SQLModel, table=True):
    """Which call of which turn waits for an approval; `reported` once the turn has gone on."""

    __tablename__ = "turn_approval"
    __table_args__ = (_within("turn_id", "turn"), {"schema": PLATFORM})
    tenant_id: UUID = Field(primary_key=True)
    approval_id: UUID = Field(primary_key=True)
    turn_id: UUID
    thread_id: UUID
    call_id: str
    tool: str
    interrupt_id: str = ""
    reported: bool = False
