"""The home page: one prompt box, what waits for a decision, the last conversations."""

import asyncio
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.clock import utc_now
from server.house import house_of
from server.pages.approvals import queue_of
from server.pages.frame import show
from server.prompts import suggested
from server.view.decisions import grouped
from server.view.formats import format_date
from server.visitors import Browser

routes = APIRouter(include_in_schema=False)


@routes.get("/")
async def show_home(request: Request, visitor: Browser) -> Response:
    """My day."""
    house, actor = house_of(request), visitor.actor
    pending = await asyncio.to_thread(house.installation.approvals.list, actor, "pending")
    threads = await house.turns.threads(actor, 6)
    prompts = await asyncio.to_thread(suggested, house.installation, actor)
    tenant = await asyncio.to_thread(house.installation.people.tenant, actor)
    now = utc_now().astimezone(ZoneInfo(actor.zone))
    return await show(
        request,
        visitor,
        "home.html",
        "home",
        groups=grouped(queue_of(pending)[:5]),
        threads=threads,
        prompts=prompts,
        first_name=(actor.name or actor.user).partition(" ")[0],
        hour=now.hour,
        office=tenant.name,
        today=format_date(now.date()),
        fictional=tenant.fictional,
    )
