"""MCP: the same tools, by the same names, for any client of the Model Context Protocol.

Tools are looked up in the catalogue at each request, so a reload shows at once. A call that
a person must decide comes back as a structured result with the address of the decision,
never as a pause.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server

from core.context import Actor, Origin
from core.errors import AitError, ApprovalRequired
from tools.adapters.rest import outcome_json, problem_of
from tools.catalogue import Catalogue
from tools.gate import Call, Gate
from tools.provenance import stranger
from tools.risk import Risk
from tools.tool import Tool

MOST: Final = 60  # beyond so many tools a client is given a search instead of the list
SEARCH: Final = "search_tools"
CALL: Final = "call_tool"
KEY: Final = "ait/idempotency_key"  # in a request's `_meta`: the same key does it once
DESTRUCTIVE: Final = frozenset(
    {
        Risk.MONEY,
        Risk.BANK_DETAILS,
        Risk.MESSAGE,
        Risk.CAMPAIGN,
        Risk.EXPORT,
        Risk.EXPORT_SENSITIVE,
        Risk.IRREVERSIBLE,
    }
)
OPEN: Final = frozenset({Risk.MESSAGE, Risk.CAMPAIGN, Risk.NETWORK})
INSTRUCTIONS: Final = (
    "Tools of a Spanish insurance brokerage. Amounts are decimal strings in EUR, dates ISO 8601. A result with "
    '"approval_id" means that a person has to decide first: give the user its url, do not call again.'
)
Who = Callable[[], tuple[Actor, Origin]]


def annotations_of(tool: Tool) -> types.ToolAnnotations:
    """Hints for clients, from the risk class; the gate enforces, not they."""
    return types.ToolAnnotations(
        title=tool.title or tool.summary,
        read_only_hint=tool.risk.reads_only,
        destructive_hint=tool.risk in DESTRUCTIVE,
        idempotent_hint=tool.risk.reads_only,
        open_world_hint=tool.risk in OPEN,
    )


def described(tool: Tool) -> types.Tool:
    """The tool as MCP lists it."""
    examples = "\n".join(f"- {example}" for example in tool.examples)
    return types.Tool(
        name=tool.name,
        title=tool.title or tool.summary,
        description=f"{tool.description}\n\n{examples}",
        input_schema=tool.schema,
        annotations=annotations_of(tool),
        _meta={"ait/risk_class": tool.risk.value},
    )


def _plain(name: str, description: str, properties: dict[str, Any], required: list[str]) -> types.Tool:
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return types.Tool(name=name, description=description, input_schema=schema)


SEARCH_TOOL: Final = _plain(
    SEARCH, "The tools that answer a request, best first, with their schemas.", {"text": {"type": "string"}}, ["text"]
)
CALL_TOOL: Final = _plain(
    CALL,
    "Call a tool that `search_tools` found.",
    {"name": {"type": "string"}, "args": {"type": "object"}},
    ["name", "args"],
)


def listed(tools: Iterable[Tool]) -> list[types.Tool]:
    """What a client is shown: all of its tools, or beyond sixty the way to find them."""
    found = [described(tool) for tool in tools]
    return found if len(found) <= MOST else [SEARCH_TOOL, CALL_TOOL]


def server_of(
    catalogue: Callable[[], Catalogue],
    gate: Gate,
    who: Who,
    permits: Callable[[Actor, str], bool],
    url: str,
    version: str,
) -> Server[Any]:
    """The MCP server over the catalogue; `who` says for whom the request at hand runs."""

    def mine(actor: Actor) -> list[Tool]:
        return [tool for tool in catalogue().tools.values() if permits(actor, tool.permission)]

    async def list_tools(ctx: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        actor, _ = who()
        return types.ListToolsResult(tools=listed(mine(actor)))

    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        actor, origin = who()
        name, args = params.name, dict(params.arguments or {})
        if name == SEARCH and name not in catalogue().tools:
            ranked = catalogue().search(str(args.get("text", "")), mine(actor))
            return _result({"tools": [described(tool).model_dump(mode="json", by_alias=True) for tool, _ in ranked]})
        if name == CALL and name not in catalogue().tools:
            name, inner = str(args.get("name", "")), args.get("args")
            args = inner if isinstance(inner, dict) else {}
        try:
            key = (params.meta or {}).get(KEY)
            # Another house's model chooses here: nothing vouches for what it asks.
            wish = Call(
                name,
                args,
                actor,
                origin,
                idempotency_key=None if key is None else str(key),
                evidence=stranger("mcp"),
            )
            outcome = await asyncio.to_thread(gate.call, wish)
        except ApprovalRequired as held:
            body = problem_of(held, actor.locale, str(origin.request_id))
            place = f"{url}/approvals/{held.detail['approval_id']}"
            return _result({**body, "ok": False, "state": "pending", "url": place})
        except AitError as error:
            return _result({**problem_of(error, actor.locale, str(origin.request_id)), "ok": False}, failed=True)
        return _result(outcome_json(outcome))

    return Server(
        "soriano",
        version=version,
        title="AIT-CORE Soriano",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _result(body: dict[str, Any], *, failed: bool = False) -> types.CallToolResult:
    """Structured, and the same as text for clients that read only that."""
    said = json.dumps(body, ensure_ascii=False, default=str)
    return types.CallToolResult(
        content=[types.TextContent(text=said)], structured_content=json.loads(said), is_error=failed
    )
