"""Dependencies of routes: who asks, from where, and whether a form came from our own page."""

import hashlib
import json
import re
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Annotated, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request

from core.context import Face, Origin
from core.errors import Denied, NotSignedIn
from core.i18n import N_, Locale
from core.identifiers import new_id
from server.house import House, house_of
from server.sessions import Visitor, same

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Asked(Protocol):
    """What of a request tells where it came from."""

    method: str


def cookie_name(house: House) -> str:
    """`__Host-sid` over https; browsers refuse that name on plain http."""
    return "__Host-sid" if house.secure else "sid"


def cookie_of(request: Request, house: House) -> str | None:
    """The session cookie; none at all if it was sent twice."""
    name = cookie_name(house)
    header = request.headers.get("cookie", "")
    if sum(part.strip().partition("=")[0] == name for part in header.split(";")) != 1:
        return None
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return found.value if found else None


def request_id(request: Request) -> UUID:
    """One id for all that this request does; made at its first use."""
    if not hasattr(request.state, "request_id"):
        request.state.request_id = new_id()
    found: UUID = request.state.request_id
    return found


def origin_of(request: Request, face: Face, session_id: UUID | None = None) -> Origin:
    """Where the request came from, for records and audit; never from a forwarded header."""
    agent = "".join(c for c in request.headers.get("user-agent", "")[:300] if c.isprintable())
    address = request.client.host if request.client else None
    return Origin(
        face,
        request_id(request),
        session_id,
        address,
        agent or None,
        geo_location=_place(request, address),
        device_fingerprint=_device(request, agent),
    )


def _device(request: Request, agent: str) -> str:
    """The same device, the same digest: of what it says of itself and of the cookie that we gave it."""
    said = (agent, request.headers.get("accept-language", "")[:200], device_of(request) or "")
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def device_of(request: Request) -> str | None:
    """The random name that we gave this browser when somebody signed in; it outlives sessions."""
    found = request.cookies.get(device_cookie(house_of(request)), "")
    return found if re.fullmatch(r"[A-Za-z0-9_-]{22}", found) else None


def device_cookie(house: House) -> str:
    """The name of the device's cookie; as `cookie_name`."""
    return "__Host-device" if house.secure else "device"


def _place(request: Request, address: str | None) -> str | None:
    """The country that one's own proxy tells, if the settings name its header; `local` for this machine."""
    header = house_of(request).installation.settings.geo_header
    told = request.headers.get(header, "").upper() if header else ""
    if re.fullmatch(r"[A-Z]{2}", told, re.ASCII):
        return told
    try:
        return "local" if address and ip_address(address).is_loopback else None
    except ValueError:
        return None


def locale_of(request: Request) -> Locale:
    """The language of somebody unknown: the browser's if it is English, else Spanish."""
    wanted = request.headers.get("accept-language", "")
    first = wanted.partition(",")[0].partition(";")[0].strip().lower()
    return "en" if first.startswith("en") else "es"


async def optional_visitor(request: Request) -> Visitor | None:
    """The browser's visitor, or None if nobody is signed in."""
    house = house_of(request)
    token = cookie_of(request, house)
    if token is None:
        return None
    try:
        visitor = await house.sessions.visitor(token)
    except NotSignedIn:
        return None
    request.state.renewed = visitor.renewed
    request.state.locale = visitor.actor.locale
    return visitor


async def browser(request: Request) -> Visitor:
    """The signed-in person of a page; for forms also proof that our page sent them.

    Raises:
        NotSignedIn: nobody is.
        Denied: the form's token or origin is not ours.
    """
    visitor = await optional_visitor(request)
    if visitor is None:
        raise NotSignedIn()
    if request.method not in SAFE:
        await _from_our_page(request, visitor)
    return visitor


async def _from_our_page(request: Request, visitor: Visitor) -> None:
    check_origin(request)
    given = request.headers.get("x-csrf-token")
    if given is None:
        given = str((await request.form()).get("csrf", ""))
    if not same(given, visitor.csrf):
        raise Denied(rule="csrf", reason=N_("la página ha caducado; vuelva a cargarla"))


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        Denied: `Origin` is there and is not ours.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return
    house = house_of(request)
    if origin == house.origin or urlsplit(origin).netloc == request.headers.get("host", "") != "":
        return
    raise Denied(rule="origin", reason=N_("la petición viene de otro sitio"))


async def caller(request: Request) -> Visitor:
    """Who calls an interface: by bearer token, or by our own pages with their cookie.

    Raises:
        NotSignedIn: neither is good.
    """
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind:
        if kind.lower() != "bearer" or not token:
            raise NotSignedIn()
        visitor = await house_of(request).sessions.bearer(token)
        request.state.locale = visitor.actor.locale
        return visitor
    return await browser(request)


Browser = Annotated[Visitor, Depends(browser)]
Caller = Annotated[Visitor, Depends(caller)]
