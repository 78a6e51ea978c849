"""The chat: threads, turns as frames, and the streams that carry them.

A turn belongs to the server: the page only reads. It opens with the frames that are stored,
then follows from the last one it has; a reload, a cut or a restart changes nothing of it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.context import Actor
from core.errors import Conflict, NotFound
from server import sse
from server.house import House, house_of
from server.pages.approvals import former_of
from server.pages.frame import POSITIONS, show, titles, tool_titles
from server.prompts import suggested
from server.sessions import Visitor
from server.threads import own_thread, thread_of, view_of, views
from server.view.render import partials, turn_html
from server.view.turn import Part, TurnView
from server.visitors import Browser, origin_of
from tools.approvals import ApprovalView

routes = APIRouter(prefix="/chat", include_in_schema=False)
Text = Annotated[str, Form(max_length=8000)]


def drawing(house: House, actor: Actor, known: Mapping[str, ApprovalView] = MappingProxyType({})) -> dict[str, object]:
    """What the template of a turn's part needs besides the part; `known` are decisions as they stand now."""
    return {
        "locale": actor.locale,
        "zone": actor.zone,
        "titles": titles(actor.locale),
        "positions": POSITIONS,
        "known": known,
        "names": house.names_of(actor),
        "tool_titles": tool_titles(house, actor.locale),
    }


async def approvals_of(house: House, actor: Actor, parts: Iterable[Part]) -> dict[str, ApprovalView]:
    """The decisions that `parts` speak of, as they stand now, by id."""
    asked = [part.data["id"] for part in parts if part.kind == "approval"]
    found: dict[str, ApprovalView] = {}
    for id in asked:
        try:
            found[id] = await asyncio.to_thread(house.installation.approvals.show, actor, UUID(id))
        except NotFound:
            continue
    return found


def parts_of(turns: Iterable[TurnView]) -> list[Part]:
    """All parts of some turns, in their order."""
    return [part for turn in turns for part in turn.parts.values()]


async def open_approval(house: House, actor: Actor, known: Mapping[str, ApprovalView]) -> ApprovalView | None:
    """The last decision of the thread: it stands in the side panel, or what replaced it does."""
    if not known:
        return None
    last = list(known.values())[-1]
    if last.superseded_by_id is not None:
        return await asyncio.to_thread(house.installation.approvals.show, actor, last.superseded_by_id)
    return last


@routes.get("")
async def show_new(request: Request, visitor: Browser) -> Response:
    """A conversation that has not begun, with suggestions."""
    house = house_of(request)
    latest = await house.turns.threads(visitor.actor, 30)
    prompts = await asyncio.to_thread(suggested, house.installation, visitor.actor)
    return await show(
        request,
        visitor,
        "chat.html",
        "chat",
        thread=None,
        threads=latest,
        views=[],
        prompts=prompts,
        item=None,
        former=None,
        known={},
    )


@routes.post("")
async def begin_thread(request: Request, visitor: Browser, text: Text = "") -> Response:
    """The first message of a new conversation."""
    thread_id, _ = await _begin(request, visitor, text, None)
    place = f"/chat/{thread_id}"
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)


async def _begin(request: Request, visitor: Visitor, text: str, thread_id: UUID | None) -> tuple[UUID, UUID]:
    house = house_of(request)
    origin = origin_of(request, "chat", visitor.session_id)
    turn_id = await house.turns.start(visitor.actor, origin, text, thread_id)
    return thread_id or await thread_of(house, visitor.actor, turn_id), turn_id


@routes.get("/{thread_id}")
async def show_thread(request: Request, visitor: Browser, thread_id: UUID) -> Response:
    """A conversation with all its turns, and the decision it waits for beside it."""
    house = house_of(request)
    thread = await own_thread(house, visitor.actor, thread_id)
    turns = await views(house, visitor.actor, thread_id)
    latest = await house.turns.threads(visitor.actor, 30)
    known = await approvals_of(house, visitor.actor, parts_of(turns))
    item = await open_approval(house, visitor.actor, known)
    former = await former_of(house, visitor, item) if item else None
    return await show(
        request,
        visitor,
        "chat.html",
        "chat",
        thread=thread,
        threads=latest,
        views=turns,
        prompts=[],
        item=item,
        former=former,
        in_panel=True,
        known=known,
    )


@routes.post("/{thread_id}")
async def send(request: Request, visitor: Browser, thread_id: UUID, text: Text = "") -> Response:
    """A further message: the new turn, which the page then follows."""
    _, turn_id = await _begin(request, visitor, text, thread_id)
    if not request.headers.get("hx-request"):
        return RedirectResponse(f"/chat/{thread_id}", 303)
    view = view_of(house_of(request), visitor.actor, turn_id, text.strip())
    return HTMLResponse(turn_html(view, **drawing(house_of(request), visitor.actor)))


@routes.get("/turns/{turn_id}/stream")
async def stream_turn(request: Request, visitor: Browser, turn_id: UUID, after: int = 0) -> Response:
    """The turn's changes from frame `after` on, as htmx partials; resumed by `Last-Event-ID`."""
    house = house_of(request)
    await thread_of(house, visitor.actor, turn_id)
    last = request.headers.get("last-event-id", "")
    start = int(last) if last.isdecimal() and len(last) < 10 else after
    view = view_of(house, visitor.actor, turn_id)

    async def messages() -> AsyncIterator[bytes]:
        async for frame in house.turns.follow(visitor.actor, turn_id):
            changes = view.apply(frame)
            if frame.seq <= start:
                continue
            known = await approvals_of(house, visitor.actor, [change.part for change in changes])
            html = partials(view, changes, drawing(house, visitor.actor, known))
            yield sse.message(html or "<!-- -->", id=str(frame.seq))
        yield sse.message("", event="closed")

    return sse.stream(messages())


@routes.post("/turns/{turn_id}/cancel")
async def cancel(request: Request, visitor: Browser, turn_id: UUID) -> Response:
    """Stop the turn; what arrived stays, and running tools end or roll back."""
    house = house_of(request)
    thread_id = await thread_of(house, visitor.actor, turn_id)
    try:
        await house.turns.cancel(visitor.actor, turn_id)
    except Conflict:
        if request.headers.get("hx-request"):
            return Response(status_code=204)  # it ended by itself meanwhile
        raise
    if request.headers.get("hx-request"):
        return Response(status_code=204)
    return RedirectResponse(f"/chat/{thread_id}", 303)
