"""The audit pages: what happened, newest first, one entry in full, and whether the log is whole."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.audit.search import Found, Wanted
from core.context import Actor
from core.errors import NotFound
from core.i18n import N_
from server.house import House, house_of
from server.pages.frame import show
from server.view.diff import diff_of
from server.visitors import Browser

routes = APIRouter(prefix="/audit", include_in_schema=False)
PAGE = 50


def require_reader(house: House, actor: Actor) -> None:
    """Let through only those who may read the audit; for others there is nothing here.

    Raises:
        NotFound: the person lacks the permission; existence is not told.
    """
    if not house.installation.policy.permits(actor, "audit:read"):
        raise NotFound(what=N_("la página"), ref="/audit")


def wanted_of(request: Request, operator: UUID | None = None) -> Wanted:
    """The search that the address asks for."""
    asked = request.query_params
    older = asked.get("older", "")
    return Wanted(
        operator=operator,
        tool=asked.get("tool") or None,
        kind=asked.get("kind") or None,
        verdict=asked.get("verdict") or None,
        record=asked.get("record") or None,
        older_than=_id(older) if older else None,
        limit=PAGE,
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(what=N_("la entrada"), ref=text[:40]) from error


@routes.get("")
async def show_log(request: Request, visitor: Browser) -> Response:
    """Entries that fit the search; those without the audit's permission see their own."""
    house, actor = house_of(request), visitor.actor
    own = not house.installation.policy.permits(actor, "audit:read")
    wanted = wanted_of(request, actor.user_id if own else None)
    found = await asyncio.to_thread(house.installation.audit.search, actor, wanted)
    people = await asyncio.to_thread(names, house, actor)
    return await show(
        request,
        visitor,
        "audit.html",
        "audit",
        entries=[line(entry, people) for entry in found],
        own=own,
        wanted=wanted,
        older=found[-1].id if len(found) == PAGE else None,
    )


def names(house: House, actor: Actor) -> dict[UUID, str]:
    """What the tenant's people are called, by id."""
    return {user.id: user.name or user.username for user in house.installation.people.users(actor)}


def line(entry: Found, people: dict[UUID, str]) -> dict[str, Any]:
    """One entry as a row of the list."""
    said = entry.said
    who = said.get("actor") or {}
    operator = who.get("operator")
    name = people.get(UUID(operator), operator) if operator else None
    return {
        "id": entry.id,
        "at": said["at"],
        "kind": said["kind"],
        "tool": said.get("tool", ""),
        "who": name,
        "agent": who.get("agent"),
        "face": who.get("face"),
        "verdict": (said.get("decision") or {}).get("verdict", ""),
        "number": entry.tenant_seq,
        "rows": len(said.get("effect") or []),
    }


@routes.get("/{entry_id}")
async def show_entry(request: Request, visitor: Browser, entry_id: UUID) -> Response:
    """One entry: what, who, under which rule, and its proof."""
    house, actor = house_of(request), visitor.actor
    entry = await asyncio.to_thread(house.installation.audit.show, actor, entry_id)
    operator = (entry.said.get("actor") or {}).get("operator")
    if operator != str(actor.user_id):
        require_reader(house, actor)
    people = await asyncio.to_thread(names, house, actor)
    rows = [
        {**row, "before": row.get("before") or {}, "after": row.get("after") or {}}
        for row in entry.said.get("effect") or []
    ]
    return await show(
        request,
        visitor,
        "entry.html",
        "audit",
        entry=entry,
        row=line(entry, people),
        said=entry.said,
        diff=diff_of(rows, actor.locale),
    )
