"""Evidence (*pruebas*): what specialists are shown, gathered by read-only reviews beforehand.

A specialist's model gets no tools: it judges what the house's own reviews found about the
records that the proposal names, and what the knowledge base says.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from agents.spec import Specialist
from core.errors import AitError
from graphs.context import TurnContext
from graphs.references import argument_kinds, result_type
from graphs.state import ProposedCall, TurnState
from tools.results import Review
from tools.tool import Tool


def known_records(state: TurnState, call: ProposedCall, schema: Mapping[str, Any]) -> dict[str, str]:
    """One record of each kind that the proposal is about.

    Looked for in the call's own arguments, what its rehearsal made, what this turn's calls
    gave (the latest first), and what the person named.
    """
    found: dict[str, str] = {}
    for name, kind in argument_kinds(schema).items():
        if call["args"].get(name) is not None:
            found.setdefault(kind, str(call["args"][name]))
    sources = [state.get("rehearsal", {}).get("refs", {})]
    rows = sorted(state.get("calls", {}).values(), key=lambda row: -row["order"])
    sources += [row.get("refs", {}) for row in rows]
    for refs in sources:
        for kind, values in refs.items():
            if values:
                found.setdefault(kind, str(values[0]))
    for mention in state.get("mentions", ()):
        found.setdefault(str(mention["kind"]), str(mention["id"]))
    return found


def fillable(tool: Tool, records: Mapping[str, str]) -> dict[str, str] | None:
    """Arguments for a review out of the known records; None if a required one is missing."""
    kinds = argument_kinds(tool.schema)
    args: dict[str, str] = {}
    for name in tool.schema.get("required", ()):
        record = records.get(kinds.get(name, ""))
        if record is None:
            return None
        args[name] = record
    return args or None


def reviews(ctx: TurnContext, specialist: Specialist) -> list[Tool]:
    """The read-only reviews among the specialist's tools."""
    tools = ctx.house.catalogue().of_modules(specialist.toolsets)
    return [tool for tool in tools if tool.risk.reads_only and result_type(tool) is Review]


async def gather(
    ctx: TurnContext, specialists: Sequence[Specialist], records: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Evidence by specialist; a review that several share runs once."""
    wanted: dict[str, tuple[Tool, dict[str, str], str]] = {}
    shares: dict[str, list[str]] = {s.id: [] for s in specialists}
    for specialist in specialists:
        for tool in reviews(ctx, specialist):
            args = fillable(tool, records)
            if args is not None:
                wanted.setdefault(tool.name, (tool, args, specialist.name))
                shares[specialist.id].append(tool.name)
    found = await asyncio.gather(*(_review(ctx, *each) for each in wanted.values()))
    by_tool = {item["tool"]: item for item in found if item is not None}
    return {id: [by_tool[name] for name in names if name in by_tool] for id, names in shares.items()}


async def _review(ctx: TurnContext, tool: Tool, args: dict[str, str], agent: str) -> dict[str, Any] | None:
    try:
        outcome = await ctx.call(tool.name, args, agent=agent)
    except AitError:
        return None  # refused or not found: audited by the gate, and no evidence
    return {"ref": f"review:{tool.name}", "tool": tool.name, "result": outcome.json}
