"""Errors on the wire: problem+json for interfaces, a page or a fragment for people.

A message says what happened, what was not changed and what to do next; never a trace. What
nobody foresaw is logged with its reference, which is all that the caller is told of it.
"""

from typing import Any, Final
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from core.errors import AitError, BadArguments, NotFound, NotSignedIn, StepUpRequired, TooManyRequests
from core.i18n import N_, Locale
from server.view.render import page
from server.visitors import locale_of, request_id
from tools.adapters.rest import MEDIA, problem_of

INTERFACES: Final = ("/api/", "/v1/", "/mcp", "/healthz", "/readyz", "/metrics")


class Unforeseen(AitError):
    """Something broke that nobody foresaw; the log has it under the reference."""

    code, status = "ait.unforeseen", 500
    text = N_("Ha fallado algo que no esperábamos. No se ha cambiado nada. Referencia: {reference}")


class NoSuchPage(NotFound):
    """There is nothing at this address."""

    code = "ait.no_such_page"
    text = N_("No hay nada en esta dirección.")


class NotAllowedHere(AitError):
    """The request's form is not one that this address takes."""

    code, status = "ait.refused", 400
    text = N_("La petición no tiene la forma que esta dirección admite.")


def is_interface(request: Request) -> bool:
    """Whether the address belongs to programs rather than to people."""
    return request.url.path.startswith(INTERFACES)


def language(request: Request) -> Locale:
    """The caller's language: the account's, else the browser's."""
    found: Locale | None = getattr(request.state, "locale", None)
    return found or locale_of(request)


def answer(request: Request, error: AitError) -> Response:
    """The error in the form that this caller reads."""
    locale = language(request)
    if request.url.path.startswith("/v1/"):
        return _openai(error, locale)
    if is_interface(request):
        body = problem_of(error, locale, str(request_id(request)))
        return JSONResponse(body, error.status, _headers(error), media_type=MEDIA)
    if isinstance(error, NotSignedIn):
        return _to_sign_in(request)
    if isinstance(error, StepUpRequired):
        return _to_step_up(request)
    told = error.told(locale)
    if request.headers.get("hx-request"):
        fragment = page("problem.html", locale=locale, told=told, reference=request_id(request))
        place = {"HX-Retarget": "#problem", "HX-Reswap": "innerHTML"}
        return HTMLResponse(fragment, error.status, _headers(error) | place)
    return HTMLResponse(
        page("error.html", locale=locale, told=told, reference=request_id(request), status=error.status),
        error.status,
        _headers(error),
    )


def _headers(error: AitError) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.detail.get("retry_after", 1))}
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, StepUpRequired):
        asked = f'error="insufficient_user_authentication", max_age={error.detail["seconds"]}'
        return {"WWW-Authenticate": f"Bearer {asked}"}
    return {}


def _to_sign_in(request: Request) -> Response:
    path = request.url.path if request.method == "GET" else "/"
    place = f"/sign-in?next={quote(path)}"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)


def _to_step_up(request: Request) -> Response:
    """To where one shows once more who one is, and back to the page whose form asked for it."""
    back = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer", "")).path or "/"
    place = f"/step-up?next={quote(back)}"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)


def _openai(error: AitError, locale: Locale) -> Response:
    kind = "authentication_error" if error.status == 401 else "invalid_request_error"
    body: dict[str, Any] = {"message": error.told(locale), "type": kind, "code": error.code, "param": None}
    return JSONResponse({"error": body}, error.status, _headers(error))


def install(app: FastAPI) -> None:
    """Make `app` answer every error by these rules."""

    @app.exception_handler(AitError)
    async def known(request: Request, error: AitError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["loc"][0] == "path":
            return answer(request, NoSuchPage())
        field = ".".join(str(part) for part in first["loc"][1:]) or "(cuerpo)"
        return answer(request, BadArguments(field=field, problem=N_("no es válido")))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        found: AitError = NoSuchPage() if error.status_code == 404 else NotAllowedHere()
        shown = answer(request, found)
        shown.status_code = error.status_code
        return shown

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        reference = str(request_id(request))
        structlog.get_logger().error("request.failed", reference=reference, path=request.url.path, exc_info=error)
        return answer(request, Unforeseen(reference=reference))
