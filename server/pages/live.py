"""What a page is told while it stands open: decisions of others, new turns, counters.

One stream a tab. It says nothing by itself for minutes; a change in the tenant makes it
draw again what this page shows.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.errors import AitError
from server import sse
from server.house import House, house_of
from server.pages.approvals import counters_html, former_of, queue_of
from server.pages.chat import approvals_of, drawing, open_approval, parts_of
from server.pages.frame import shared
from server.sessions import Visitor
from server.threads import views
from server.view.decisions import grouped
from server.view.render import page, part_html, turn_html
from server.view.turn import TurnView
from server.visitors import Browser
from tools.approvals import ApprovalView

routes = APIRouter(include_in_schema=False)
CHECK_SECONDS = 20.0


@routes.get("/live")
async def live(
    request: Request,
    visitor: Browser,
    area: str = "",
    state: str = "pending",
    thread: UUID | None = None,
    approval: UUID | None = None,
) -> Response:
    """Changes for the page that shows `area`: its queue, its decision, its thread."""
    house = house_of(request)
    base = shared(request, visitor, area, 0) | {"csrf": visitor.csrf}
    page_of = Page(house, visitor, base, area, state, thread, approval)

    async def messages() -> AsyncIterator[bytes]:
        async for changed in house.watch.changes(visitor.actor.tenant_id, CHECK_SECONDS):
            if changed:
                html = await page_of.changes()
                if html:
                    yield sse.message(html)
            elif await house.sessions.alive(visitor):
                yield sse.PING
            else:
                return

    return sse.stream(messages())


class Page:
    """What one open page shows, and what of it has changed since it was drawn."""

    def __init__(
        self,
        house: House,
        visitor: Visitor,
        base: dict[str, object],
        area: str,
        state: str,
        thread: UUID | None,
        approval: UUID | None,
    ) -> None:
        """Remember what the page shows; the first change draws all of it."""
        self.house, self.visitor, self.base = house, visitor, base
        self.area, self.state, self.thread, self.approval = area, state, thread, approval
        self.turns: set[str] | None = None
        self.shown: dict[str, str] = {}

    async def changes(self) -> str:
        """The partials that bring the page up to date; "" if nothing that it shows changed."""
        parts = [("counters", await counters_html(self.house, self.visitor))]
        if self.area in ("home", "approvals") and self.approval is None:
            parts.append(("queue", await self._queue()))
        if self.approval is not None:
            parts.append(("decision", await self._decision(self.approval)))
        if self.thread is not None:
            parts += await self._thread(self.thread)
        fresh = "".join(html for key, html in parts if self.shown.get(key) != html)
        self.shown |= dict(parts)
        return fresh

    async def _queue(self) -> str:
        wanted = None if self.state == "all" else "pending"
        found = await asyncio.to_thread(self.house.installation.approvals.list, self.visitor.actor, wanted)
        shown = queue_of(found)[:5] if self.area == "home" else queue_of(found)
        body = page("queue.html", **self.base, groups=grouped(shown), bulk=self.area == "approvals")
        return f'<hx-partial hx-target="#queue" hx-swap="innerMorph">{body}</hx-partial>'

    async def _decision(self, id: UUID) -> str:
        try:
            item = await asyncio.to_thread(self.house.installation.approvals.show, self.visitor.actor, id)
        except AitError:
            return ""
        return await self._decided(item, in_panel=False)

    async def _decided(self, item: ApprovalView, *, in_panel: bool) -> str:
        """The decision, unless it is still being considered: what someone types stays."""
        if item.state == "pending" and not item.messages and not item.grants:
            return ""
        former = await former_of(self.house, self.visitor, item)
        body = page("decision.html", **self.base, item=item, former=former, in_panel=in_panel)
        return f'<hx-partial hx-target="#decision-{item.id}" hx-swap="outerMorph">{body}</hx-partial>'

    async def _thread(self, thread_id: UUID) -> list[tuple[str, str]]:
        turns = await views(self.house, self.visitor.actor, thread_id)
        known, self.turns = self.turns, {view.turn for view in turns}
        cards = parts_of(turns)
        approvals = await approvals_of(self.house, self.visitor.actor, cards)
        item = await open_approval(self.house, self.visitor.actor, approvals)
        drawn = drawing(self.house, self.visitor.actor, approvals)
        fresh = [view for view in turns if known is not None and view.turn not in known]
        parts = [("new", "".join(self._turn(view, drawn) for view in fresh))]
        for part in cards:
            if part.kind == "approval":
                body = part_html(part, **drawn)
                place = f'<hx-partial hx-target="#{part.key}" hx-swap="outerMorph">'
                parts.append((part.key, f"{place}{body}</hx-partial>"))
        if item is not None:
            parts.append(("panel", await self._panel(item)))
        return parts

    def _turn(self, view: TurnView, drawn: dict[str, object]) -> str:
        """A turn that began elsewhere, at the end; the page itself drops one that it has already."""
        body = turn_html(view, **drawn)
        return f'<hx-partial hx-target="#turns:not(:has(#turn-{view.turn}))" hx-swap="beforeend">{body}</hx-partial>'

    async def _panel(self, item: ApprovalView) -> str:
        former = await former_of(self.house, self.visitor, item)
        body = page("decision.html", **self.base, item=item, former=former, in_panel=True)
        return f'<hx-partial hx-target="#panel" hx-swap="innerMorph">{body}</hx-partial>'
