"""What every answer bears, and what no request may be: one plain ASGI layer around the app."""

import json
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 5 * 1024 * 1024
LONGEST_QUERY: Final = 8192
LARGEST_HEAD: Final = 32 * 1024
MOST_RANGES: Final = 5

CSP: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
ALWAYS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
IMMUTABLE: Final = "public, max-age=31536000, immutable"


class Hardened:
    """Security headers on every answer; bodies, queries and ranges within bounds."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Wrap `app`; `secure` says whether people come by https."""
        self.app, self.secure = app, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is out of bounds, else serve with headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = _out_of_bounds(scope, headers)
        if refused is not None:
            await _refuse(send, refused)
            return
        size = 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise HTTPException(413)
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, bounded, with_headers)

    def _dress(self, headers: MutableHeaders) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)  # a route may be stricter: a download shows nothing
        if self.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        headers.setdefault("Cache-Control", "no-store")


def _out_of_bounds(scope: Scope, headers: Headers) -> int | None:
    """The status that refuses the request, or None."""
    if len(scope.get("query_string", b"")) > LONGEST_QUERY or len(scope["path"]) > LONGEST_QUERY:
        return 414
    if sum(len(name) + len(value) for name, value in headers.raw) > LARGEST_HEAD:
        return 431
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(headers.getlist("content-length")) > 1 or len(headers.getlist("host")) > 1:
        return 400
    if int(length) > LARGEST_BODY:
        return 413
    if headers.get("range", "").count(",") >= MOST_RANGES:
        return 416
    return None


async def _refuse(send: Send, status: int) -> None:
    titles = {
        400: "Bad request",
        413: "Content too large",
        414: "URI too long",
        416: "Range not satisfiable",
        431: "Request header fields too large",
    }
    body = json.dumps({"type": "about:blank", "title": titles[status], "status": status}).encode()
    head = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    head += [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
