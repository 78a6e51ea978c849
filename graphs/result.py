"""The result of a turn (*resultado*), as the command line prints it and evals score it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from graphs.frames import TurnRef
from graphs.outstanding import own_rows
from graphs.payloads import Outcome, Usage
from graphs.state import CallRow, TurnState


class TurnResult(BaseModel):
    """What a turn came to. `outcome` is `failed` when `error` says why there is no answer."""

    model_config = ConfigDict(frozen=True)

    thread_id: UUID
    turn_id: UUID
    executor: str | None
    specialists: list[str]
    recommendations: list[dict[str, Any]]
    tool_calls: list[dict[str, Any]]
    approvals: list[dict[str, Any]]
    answer: str
    citations: list[dict[str, Any]]
    usage: Usage
    outcome: Outcome | str = "done"
    error: dict[str, Any] | None = None
    mentions: list[dict[str, Any]] = []
    route: dict[str, Any] = {}
    advice: dict[str, Any] = {}

    @property
    def waits(self) -> bool:
        """Whether a person has to decide something."""
        return any(row["state"] == "pending" for row in self.approvals)


def result_of(
    state: TurnState, ref: TurnRef, seconds: float, outcome: str, error: dict[str, Any] | None = None
) -> TurnResult:
    """The result that a final (or broken-off) state holds."""
    rows = own_rows(state)
    waiting = [row for row in rows if row["status"] == "pending"]
    if outcome == "done" and waiting:
        outcome = "interrupted"
    recommendations = [row for _, row in sorted(state.get("recommendations", {}).items())]
    return TurnResult(
        thread_id=ref.thread_id,
        turn_id=ref.turn_id,
        executor=state.get("executor"),
        specialists=state.get("consulted", []),
        recommendations=recommendations,
        tool_calls=[dict(row) for row in rows],
        approvals=[_approval(row) for row in waiting],
        answer=state.get("answer", ""),
        citations=state.get("citations", []),
        usage=usage_of(state, seconds),
        outcome=outcome,
        error=error,
        mentions=state.get("mentions", []),
        route=state.get("route", {}),
        advice=state.get("advice", {}),
    )


def _approval(row: CallRow) -> dict[str, Any]:
    return {
        "id": row["approval_id"],
        "state": "pending",
        "tool": row["name"],
        "args": row["args"],
        "call": row["id"],
    }


def usage_of(state: TurnState, seconds: float) -> Usage:
    """The turn's usage, specialists included; cost by the dated price table, to the micro-euro."""
    rows = state.get("usage", [])
    return Usage(
        model_calls=len(rows),
        tool_calls=len(own_rows(state)),
        input_tokens=sum(row["input_tokens"] for row in rows),
        output_tokens=sum(row["output_tokens"] for row in rows),
        cached_tokens=sum(row["cached_tokens"] for row in rows),
        cost_eur=str(Decimal(sum(row["cost_micro_eur"] for row in rows)).scaleb(-6)),
        seconds=round(seconds, 3),
        models=tuple(sorted({row["model"] for row in rows if row["model"]})),
    )
