"""Consult (*consultar*): rehearse the proposal, gather evidence, brief each specialist."""

import asyncio
import time
from typing import Any

from langgraph.runtime import Runtime

from agents.spec import Specialist
from core.errors import AitError, ApprovalRequired
from graphs.context import TurnContext
from graphs.evidence import gather, known_records
from graphs.nodes.run import announce, refused
from graphs.outstanding import bound_calls, evidence
from graphs.payloads import Consulted
from graphs.references import references
from graphs.results import error_row
from graphs.state import RESET, Brief, ProposedCall, TurnState
from tools.provenance import labels_of
from tools.risk import Risk

NEEDS_LEGAL = (Risk.IRREVERSIBLE, Risk.BANK_DETAILS, Risk.EXPORT, Risk.EXPORT_SENSITIVE, Risk.CAMPAIGN)


async def consult(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Take the first call that is not free; one that could not run anyway is refused at once."""
    ctx = runtime.context
    call = bound_calls(state, ctx.house.catalogue())[0]
    order = len(state.get("calls", {}))
    tool = ctx.house.catalogue().get(call["name"])
    announce(ctx, call, labels_of(call["args"], evidence(state)))
    began = time.monotonic()
    try:
        outcome = await ctx.call(
            call["name"],
            call["args"],
            agent=f"executor/{state['executor']}",
            evidence=evidence(state),
            dry_run=True,
        )
    except ApprovalRequired:
        shown: Any = None
    except AitError as error:
        ms = round((time.monotonic() - began) * 1000)
        update = refused(ctx, call, order, error_row(error, ctx.actor.locale), ms)
        return {**update, "proposal": None, "briefs": []}
    else:
        shown = outcome.json
    rehearsal = {"result": shown, "refs": references(shown, tool.result_schema) if shown is not None else {}}
    specialists = asked(state, ctx)
    briefs = await _briefs({**state, "rehearsal": rehearsal}, ctx, call, specialists)
    for specialist in specialists:
        ctx.narration.say(Consulted(specialist=specialist.id, title=specialist.title, state="asked"))
    return {
        "proposal": call,
        "rehearsal": rehearsal,
        "briefs": briefs,
        "recommendations": {RESET: True},
        "consulted": [s.id for s in specialists],
    }


def asked(state: TurnState, ctx: TurnContext) -> list[Specialist]:
    """Whom to ask: those the route names, else the executor's own, in its order of preference."""
    named = state.get("route", {}).get("specialists") or []
    roster = ctx.house.roster
    return [roster.specialists[id] for id in named] or list(roster.advisers(state["executor"]))


def required(risk: Risk, permission: str) -> list[str]:
    """Specialists without whom a person must decide: Legal, on what binds or can't be undone."""
    return ["legal"] if risk in NEEDS_LEGAL or permission.endswith(":bind") else []


async def _briefs(state: TurnState, ctx: TurnContext, call: ProposedCall, specialists: list[Specialist]) -> list[Brief]:
    tool = ctx.house.catalogue().get(call["name"])
    records = known_records(state, call, tool.schema)
    evidence, passages = await asyncio.gather(
        gather(ctx, specialists, records),
        asyncio.gather(*(_passages(ctx, f"{tool.summary} {state['text']}", s) for s in specialists)),
    )
    rehearsed = state.get("rehearsal", {}).get("result")
    shared = [] if rehearsed is None else [{"ref": "rehearsal", "tool": call["name"], "result": rehearsed}]
    needed = required(tool.risk, tool.permission)
    return [
        {
            "specialist": specialist.id,
            "question": state["text"],
            "proposal": call,
            "evidence": [*evidence[specialist.id], *shared],
            "passages": found,
            "required": specialist.id in needed,
        }
        for specialist, found in zip(specialists, passages, strict=True)
    ]


async def _passages(ctx: TurnContext, question: str, specialist: Specialist) -> list[dict[str, Any]]:
    found = await asyncio.to_thread(ctx.house.passages, ctx.actor, question, specialist)
    return [dict(passage) for passage in found]
