"""Stored data sets, runs of operations, fitted models; the claims and the investments that engines compute on."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from core.records import INSTANT, Record, index, reference, table, unique

SCHEMA: Final = "soriano_analytics"


def _nothing() -> list[dict[str, Any]]:
    return []


class DataSet(Record, table=True):
    """A table in the object store (*conjunto de datos*), as Parquet, encrypted.

    `columns` lists `{"name", "kind"}`; `source` says where it comes from (`upload`, or the saved
    query with its arguments); `sha256` is that of the Parquet bytes, so that a result names exactly
    what it was computed from.
    """

    __table_args__ = table(SCHEMA, unique("name"))

    name: str
    source: str
    rows: int
    columns: list[dict[str, Any]] = Field(default_factory=_nothing, sa_type=JSONB)
    address: str
    sha256: str


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class EngineRun(Record, table=True):
    """One computation as a job (*cálculo*): what was asked, how far it is, where its result lies.

    `arguments` and `result` are addresses of JSON in the object store; `input_sha256` is that of the
    canonical arguments, data sets by their digest. `done` of `total` is what the operation reports.
    """

    __table_args__ = table(SCHEMA, index("state"), index("operation"))

    run_number: str
    operation: str
    arguments: str
    input_sha256: str
    state: str = RunState.QUEUED.value
    steps: int = 0
    done: int = 0
    total: int = 0
    began_at: datetime | None = Field(default=None, sa_type=INSTANT)
    ended_at: datetime | None = Field(default=None, sa_type=INSTANT)
    result: str | None = None
    problem: str | None = None


class TrainedModel(Record, table=True):
    """A fitted model (*modelo entrenado*): its bytes in the object store, what it was fitted on, how good it is."""

    __table_args__ = table(SCHEMA, unique("name", "model_version"))

    name: str
    model_version: int
    kind: str
    target: str
    address: str
    sha256: str
    rows: int
    columns: list[dict[str, Any]] = Field(default_factory=_nothing, sa_type=JSONB)
    metrics: list[dict[str, Any]] = Field(default_factory=_nothing, sa_type=JSONB)
    source: str


class LossRun(Record, table=True):
    """A listing of past claims as an insurer sent it (*historial de siniestralidad*): claims before our time.

    `digest` is that of its rows: the same listing again changes nothing.
    """

    __table_args__ = table(SCHEMA, unique("digest"))

    insurer: str
    claims: int
    movements: int
    digest: str


class LossRunMovement(Record, table=True):
    """One movement of a claim of a listing: what was paid, and how the case reserve moved; EUR."""

    __table_args__ = table(SCHEMA, reference("loss_run_id", f"{SCHEMA}.loss_run"), index("line", "occurred_on"))

    loss_run_id: UUID
    line: str
    claim_ref: str
    occurred_on: date
    moved_on: date
    paid: Decimal = Field(max_digits=18, decimal_places=2)
    reserve_change: Decimal = Field(max_digits=18, decimal_places=2)


class Investment(Record, table=True):
    """A holding of the house's own money (*inversión*): units of one instrument."""

    __table_args__ = table(SCHEMA, unique("isin"))

    isin: str
    name: str
    kind: str  # equity, bond, fund, cash
    units: Decimal = Field(max_digits=18, decimal_places=6)


class InvestmentPrice(Record, table=True):
    """What one unit of an instrument was worth at the end of a day, EUR."""

    __table_args__ = table(SCHEMA, unique("isin", "on"))

    isin: str
    on: date
    price: Decimal = Field(max_digits=18, decimal_places=6)
