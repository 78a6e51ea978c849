"""The MCP endpoint: one Starlette app under `/mcp`, behind the same bearer tokens as REST."""

from contextvars import ContextVar
from typing import Final

from fastapi import Request
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from core.context import Actor, Origin
from core.errors import AitError, NotSignedIn
from server.house import House
from server.problems import answer
from server.visitors import check_origin, origin_of
from tools.adapters.mcp import server_of

VERSION: Final = "0.1.0"
LARGEST: Final = 5 * 1024 * 1024
_asking: ContextVar[tuple[Actor, Origin] | None] = ContextVar("mcp_asking", default=None)


def _who() -> tuple[Actor, Origin]:
    found = _asking.get()
    if found is None:
        raise NotSignedIn()
    return found


class McpFace:
    """ASGI endpoint: authenticates each request, then lets the protocol speak."""

    def __init__(self, house: House) -> None:
        """The protocol's server over the house's catalogue and gate; `manager` runs in the lifespan."""
        installation = house.installation
        server = server_of(
            lambda: installation.catalogue, installation.gate, _who, installation.policy.permits, house.url, VERSION
        )
        self.house = house
        self.manager = StreamableHTTPSessionManager(
            server,
            json_response=True,
            stateless=True,
            max_request_body_size=LARGEST,
            # Browsers are kept out by our own Origin check and by the bearer token.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of a client with a good token."""
        request = Request(scope, receive)
        try:
            asking = await self._asking(request)
        except AitError as error:
            await answer(request, error)(scope, receive, send)
            return
        token = _asking.set(asking)
        try:
            await self.manager.handle_request(scope, receive, send)
        finally:
            _asking.reset(token)

    async def _asking(self, request: Request) -> tuple[Actor, Origin]:
        check_origin(request)
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise NotSignedIn()
        visitor = await self.house.sessions.bearer(token)
        request.state.locale = visitor.actor.locale
        return visitor.actor, origin_of(request, "mcp")
