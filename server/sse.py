"""Server-sent events: text on the wire, with a ping every fifteen seconds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

PING_SECONDS: Final = 15.0
PING: Final = b": ping\n\n"
HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def message(data: str, *, id: str | None = None, event: str | None = None) -> bytes:
    """One event; without `event` it is what htmx swaps into the page."""
    return format_sse_event(data_str=data, id=id, event=event)


async def with_pings(source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`source`, with a comment whenever it has been silent for a while."""
    pending: asyncio.Future[bytes] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({pending}, timeout=PING_SECONDS)
            if not done:
                yield PING
                continue
            try:
                item = pending.result()
            except StopAsyncIteration:
                return
            pending = None
            yield item
    finally:
        if pending is not None:
            pending.cancel()


def stream(source: AsyncIterator[bytes]) -> StreamingResponse:
    """A response that streams `source` until it ends or the reader leaves."""
    return StreamingResponse(with_pings(source), media_type="text/event-stream", headers=HEADERS)
