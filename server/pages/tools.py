"""The catalogue as pages: every tool the person may use, and its form made of its schema."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from core.context import Origin
from core.errors import AitError, ApprovalRequired, BadArguments
from server.house import House, house_of
from server.pages.frame import show
from server.sessions import Visitor
from server.view.forms import form_of, read_form
from server.visitors import Browser, origin_of
from tools.adapters.rest import path_of
from tools.gate import Call, Outcome
from tools.tool import Tool

routes = APIRouter(include_in_schema=False)


def permitted(house: House, visitor: Visitor) -> list[Tool]:
    """The tools that this person's roles permit at all."""
    policy = house.installation.policy
    return [t for t in house.installation.catalogue.tools.values() if policy.permits(visitor.actor, t.permission)]


@routes.get("/tools")
async def show_tools(request: Request, visitor: Browser, q: str = "") -> Response:
    """The catalogue, by module; or what answers the words sought."""
    house = house_of(request)
    mine = permitted(house, visitor)
    if q.strip():
        ranked = await asyncio.to_thread(house.installation.catalogue.search, q[:200], mine, 20)
        mine = [tool for tool, _ in ranked]
    groups: dict[str, list[Tool]] = {}
    for tool in mine:
        groups.setdefault(tool.module, []).append(tool)
    found = house.installation.modules.found
    summaries = {id: said.summary if (said := found[id].manifest) else id for id in groups}
    return await show(request, visitor, "tools.html", "tools", groups=groups, summaries=summaries, q=q)


@routes.get("/tools/{name}")
async def show_tool(request: Request, visitor: Browser, name: str) -> Response:
    """One tool: what it does, and its form."""
    house = house_of(request)
    tool = house.installation.catalogue.get(name)
    given = {key: value for key, value in request.query_params.items() if key in tool.arguments.model_fields}
    return await _form(request, visitor, tool, given)


async def _form(
    request: Request,
    visitor: Visitor,
    tool: Tool,
    values: dict[str, Any],
    *,
    error: AitError | None = None,
    outcome: Outcome | None = None,
    dry: bool = False,
) -> HTMLResponse:
    locale = visitor.actor.locale
    told = error.told(locale) if error else ""
    at_fault = str(error.detail.get("field", "")) if isinstance(error, BadArguments) else ""
    fields = form_of(tool.schema, values, locale, error=(at_fault, told))
    shown = await show(
        request,
        visitor,
        "tool.html",
        "tools",
        tool=tool,
        fields=fields,
        problem=told,
        outcome=outcome,
        dry=dry,
        path=path_of(tool),
        told=_told(outcome, visitor),
    )
    shown.status_code = error.status if error else 200
    return shown


def _told(outcome: Outcome | None, visitor: Visitor) -> str:
    tell = getattr(outcome.value, "told", None) if outcome else None
    return tell(visitor.actor.locale) if callable(tell) else ""


@routes.post("/tools/{name}")
async def call_tool(request: Request, visitor: Browser, name: str) -> Response:
    """Call it, or show what it would do; a decision that is needed is linked."""
    house = house_of(request)
    tool = house.installation.catalogue.get(name)
    form = {key: str(value) for key, value in (await request.form()).items()}
    dry = form.get("do") == "preview"
    values: dict[str, Any] = form
    try:
        values = read_form(tool.schema, form)
        call = Call(tool.name, values, visitor.actor, origin_of(request, "web", visitor.session_id), dry_run=dry)
        outcome = await asyncio.to_thread(house.installation.gate.call, call)
    except ApprovalRequired as held:
        from_here = f"/approvals/{held.detail['approval_id']}"
        return Response(status_code=303, headers={"Location": from_here})
    except AitError as error:
        return await _form(request, visitor, tool, values, error=error)
    return await _form(request, visitor, tool, values, outcome=outcome, dry=dry)


@routes.get("/search")
async def search(request: Request, visitor: Browser, q: str = "") -> Response:
    """One box for all: records named in the words, tools that answer them, one's threads."""
    house = house_of(request)
    text, origin = q.strip()[:200], origin_of(request, "web", visitor.session_id)
    mentions = await asyncio.to_thread(mentioned, house, visitor, text, origin) if text else []
    mine = permitted(house, visitor)
    ranked = await asyncio.to_thread(house.installation.catalogue.search, text, mine, 8) if text else []
    return await show(
        request,
        visitor,
        "search.html",
        "search",
        q=q,
        mentions=mentions,
        found=[tool for tool, _ in ranked],
    )


def mentioned(house: House, visitor: Visitor, text: str, origin: Origin) -> list[dict[str, Any]]:
    """Records that the words name, by every tool that recognises records in a text."""
    found: list[dict[str, Any]] = []
    for tool in permitted(house, visitor):
        if not tool.name.endswith("_find_mentions"):
            continue
        try:
            call = Call(tool.name, {"text": text}, visitor.actor, origin)
            outcome = house.installation.gate.call(call)
        except AitError:
            continue  # a source that refuses gives nothing; the others still do
        found += outcome.json["mentions"]
    return found
