"""Showing once more who one is (*reautenticación*), for what the sign-in is too old for.

The small form stands in the decision that asked for it, with the hash and the comment as
they were; once the factor is right the decision goes through by itself.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from core.context import Origin
from core.errors import NotSignedIn, TooManyRequests
from core.i18n import N_, translate
from server.house import house_of
from server.pages.approvals import Comment, Hash, asked_to_show, grant
from server.pages.entries import write_auth
from server.pages.frame import show
from server.pages.sign_in import inside
from server.sessions import Visitor
from server.visitors import Browser, origin_of

routes = APIRouter(prefix="/step-up", include_in_schema=False)
WRONG = N_("La contraseña no es correcta.")


@routes.get("")
async def show_step_up(request: Request, visitor: Browser, next: str = "/") -> Response:
    """The form by itself, for acts that are no decision."""
    return await show(request, visitor, "step_up_page.html", "me", place=inside(next), wrong="")


@routes.post("")
async def step_up(
    request: Request,
    visitor: Browser,
    password: Annotated[str, Form(max_length=1024)] = "",
    approval: Annotated[UUID | None, Form()] = None,
    preview_hash: Hash = "",
    comment: Comment = "",
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Check the factor, begin the session anew, and let the decision that waited for it go through."""
    house, origin = house_of(request), origin_of(request, "web", visitor.session_id)
    try:
        fresh, token = await house.sessions.step_up(visitor, password, origin)
    except (NotSignedIn, TooManyRequests) as error:
        locale = visitor.actor.locale
        told = error.told(locale) if isinstance(error, TooManyRequests) else translate(WRONG, locale)
        await write_auth(house, "auth.failed", origin, visitor.actor)
        return await _again(request, visitor, approval, preview_hash, comment, inside(next), told)
    request.state.renewed = token
    await write_auth(house, "auth.stepped_up", _of(origin, fresh), fresh.actor)
    if approval is None:
        return RedirectResponse(inside(next), 303)
    return await grant(request, fresh, approval, preview_hash, comment)


async def _again(
    request: Request, visitor: Visitor, approval: UUID | None, hash: str, comment: str, place: str, told: str
) -> Response:
    if approval is not None:
        return await asked_to_show(request, visitor, approval, hash, comment, told)
    shown = await show(request, visitor, "step_up_page.html", "me", place=place, wrong=told)
    shown.status_code = 401
    return shown


def _of(origin: Origin, visitor: Visitor) -> Origin:
    return Origin(origin.face, origin.request_id, visitor.session_id, origin.ip_address, origin.user_agent)
