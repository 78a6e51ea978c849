"""The frame around every page: navigation, counters, the audit pill, the reader's settings."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from fastapi import Request
from starlette.responses import HTMLResponse

from agents.roster import ROSTER
from core.errors import AitError
from core.i18n import N_, Locale, translate
from server.house import House, house_of
from server.sessions import Visitor
from server.view.labels import in_order, own_labels
from server.view.render import page
from server.view.tables import order_of
from tools.approvals import ApprovalView

CHAIN_SECONDS: Final = 60.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Link:
    """An area of the application, as the navigation shows it."""

    area: str
    href: str
    icon: str
    label: str


HOME: Final = Link("home", "/", "house", N_("Inicio"))
CHAT: Final = Link("chat", "/chat", "message-square", N_("Chat"))
APPROVALS: Final = Link("approvals", "/approvals", "clipboard-check", N_("Decisiones"))
TOOLS: Final = Link("tools", "/tools", "wrench", N_("Herramientas"))
AUDIT: Final = Link("audit", "/audit", "shield-check", N_("Auditoría"))
ME: Final = Link("me", "/me", "user", N_("Perfil"))
NAVIGATION: Final = (
    (N_("Trabajo"), (HOME, CHAT, APPROVALS)),
    (N_("Negocio"), (TOOLS,)),
    (N_("Gobierno"), (AUDIT, ME)),
)
BOTTOM: Final = (HOME, CHAT, APPROVALS, TOOLS, ME)

POSITIONS: Final = {
    "support": N_("a favor"),
    "oppose": N_("en contra"),
    "conditional": N_("con condiciones"),
    "abstain": N_("se abstiene"),
}


@dataclass(frozen=True)
class Chain:
    """What the last check of the audit log said: whether it is whole, and its length."""

    ok: bool
    count: int


class ChainWatch:
    """The audit pill: verified in the background at most once a minute, never while one waits."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.last: Chain | None = None
        self.at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def look(self, house: House) -> Chain | None:
        """The last verdict; starts a new check if that one is old."""
        idle = self._task is None or self._task.done()
        if idle and time.monotonic() - self.at > CHAIN_SECONDS:
            self.at = time.monotonic()
            self._task = asyncio.create_task(self._check(house))
        return self.last

    async def _check(self, house: House) -> None:
        try:
            found = await asyncio.to_thread(house.installation.audit.verify)
        except AitError as error:
            log.warning("audit.not_verified", error=str(error))
            return
        self.last = Chain(found.ok, found.entries)


def args_in_order(house: House, item: ApprovalView, locale: Locale) -> list[tuple[str, str, Any]]:
    """The arguments of a decision as (name, label, value), in the order of its tool's schema."""
    tool = house.installation.catalogue.tools.get(item.tool)
    schema = tool.schema if tool else {}
    labels = own_labels(schema, locale)
    return [(name, labels.get(name, ""), item.args[name]) for name in in_order(item.args, order_of(schema))]


def tool_titles(house: House, locale: Locale) -> dict[str, str]:
    """What people call each tool, in their language."""
    return {t.name: translate(t.title, locale) for t in house.installation.catalogue.tools.values() if t.title}


def titles(locale: Locale) -> dict[str, str]:
    """What people call each agent, by its id and by its full name."""
    found: dict[str, str] = {}
    for tier in (ROSTER.specialists, ROSTER.executors):
        for id, agent in tier.items():
            title = translate(agent.title, locale)
            found |= {id: title, agent.name: title}
    return found


def shared(request: Request, visitor: Visitor, area: str, waiting: int) -> dict[str, Any]:
    """What the frame of every page needs."""
    house = house_of(request)
    return {
        "locale": visitor.actor.locale,
        "theme": visitor.theme,
        "zone": visitor.actor.zone,
        "actor": visitor.actor,
        "csrf": visitor.csrf,
        "area": area,
        "path": request.url.path,
        "navigation": NAVIGATION,
        "bottom": BOTTOM,
        "waiting": waiting,
        "chain": request.app.state.chain.look(house),
        "titles": titles(visitor.actor.locale),
        "positions": POSITIONS,
        "args_of": partial(args_in_order, house, locale=visitor.actor.locale),
        "names": house.names_of(visitor.actor),
        "tool_titles": tool_titles(house, visitor.actor.locale),
    }


async def waiting_for(house: House, visitor: Visitor) -> int:
    """How many decisions wait for this very person."""
    found = await asyncio.to_thread(house.installation.approvals.list, visitor.actor, "pending")
    return sum(1 for approval in found if approval.may_decide)


async def show(request: Request, visitor: Visitor, name: str, area: str, **values: Any) -> HTMLResponse:
    """The page `name` in its frame."""
    waiting = await waiting_for(house_of(request), visitor)
    return HTMLResponse(page(name, **(shared(request, visitor, area, waiting) | values)))
