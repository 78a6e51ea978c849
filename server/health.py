"""For machines that watch: alive, ready, and figures for Prometheus."""

import asyncio
import time
from typing import Final

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.house import House, house_of

routes = APIRouter(include_in_schema=False)
READY_SECONDS: Final = 3.0


class Meter:
    """The figures of one app: requests by area and status, their duration, the tools loaded."""

    def __init__(self) -> None:
        """A registry of its own, so that two apps in one process don't mix."""
        self.registry = CollectorRegistry()
        self.requests = Counter("ait_requests", "Requests served", ["area", "status"], registry=self.registry)
        self.seconds = Histogram(
            "ait_request_seconds", "Time to the end of the answer", ["area"], registry=self.registry
        )
        self.tools = Gauge("ait_tools", "Tools in the catalogue", registry=self.registry)

    def seen(self, path: str, status: int, seconds: float) -> None:
        """Count one request under its first path segment."""
        first = path.strip("/").partition("/")[0]
        area = first if first in AREAS else ("home" if not first else "other")
        self.requests.labels(area, f"{status // 100}xx").inc()
        self.seconds.labels(area).observe(seconds)


AREAS: Final = frozenset(
    {
        "api",
        "v1",
        "mcp",
        "chat",
        "approvals",
        "audit",
        "tools",
        "search",
        "me",
        "live",
        "static",
        "sign-in",
    }
)


class Metered:
    """Measures every request; plain ASGI, so that streams are not held back."""

    def __init__(self, app: ASGIApp, *, meter: Meter) -> None:
        """Wrap `app`."""
        self.app, self.meter = app, meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, then count."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self.meter.seen(scope["path"], status, time.monotonic() - began)


@routes.get("/healthz")
async def alive() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"ok": True})


@routes.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """PostgreSQL and Valkey answer, and tools are loaded."""
    house = house_of(request)
    parts = {"database": await _database(house), "valkey": await _valkey(house)}
    parts["tools"] = len(house.installation.catalogue.tools) > 0
    return JSONResponse({"ok": all(parts.values()), "parts": parts}, 200 if all(parts.values()) else 503)


async def _database(house: House) -> bool:
    def ask() -> None:
        with house.installation.database.transaction(None) as session:
            session.connection().execute(text("SELECT 1"))

    try:
        await asyncio.wait_for(asyncio.to_thread(ask), READY_SECONDS)
    except (SQLAlchemyError, TimeoutError):
        return False
    return True


async def _valkey(house: House) -> bool:
    try:
        return bool(await asyncio.wait_for(house.sessions.throttle.valkey.ping(), READY_SECONDS))
    except (RedisError, TimeoutError, OSError):
        return False


@routes.get("/metrics")
async def metrics(request: Request) -> Response:
    """Figures in Prometheus's text form; they hold no personal data."""
    meter: Meter = request.app.state.meter
    meter.tools.set(len(house_of(request).installation.catalogue.tools))
    return Response(generate_latest(meter.registry), media_type=CONTENT_TYPE_LATEST)
