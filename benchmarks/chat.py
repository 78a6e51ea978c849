"""What a person waits for in the chat: a read by the offline model, and a consultation of eight."""

import asyncio
import http.client
import json
import time
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda

from agents.models.offline import OfflineChat
from agents.roster import ROSTER, Roster
from agents.spec import Agent, Executor
from benchmarks.commands import run, server
from benchmarks.house import broker, folder, installation
from benchmarks.measure import Finding, Sample, timed
from core.context import Actor
from graphs.rehearsals import Rehearsals
from modules.installation import Installation

READS = (
    "¿Qué recibos tiene pendientes Álvaro Ramos Soriano?",
    "Enséñame la ficha de Raquel Gómez Gil",
    "Which policies does Concepción Ortiz Romero have?",
)
WARM_UP, ROUNDS = 6, 60
ROUNDS_OF_EIGHT = 7
LATENCY = 1.0  # seconds that each specialist's model takes
PERSON = {"first_name": "Marta", "last_name": "Soler Vidal", "id_number": "12345678Z"}


def chat_read() -> Finding:
    """A read-only turn over HTTP, from the request to the whole answer."""
    with folder() as data_dir:
        run("demo", "load", data_dir=data_dir)
        token = json.loads(run("users", "token", "broker", "--json", data_dir=data_dir))["token"]
        with server(data_dir) as running:
            line = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
            times = [timed(partial(ask, line, token, text)) for text in _texts(WARM_UP + ROUNDS)]
            line.close()
    sample = Sample(times[WARM_UP:])
    return Finding(
        "chat_read",
        "read-only offline turn over HTTP, p95",
        sample.percentile(95) * 1000,
        "ms",
        400,
        spread=(sample.quartiles[0] * 1000, sample.quartiles[1] * 1000),
        details={"median_ms": round(sample.median * 1000, 1), "rounds": ROUNDS},
    )


def _texts(count: int) -> list[str]:
    return [READS[n % len(READS)] for n in range(count)]


def ask(line: http.client.HTTPConnection, token: str, text: str) -> dict[str, Any]:
    """One turn over `line`; it must have called exactly one tool, and that one must have worked."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    line.request("POST", "/api/v1/chat", json.dumps({"text": text, "stream": False}), headers)
    answer = line.getresponse()
    result: dict[str, Any] = json.loads(answer.read())
    if answer.status != 200 or [call["status"] for call in result["tool_calls"]] != ["done"]:
        raise RuntimeError(f"{text}: {answer.status} {result}")
    return result


def specialists() -> Finding:
    """What eight specialists add to a turn if each takes a second: one second, not eight."""
    with folder() as data_dir, installation(data_dir) as opened, asyncio.Runner() as loop:
        actor, instant, pensive = broker(opened), _house(opened, 0.0), _house(opened, LATENCY)
        loop.run(turn(instant, actor))
        quick = Sample([loop.run(turn(instant, actor)) for _ in range(ROUNDS_OF_EIGHT)])
        slow = Sample([loop.run(turn(pensive, actor)) for _ in range(ROUNDS_OF_EIGHT)])
    low, high = (bound - quick.median for bound in slow.quartiles)
    return Finding(
        "specialists",
        "what 8 specialists of 1 s each add to a turn",
        slow.median - quick.median,
        "s",
        1.3,
        spread=(low, high),
        baseline="the same turn with instant ones",
        details={"turn_s": round(slow.median, 3), "instant_turn_s": round(quick.median, 3)},
    )


def _house(opened: Installation, seconds: float) -> Rehearsals:
    """Turns in which every executor consults everybody, and each specialist thinks for so long."""
    rehearsals = Rehearsals(opened, models=Cast(seconds))
    rehearsals.house = replace(rehearsals.house, roster=_everybody())
    return rehearsals


async def turn(rehearsals: Rehearsals, actor: Actor) -> float:
    """How long one turn takes in which all eight are asked."""
    began = time.perf_counter()
    result = await rehearsals.turn(actor, "@operaciones hola")
    if len(result.recommendations) != len(ROSTER.specialists):
        raise RuntimeError(f"asked {result.specialists}, got {len(result.recommendations)} answers")
    return time.perf_counter() - began


def _everybody() -> Roster:
    """The roster, but every executor consults all eight."""
    all_of_them = tuple(specialist.id for specialist in ROSTER.specialists.values())
    executors = {id: replace(executor, specialists=all_of_them) for id, executor in ROSTER.executors.items()}
    return Roster(MappingProxyType(executors), ROSTER.specialists)


class Cast:
    """Executors that propose one write and then end; specialists that think for a while first."""

    label, routes = "scripted", False

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def for_agent(self, agent: Agent) -> BaseChatModel:
        """The model of `agent`."""
        return Proposing() if isinstance(agent, Executor) else Pensive(seconds=self.seconds)

    def router(self) -> BaseChatModel:
        """Never asked."""
        return OfflineChat()


class Proposing(BaseChatModel):
    """Proposes to enter a customer; says that it is done once the result is there."""

    @property
    def _llm_type(self) -> str:
        return "proposing"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, Any]:
        """The tools change nothing in what it says."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        done = any(isinstance(message, ToolMessage) for message in messages)
        call = {"name": "crm_create_person", "args": PERSON, "id": "call_1"}
        message = AIMessage("Hecho.") if done else AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=message)])


class Pensive(OfflineChat):
    """The offline model, after a while."""

    seconds: float = 0.0

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:
        """As the offline model does, later."""
        inner = super().with_structured_output(schema, **kwargs)

        async def later(prompt: Any) -> Any:
            await asyncio.sleep(self.seconds)
            return await inner.ainvoke(prompt)

        return RunnableLambda(later)
