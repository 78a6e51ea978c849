"""An observation (*observación*): all that one turn did, as JSON-shaped data, for the scorers and the log."""

import asyncio
from datetime import date
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from evals.brokerage import Brokerage
from evals.cases import Case
from evals.ledger import BOOKKEEPING, Changed, Ledger, Sent
from graphs.rehearsals import Rehearsals
from graphs.result import TurnResult
from tools.gate.rehearsal import Rehearsal, rehearse

APPROVALS: Final = "soriano_platform.approval"


class Made(BaseModel):
    """One tool call of the turn and what became of it."""

    model_config = ConfigDict(frozen=True)

    tool: str
    args: dict[str, Any]
    status: str
    error: str = ""
    reads: bool = True
    refs: dict[str, list[str]] = {}


class Observation(BaseModel):
    """What a turn answered, called, asked approval for, and changed."""

    model_config = ConfigDict(frozen=True)

    executor: str | None
    answer: str
    outcome: str
    error: str = ""
    calls: list[Made]
    approvals: list[str]
    changed: list[Changed]
    sent: list[Sent]
    specialists: list[str] = []
    models: list[str] = []
    tokens: int = 0
    cost_eur: str = "0"
    seconds: float = 0.0
    today: date = date.min


class Observer:
    """Runs cases on one brokerage, each in a rehearsal of its own, and observes them."""

    def __init__(self, brokerage: Brokerage, rehearsals: Rehearsals) -> None:
        """Take down the state that all cases begin with."""
        self.brokerage, self.rehearsals = brokerage, rehearsals
        self.ledger = Ledger(brokerage.installation, brokerage.owner)

    async def observe(self, case: Case) -> Observation:
        """Run `case` and roll it back; everything it did is in the observation."""
        opened = rehearse(self.brokerage.installation.database)
        rehearsal = await asyncio.to_thread(opened.__enter__)
        try:
            return await self._inside(case, rehearsal)
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)

    async def _inside(self, case: Case, rehearsal: Rehearsal) -> Observation:
        person = self.brokerage.person(case.user, case.language)
        history = [line.model_dump(by_alias=True) for line in case.history]
        result = await self.rehearsals.turn(person, case.text, history, rehearsal=rehearsal)
        changed, sent = await asyncio.to_thread(self.ledger.changes, rehearsal)
        return self._observed(result, changed, sent)

    def _observed(self, result: TurnResult, changed: list[Changed], sent: list[Sent]) -> Observation:
        asked = [row for row in changed if row.table == APPROVALS and row.op == "insert"]
        rest = [row for row in changed if row.table != APPROVALS and row.table not in BOOKKEEPING]
        usage = result.usage
        return Observation(
            executor=result.executor,
            answer=result.answer,
            outcome=result.outcome,
            error=str((result.error or {}).get("code", "")),
            calls=[self._made(row) for row in result.tool_calls],
            approvals=sorted(str(row.fields["tool"]) for row in asked),
            changed=rest,
            sent=sent,
            specialists=result.specialists,
            models=list(usage.models),
            tokens=usage.input_tokens + usage.output_tokens,
            cost_eur=usage.cost_eur,
            seconds=usage.seconds,
            today=self.rehearsals.house.clock().date(),
        )

    def _made(self, row: dict[str, Any]) -> Made:
        tool = self.brokerage.installation.catalogue.tools.get(row["name"])
        return Made(
            tool=row["name"],
            args=row["args"],
            status=row["status"],
            error=str((row.get("error") or {}).get("code", "")),
            reads=tool is None or tool.risk.reads_only,
            refs=row.get("refs", {}),
        )
