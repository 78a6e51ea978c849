"""Records over time, beside the tools: a record's versions, and how it stood on a date."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from core.context import Actor
from core.errors import BadArguments
from core.history import History, instant_of, record_types, table_named, versions
from core.i18n import N_
from modules.installation import Installation
from server.house import house_of
from server.visitors import Caller
from tools.risk import Risk

routes = APIRouter(prefix="/api/v1/records", include_in_schema=False)
AUDITOR = "audit:read"
READING = ":read"


def require_reader(installation: Installation, actor: Actor, table: str) -> None:
    """Go on only if the actor reads the whole log, or all that the table's module lets be read.

    Raises:
        UnknownTable, Ambiguous: there is no such table, or several.
        Denied: the actor does neither.
    """
    kind, policy = record_types()[table_named(table)], installation.policy
    tools = [tool for found in installation.modules.found.values() if kind in found.records for tool in found.tools]
    needed = {
        tool.permission for tool in tools if tool.risk is Risk.READ_SENSITIVE or tool.permission.endswith(READING)
    }
    if not needed or not all(policy.permits(actor, permission) for permission in needed):
        policy.require(actor, AUDITOR)


def history_of(installation: Installation, actor: Actor, table: str, id: UUID, at: str | None) -> dict[str, Any]:
    """The record's versions, or with `at` the one that held then, as JSON.

    Raises:
        Denied: the actor may not read it.
        BadArguments: `at` is neither a date nor an instant.
        NotFound: there is no such table or record, or it did not exist then.
    """
    require_reader(installation, actor, table)
    instant = None if at is None else instant_of(at, actor)
    found = versions(installation.audit, actor, table, id)
    if instant is None:
        return _said(found) | {"versions": [version.to_json() for version in found.versions]}
    return _said(found) | {"at": instant.isoformat(), "version": found.as_of(instant).to_json()}


def _said(found: History) -> dict[str, Any]:
    return {"table": found.table, "id": str(found.id), "complete": found.complete}


@routes.get("/{table}/{id}/history")
async def show_history(request: Request, visitor: Caller, table: str, id: str, at: str | None = None) -> Response:
    """Every version of a record, oldest first; with `at` the one that held at that date or instant."""
    try:
        record = UUID(id)
    except ValueError as error:
        raise BadArguments(field="id", problem=N_("debe ser un identificador de registro")) from error
    installation = house_of(request).installation
    return JSONResponse(await asyncio.to_thread(history_of, installation, visitor.actor, table, record, at))
