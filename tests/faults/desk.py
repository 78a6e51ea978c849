"""Tools that the fault harness calls: a write with a message, and acts that a person must approve."""

from typing import Annotated
from uuid import UUID

from core.context import Context, Effect
from core.errors import BadArguments
from modules.core_business.crm.lookup import resolve_customer
from modules.core_business.crm.records import Interaction
from tests.graphs.desk import DESK as GRAPH_DESK
from tools import Risk, Slot, tool
from tools.tool import MARK, Tool

Who = Annotated[str, Slot(ref="customer")]
Offer = Annotated[str, Slot(ref="quote")]


@tool(Risk.WRITE, permission="crm:write", title="Anotar", examples=("Anota esto de Ana",))
def note_dealing(ctx: Context, customer: Who, token: str) -> str:
    """Note a dealing, say so, and confirm it by e-mail."""
    made = _noted(ctx, customer, token, "note")
    ctx.emit("interaction.noted", made.id, token=token)
    ctx.effect(Effect("email", f"{token}@example.com", f"Anotado {token}", "Buenos días", made.id))
    return str(made.id)


@tool(Risk.WRITE, permission="crm:write", title="Avisar a todos", examples=("Avisa a todos de lo de Ana",))
def tell_everybody(ctx: Context, customer: Who, token: str, hooks: str) -> str:
    """Note a dealing and ask for one effect of each kind."""
    made = _noted(ctx, customer, token, "note")
    ctx.emit("interaction.noted", made.id, token=token)
    for kind, recipient in (
        ("email", f"{token}@example.com"),
        ("webhook", f"{hooks}/hook"),
        ("file", "banco"),
        ("wire", f"{hooks}/wire/{token}"),
    ):
        ctx.effect(Effect(kind, recipient, f"{token}.txt", f"body of {token}", made.id))
    return str(made.id)


@tool(Risk.DRAFT, permission="crm:write", title="Proponer", examples=("Propón algo a Ana",))
def make_offer(ctx: Context, customer: Who, token: str) -> str:
    """An offer, which binds nobody yet."""
    return str(_noted(ctx, customer, token, "quote").id)


@tool(Risk.WRITE, permission="kernel:bind", title="Obligarse", examples=("Formaliza la propuesta",))
def bind_offer(ctx: Context, offer: Offer, token: str) -> str:
    """Bind the house to an offer, and confirm it by e-mail."""
    found = ctx.get(Interaction, UUID(offer))
    if found.topic == "policy":
        raise BadArguments(field="offer", problem="ya está formalizada")
    found.topic = "policy"
    ctx.session.add(found)
    ctx.emit("interaction.bound", found.id, token=token)
    ctx.effect(Effect("email", f"{token}@example.com", f"Formalizado {token}", "Buenos días", found.id))
    return str(found.id)


def _noted(ctx: Context, customer: str, token: str, topic: str) -> Interaction:
    made = Interaction(
        customer_id=resolve_customer(ctx, customer).id,
        channel="web",
        direction="outbound",
        topic=topic,
        summary=token,
        at=ctx.now,
    )
    ctx.session.add(made)
    return made


OWN = tuple(
    Tool(f"faults_{f.__name__}", "seguros-autos", d.risk, d.permission, d.examples, d.title, f)
    for f in (note_dealing, tell_everybody, make_offer, bind_offer)
    for d in (getattr(f, MARK),)
)
DESK = (*OWN, *GRAPH_DESK)
