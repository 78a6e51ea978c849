"""The reader's own page: language, theme, personal access tokens, signing out."""

import asyncio
from datetime import date, datetime, time
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.errors import BadArguments
from core.i18n import LOCALES, N_
from server.house import house_of
from server.pages.frame import show
from server.pages.sign_in import inside
from server.sessions import Visitor
from server.visitors import Browser, origin_of

routes = APIRouter(prefix="/me", include_in_schema=False)
THEMES: Final = ("system", "light", "dark")


@routes.get("")
async def show_me(request: Request, visitor: Browser) -> Response:
    """Who I am here, and how I like the pages."""
    return await _me(request, visitor)


async def _me(request: Request, visitor: Visitor, **values: Any) -> HTMLResponse:
    house = house_of(request)
    loans = await asyncio.to_thread(house.installation.delegations.list, visitor.actor)
    people = [name for name in house.names_of(visitor.actor) if name != visitor.actor.user]
    return await show(request, visitor, "me.html", "me", **{"token": None, "loans": loans, "people": people} | values)


@routes.post("/loans")
async def lend(
    request: Request,
    visitor: Browser,
    to: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=80)] = "",
    until: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Lend one of my roles until the end of a day."""
    try:
        last = datetime.combine(date.fromisoformat(until), time(23, 59), ZoneInfo(visitor.actor.zone))
    except ValueError as error:
        raise BadArguments(field="until", problem=N_("debe ser una fecha, como 2026-12-01")) from error
    delegations, origin = house_of(request).installation.delegations, origin_of(request, "web", visitor.session_id)
    await asyncio.to_thread(delegations.lend, visitor.actor, to.strip().lower(), role, last, reason, origin)
    return RedirectResponse("/me#loans", 303)


@routes.post("/loans/{id}/revoke")
async def revoke(request: Request, visitor: Browser, id: UUID) -> Response:
    """End a loan now."""
    delegations, origin = house_of(request).installation.delegations, origin_of(request, "web", visitor.session_id)
    await asyncio.to_thread(delegations.revoke, visitor.actor, id, origin)
    return RedirectResponse("/me#loans", 303)


@routes.post("")
async def keep(
    request: Request, visitor: Browser, locale: Annotated[str, Form()] = "es", theme: Annotated[str, Form()] = "system"
) -> Response:
    """Keep language and theme."""
    if locale not in LOCALES or theme not in THEMES:
        raise BadArguments(field="theme", problem=N_("no es válido"))
    await house_of(request).sessions.prefer(visitor, locale=locale, theme=theme)
    return RedirectResponse("/me", 303)


@routes.post("/theme")
async def keep_theme(
    request: Request, visitor: Browser, theme: Annotated[str, Form()] = "system", back: Annotated[str, Form()] = "/"
) -> Response:
    """Keep the theme alone; the button in the bar."""
    if theme not in THEMES:
        raise BadArguments(field="theme", problem=N_("no es válido"))
    await house_of(request).sessions.prefer(visitor, theme=theme)
    return RedirectResponse(inside(back), 303)


@routes.post("/tokens")
async def make_token(
    request: Request, visitor: Browser, label: Annotated[str, Form(max_length=80)] = ""
) -> HTMLResponse:
    """A personal token for REST, MCP and OpenAI clients; shown this once."""
    if not label.strip():
        raise BadArguments(field="label", problem=N_("falta; es obligatorio"))
    people = house_of(request).installation.people
    token = await asyncio.to_thread(people.add_token, visitor.actor, visitor.actor.user, label.strip())
    return await _me(request, visitor, token=token)
