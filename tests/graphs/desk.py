"""Tools of a test desk beside the house's own: a draft, a binding act, a message, a slow read."""

import time
from typing import Annotated
from uuid import UUID

from pydantic import Field

from core.context import Context, Effect
from core.errors import BadArguments
from core.i18n import Locale
from modules.core_business.crm.lookup import resolve_customer
from modules.core_business.crm.records import Interaction
from tools import Risk, Slot, tool
from tools.results import Result
from tools.tool import MARK, Tool

Who = Annotated[str, Slot(ref="customer")]
Offer = Annotated[str, Slot(ref="quote")]


class Offered(Result):
    quote: Offer
    customer: Who
    total: str

    def told(self, locale: Locale) -> str:
        return f"Oferta {self.quote} por {self.total} €."


class Covered(Result):
    policy: Annotated[str, Slot(ref="policy")]

    def told(self, locale: Locale) -> str:
        return f"Póliza {self.policy} emitida."


@tool(Risk.DRAFT, permission="autos:quote", title="Ofertar", examples=("Oferta un seguro a Ana",))
def offer_cover(ctx: Context, customer: Who) -> Offered:
    """An offer for a customer."""
    found = resolve_customer(ctx, customer)
    made = Interaction(
        customer_id=found.id, channel="chat", direction="outbound", topic="quote", summary="offer", at=ctx.now
    )
    ctx.session.add(made)
    return Offered(quote=str(made.id), customer=str(found.id), total="371.20")


@tool(Risk.WRITE, permission="kernel:bind", title="Emitir", examples=("Emite la oferta", "Emítela"))
def issue_cover(ctx: Context, quote: Offer, note: str = "") -> Covered:
    """Issue an offer."""
    offer = ctx.get(Interaction, UUID(quote))
    if offer.topic == "policy":
        raise BadArguments(field="quote", problem="ya está emitida")
    offer.topic, offer.summary = "policy", note or "issued"
    ctx.session.add(offer)
    return Covered(policy=f"P-{str(offer.id)[:8]}")


@tool(Risk.MESSAGE, permission="encashment:remind", title="Avisar", examples=("Avisa a Ana",))
def send_notice(ctx: Context, customer: Who) -> str:
    """Write to a customer."""
    found = resolve_customer(ctx, customer)
    ctx.effect(Effect("email", found.email or "ana@example.com", "Aviso", "Hola", found.id))
    return "sent"


@tool(Risk.READ, permission="crm:read", title="Esperar", examples=("Espera un rato",))
def wait_long(ctx: Context, seconds: Annotated[float, Field(ge=0)]) -> str:
    """Wait."""
    time.sleep(seconds)
    return "waited"


DESK = tuple(
    Tool(f"desk_{f.__name__}", "seguros-autos", d.risk, d.permission, d.examples, d.title, f)
    for f in (offer_cover, issue_cover, send_notice, wait_long)
    for d in (getattr(f, MARK),)
)
