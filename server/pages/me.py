"""The reader's own page: language, theme, personal access tokens, signing out."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.errors import BadArguments
from core.i18n import LOCALES, N_
from server.house import house_of
from server.pages.frame import show
from server.pages.sign_in import inside
from server.visitors import Browser

routes = APIRouter(prefix="/me", include_in_schema=False)
THEMES: Final = ("system", "light", "dark")


@routes.get("")
async def show_me(request: Request, visitor: Browser) -> Response:
    """Who I am here, and how I like the pages."""
    return await show(request, visitor, "me.html", "me", token=None)


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
    return await show(request, visitor, "me.html", "me", token=token)
