"""Running a turn to its end: two phases, one ending, whatever happens in between.

Until the first plan a turn only reads, so it runs without checkpoints and is simply run
again if the process dies. From the plan on every step is stored before the next begins.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl

from core.errors import AitError
from core.i18n import N_, translate
from graphs.context import TurnContext
from graphs.outstanding import own_rows
from graphs.past import own_messages
from graphs.payloads import Payload, TurnFailed, TurnFinished
from graphs.result import TurnResult, result_of, usage_of
from graphs.state import TurnState
from graphs.turn import STEPS

Graph = CompiledStateGraph[Any, TurnContext, Any, Any]
GRACE_SECONDS: Final = 30.0  # past its budget a turn is broken off, should a node not have stopped itself
MAX_PARALLEL: Final = 8
CANCELLED: Final = "cancelled by its user"
INTERNAL: Final = N_("Ha ocurrido un error inesperado. Indique la referencia {reference} a soporte.")
TOO_LONG: Final = N_("El turno se ha detenido: daba vueltas sin terminar.")
OVERDUE: Final = N_("El turno se ha detenido: ha agotado su tiempo.")
NOTHING_DONE: Final = N_("No se ha cambiado nada.")
DONE_STAYS: Final = N_("Lo que ya se hizo queda hecho: {done}.")
log = structlog.get_logger("turns")


class ShuttingDown(Exception):
    """The process stops; the turn stays unfinished and is taken up again at the next start."""


@dataclass(frozen=True)
class Ending:
    """How a turn ended: the frame to close it with, and what its row keeps."""

    payload: Payload
    result: TurnResult
    messages: list[dict[str, Any]]

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the turn's row."""
        return {
            "state": self.result.outcome,
            "executor": self.result.executor,
            "answer": self.result.answer or None,
            "result": self.result.model_dump(mode="json"),
            "messages": self.messages,
        }


@dataclass
class Runner:
    """Runs one turn; `light` keeps no checkpoints, `durable` keeps them all."""

    light: Graph
    durable: Graph
    key: str
    ctx: TurnContext
    control: RunControl
    in_memory: bool = False  # one phase without checkpoints: a rehearsal is not taken up again

    async def run(self, opening: TurnState | None) -> Ending:
        """Run from `opening`, or from the last checkpoint if it is None, to an ending.

        Raises:
            ShuttingDown: the process stops; checkpoints say where to go on.
        """
        state: TurnState = opening or {}
        try:
            async with asyncio.timeout(self.ctx.budget.seconds + GRACE_SECONDS):
                state = await self._phases(opening)
        except GraphDrained as drained:
            if self.control.drain_reason == CANCELLED:
                return await self.cancelled()
            raise ShuttingDown from drained
        except asyncio.CancelledError:
            if self.control.drain_requested:
                raise ShuttingDown from None
            return await self.cancelled()
        except TimeoutError:
            return await self._failed("ait.deadline", self._say(OVERDUE))
        except GraphRecursionError:
            return await self._failed("ait.too_many_steps", self._say(TOO_LONG))
        except AitError as error:
            return await self._failed(error.code, error.told(self.ctx.actor.locale))
        except Exception as error:
            log.exception("turn.broken", turn=self.reference, error=type(error).__name__)
            return await self._failed("ait.internal", self._say(INTERNAL, reference=self.reference))
        if not state.get("answer"):
            return await self._failed("ait.incomplete", self._say(INTERNAL, reference=self.reference))
        return self._ended(state, "done")

    def cancel(self, task: "asyncio.Task[None]") -> None:
        """Stop now, or after the write that is on its way, whose outcome is then known."""
        if self.ctx.acting:
            self.control.request_drain(CANCELLED)
        else:
            task.cancel()

    async def _phases(self, opening: TurnState | None) -> TurnState:
        if opening is not None:
            self.ctx.durable = self.in_memory
            state = await self._invoke(self.light, opening)
            if state.get("answer") or self.in_memory:
                return state
            opening = state
        self.ctx.durable = True
        return await self._invoke(self.durable, opening)

    async def _invoke(self, graph: Graph, state: TurnState | None) -> TurnState:
        output = await graph.ainvoke(
            state,
            self.config,
            context=self.ctx,
            durability="sync" if graph is not self.light else None,
            control=self.control,
            version="v2",
        )
        found: TurnState = output.value
        return found

    @property
    def config(self) -> Any:
        """The run's configuration; its thread is the turn's own."""
        return {
            "configurable": {"thread_id": self.key},
            "recursion_limit": STEPS,
            "max_concurrency": MAX_PARALLEL,
        }

    @property
    def reference(self) -> str:
        """What people tell support."""
        return str(self.ctx.ref.turn_id)

    def _say(self, text: str, **values: object) -> str:
        return translate(text, self.ctx.actor.locale, **values)

    async def _reached(self) -> TurnState:
        """The state at the last checkpoint; empty if the turn only read so far."""
        if not self.ctx.durable or self.in_memory:
            return {}
        return cast(TurnState, (await self.durable.aget_state(self.config)).values)

    async def cancelled(self) -> Ending:
        """The ending of a turn that its user stopped; what had been said stays."""
        state = await self._reached()
        state["answer"] = self.ctx.narration.spoken
        return self._ended(state, "cancelled")

    async def _failed(self, code: str, said: str) -> Ending:
        state = await self._reached()
        changed = [row["name"] for row in own_rows(state) if row["status"] == "done" and _changes(row["risk_class"])]
        undone = self._say(DONE_STAYS, done=", ".join(changed)) if changed else self._say(NOTHING_DONE)
        error = {"code": code, "message": said, "reference": self.reference}
        result = result_of(state, self.ctx.ref, self.ctx.seconds, "failed", error)
        payload = TurnFailed(turn=self.reference, code=code, said=said, undone=undone, reference=self.reference)
        return Ending(payload, result, own_messages(state, self.reference))

    def _ended(self, state: TurnState, outcome: str) -> Ending:
        result = result_of(state, self.ctx.ref, self.ctx.seconds, outcome)
        payload = TurnFinished(
            turn=self.reference, usage=usage_of(state, self.ctx.seconds), outcome=_outcome(result.outcome)
        )
        return Ending(payload, result, own_messages(state, self.reference))


def _outcome(name: str) -> Any:
    return name if name in ("interrupted", "cancelled") else "done"


def _changes(risk_class: str) -> bool:
    return risk_class not in ("R0", "R1", "N1", "")
