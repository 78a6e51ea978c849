"""Specialist (*especialista*): one adviser's view of the proposal; silent, bounded in time."""

import json
import time
from typing import Any, Final, Literal

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
from langgraph.errors import NodeError, NodeTimeoutError
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.protocol import Advice, Citation, Recommendation, Status
from agents.spec import Specialist
from core.i18n import N_, translate
from graphs.context import TurnContext
from graphs.nodes.think import usage_row
from graphs.payloads import Consulted, Recommended
from graphs.state import Brief

CAUSES: Final = {
    "timeout": N_("no ha respondido a tiempo"),
    "error": N_("no ha podido responder"),
    "degraded": N_("su respuesta no tenía la forma pedida"),
}


async def specialist(state: Brief, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Ask once, and once more if the answer has not the form; then the advice is degraded."""
    ctx = runtime.context
    who = ctx.house.roster.specialists[state["specialist"]]
    began = time.monotonic()
    model = ctx.house.models.for_agent(who).with_structured_output(
        Recommendation, method="json_schema", include_raw=True
    )
    prompt: list[AnyMessage] = [SystemMessage(who.system_prompt()), HumanMessage(brief_text(state))]
    used, parsed, problem = [], None, None
    for _ in range(2):
        answer: Any = await model.ainvoke(prompt)
        raw, parsed, problem = answer["raw"], answer["parsed"], answer["parsing_error"]
        if isinstance(raw, AIMessage):
            used.append(usage_row(who.name, raw, ctx))
        if parsed is not None:
            break
        prompt = [*prompt, raw, HumanMessage(f"La respuesta no cumple el esquema: {problem}. Repítala completa.")]
    if not isinstance(parsed, Recommendation):
        return {**failed(ctx, who, "degraded", time.monotonic() - began), "usage": used}
    recommendation = parsed.model_copy(update={"specialist": who.id, "citations": titled(parsed, state)})
    advice = Advice(specialist=who.id, recommendation=recommendation, seconds=round(time.monotonic() - began, 3))
    tell(ctx, who, advice)
    return {"recommendations": {who.id: advice.model_dump(mode="json")}, "usage": used}


def titled(said: Recommendation, task: Brief) -> list[Citation]:
    """The citations under the names that people know their passages by."""
    titles = {passage["ref"]: passage["title"] for passage in task["passages"]}
    return [c.model_copy(update={"title": titles.get(c.ref, c.title)}) for c in said.citations]


def brief_text(task: Brief) -> str:
    """The specialist's question with proposal, evidence and passages as typed blocks of data."""
    proposal = {"tool": task["proposal"]["name"], "args": task["proposal"]["args"]}
    return "\n".join(
        (
            task["question"],
            f"<propuesta>{json.dumps(proposal, ensure_ascii=False)}</propuesta>",
            f"<evidencia>{json.dumps(task['evidence'], ensure_ascii=False)}</evidencia>",
            f"<pasajes>{json.dumps(task['passages'], ensure_ascii=False)}</pasajes>",
        )
    )


async def specialist_failed(
    state: Brief, error: NodeError, runtime: Runtime[TurnContext]
) -> Command[Literal["aggregate"]]:
    """Who did not answer, and why; the turn goes on without him."""
    ctx = runtime.context
    who = ctx.house.roster.specialists[state["specialist"]]
    status: Status = "timeout" if isinstance(error.error, NodeTimeoutError | TimeoutError) else "error"
    # Where everybody fails, nobody's own edge leads on: each failure has to.
    return Command(goto="aggregate", update=failed(ctx, who, status, 0.0))


def failed(ctx: TurnContext, who: Specialist, status: Status, seconds: float) -> dict[str, Any]:
    """The update for a specialist without advice."""
    cause = translate(CAUSES[status], ctx.actor.locale)
    advice = Advice(specialist=who.id, status=status, cause=cause, seconds=round(seconds, 3))
    ctx.narration.say(Consulted(specialist=who.id, title=who.title, state=status, cause=cause))
    return {"recommendations": {who.id: advice.model_dump(mode="json")}}


def tell(ctx: TurnContext, who: Specialist, advice: Advice) -> None:
    """The advice as readers see it."""
    said = advice.recommendation
    assert said is not None
    ctx.narration.say(
        Recommended(
            specialist=who.id,
            title=who.title,
            state=advice.status,
            position=said.position,
            reasons=said.reasons,
            risks=tuple(said.risks),
            confidence=said.confidence,
            dissent=said.dissent,
            citations=tuple(c.model_dump(mode="json") for c in said.citations),
            missing_data=tuple(said.missing_data),
        )
    )
