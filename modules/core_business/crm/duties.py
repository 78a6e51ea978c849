"""Duties to keep a customer's data (*deber de conservación*), and what each module erases of its own.

A module says both by hooks of the kinds `DUTIES` and `ERASURE` (`tools.panels`): the first
gives a table of what must be kept, the second erases what the module holds of the customer
and gives a table of what it erased. So the customer file needs to know no other module.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.context import Context
from core.i18n import N_, translate
from modules.core_business.crm.records import Interaction
from modules.core_business.crm.review import open_complaints

DUTIES: Final = "customer_duties"
ERASURE: Final = "customer_erasure"
COMPLAINT: Final = "Ley 44/2002 art. 29 bis"
OPEN_COMPLAINT: Final = N_("una queja sin responder")


@dataclass(frozen=True)
class Duty:
    """What must be kept: `what` in words, the `law` that says so, and `until` when ("" while it lasts)."""

    what: str
    law: str
    until: str


def duties_of(ctx: Context, customer_id: UUID, interactions: list[Interaction]) -> list[Duty]:
    """All that stands against erasing the customer (GDPR art. 17.3.b and e)."""
    found = [Duty(*map(str, row)) for hook in ctx.panels.get(DUTIES, ()) for row in hook(ctx, customer_id).rows]
    if open_complaints(interactions):
        found.append(Duty(translate(OPEN_COMPLAINT, ctx.actor.locale), COMPLAINT, ""))
    return found


def erase_elsewhere(ctx: Context, customer_id: UUID) -> dict[str, int]:
    """Have every module erase what it holds of the customer; how many records, by what they are called."""
    tables = [hook(ctx, customer_id) for hook in ctx.panels.get(ERASURE, ())]
    return {panel.title: len(panel.rows) + panel.more for panel in tables if panel.rows or panel.more}
