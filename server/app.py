"""The web server's app: all doors of an installation, assembled; `ait serve` runs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphs.turns import Turns
from modules.installation import Installation
from server import api, health, openai_api, problems, records
from server.headers import IMMUTABLE, Hardened
from server.house import House
from server.mcp_face import McpFace
from server.pages import approvals, audit, chat, documents, home, issued, live, me, sign_in, step_up
from server.pages import tools as tool_pages
from server.pages.frame import ChainWatch
from server.pages.sign_in import set_cookie
from server.sessions import Sessions
from server.throttle import Throttle
from server.tokens import Tokens
from server.view.render import STATIC
from server.watch import Watch
from tools.adapters import rest

PAGES: Final = (sign_in, step_up, home, chat, approvals, live, audit, documents, issued, me, tool_pages)


def create_app(installation: Installation, turns: Turns) -> FastAPI:
    """The app over an opened installation; its lifespan opens and closes `turns`, the caller the rest."""
    valkey = Redis.from_url(installation.valkey_url)
    tokens = Tokens(installation.keys.tokens, installation.keys.origin)
    sessions = Sessions(installation.people, tokens, Throttle(valkey))
    house = House(installation, turns, sessions, Watch(installation.database))
    mcp = McpFace(house)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await turns.open(watch=True)
        async with mcp.manager.run():
            yield
        await turns.close()
        await house.watch.close()
        await valkey.aclose()

    app = FastAPI(
        title="AIT-CORE Soriano",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.house, app.state.chain, app.state.meter = house, ChainWatch(), health.Meter()
    problems.install(app)
    for page in PAGES:
        app.include_router(page.routes)
    for routes in (api.docs, api.routes, records.routes, openai_api.routes, health.routes):
        app.include_router(routes)
    app.include_router(rest.router(lambda: installation.catalogue, installation.gate, api.who, house.url))
    app.router.routes.append(Route("/mcp", mcp, methods=None))
    app.router.routes.append(Mount("/static", Frozen(StaticFiles(directory=STATIC))))
    app.add_middleware(Renewing, house=house)
    app.add_middleware(health.Metered, meter=app.state.meter)
    app.add_middleware(Hardened, secure=house.secure)
    return app


class Renewing:
    """Puts a renewed token into the cookie of whatever answer the visitor gets next."""

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        """Wrap `app`."""
        self.app, self.house = app, house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; the routes leave the new token in the request's state."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def renewed(message: Message) -> None:
            token = state.get("renewed")
            if message["type"] == "http.response.start" and token is not None:
                bearer = Response()
                set_cookie(bearer, self.house, token)
                cookie = (b"set-cookie", bearer.headers["set-cookie"].encode())
                message["headers"] = [*message["headers"], cookie]
            await send(message)

        await self.app(scope, receive, renewed)


class Frozen:
    """Static files whose address names their content: kept for a year by browsers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the file server."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and let what was asked for with its digest be kept."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                lasting = IMMUTABLE if scope.get("query_string", b"").startswith(b"v=") else "public, max-age=3600"
                message["headers"] = [*message["headers"], (b"cache-control", lasting.encode())]
            await send(message)

        await self.app(scope, receive, marked)
