"""The sign-in page: one answer and one duration, whoever is asked for."""

import secrets
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.context import Origin
from core.errors import NotSignedIn, TooManyRequests
from core.i18n import N_, translate
from server.house import House, house_of
from server.pages.entries import write_auth
from server.sessions import Visitor
from server.view.render import page
from server.visitors import (
    Browser,
    check_origin,
    cookie_name,
    device_cookie,
    device_of,
    locale_of,
    optional_visitor,
    origin_of,
)

routes = APIRouter(include_in_schema=False)
WRONG = N_("El usuario o la contraseña no son correctos.")


def inside(place: str) -> str:
    """`place` if it is a path of ours, else home: no redirect leads outside."""
    fits = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if fits and "\\" not in place else "/"


def set_cookie(response: Response, house: House, token: str) -> None:
    """Put the session's token into the browser, out of reach of scripts and other sites."""
    response.set_cookie(
        cookie_name(house),
        token,
        max_age=12 * 3600,
        path="/",
        secure=house.secure,
        httponly=True,
        samesite="strict",
    )


@routes.get("/sign-in")
async def show_sign_in(request: Request, next: str = "/") -> Response:
    """The form; whoever is signed in already goes on."""
    if await optional_visitor(request) is not None:
        return RedirectResponse(inside(next), 303)
    return _form(request, inside(next))


def _form(request: Request, place: str, error: str = "", username: str = "", status: int = 200) -> HTMLResponse:
    locale = locale_of(request)
    shown = page("sign_in.html", locale=locale, place=place, error=error, username=username)
    return HTMLResponse(shown, status)


@routes.post("/sign-in")
async def sign_in(
    request: Request,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1024)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Check the password; give a session, or the one message."""
    check_origin(request)
    house, origin, locale = house_of(request), origin_of(request, "web"), locale_of(request)
    try:
        visitor, token = await house.sessions.sign_in(username, password, origin)
    except TooManyRequests as error:
        shown = _form(request, inside(next), error.told(locale), username, 429)
        shown.headers["Retry-After"] = str(error.detail["retry_after"])
        return shown
    except NotSignedIn:
        await write_auth(house, "auth.failed", origin)
        return _form(request, inside(next), translate(WRONG, locale), username, 401)
    await write_auth(house, "auth.signed_in", _with_session(origin, visitor), visitor.actor)
    response = RedirectResponse(inside(next), 303)
    set_cookie(response, house, token)
    keep_device(response, house, device_of(request) or secrets.token_urlsafe(16))
    return response


def keep_device(response: Response, house: House, name: str) -> None:
    """Let the browser remember which device it is, so that records tell one from another."""
    response.set_cookie(
        device_cookie(house), name, max_age=365 * 86400, path="/", secure=house.secure, httponly=True, samesite="strict"
    )


def _with_session(origin: Origin, visitor: Visitor) -> Origin:
    return replace(origin, session_id=visitor.session_id)


@routes.post("/sign-out")
async def sign_out(request: Request, visitor: Browser) -> Response:
    """End the session here and at once."""
    house = house_of(request)
    await house.sessions.sign_out(visitor)
    await write_auth(house, "auth.signed_out", origin_of(request, "web", visitor.session_id), visitor.actor)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(house), path="/", secure=house.secure, httponly=True, samesite="strict")
    return response
