"""What of a client's certificates must be kept: a guarantee outlives its policy, and so does what he owes for it."""

from typing import Final
from uuid import UUID

from sqlmodel import select

from core.context import Context
from core.i18n import N_, translate
from modules.core_business.crm.duties import DUTIES
from modules.insurance.caucion.exposure import LIVE
from modules.insurance.caucion.records import Bond
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.retention import CONTRACT, DEFENCE
from tools.panels import Panel, panel

GUARANTEE: Final = N_("certificado vivo {number}")
OWED: Final = N_("deuda por el certificado {number}")


@panel(DUTIES)
def duties_of(ctx: Context, customer_id: UUID) -> Panel:
    """Certificates that the beneficiary may still call, and what was paid for the client and not got back."""
    locale, rows = ctx.actor.locale, []
    for bond in ctx.session.exec(select(Bond).where(Bond.customer_id == customer_id, alive(Bond))):
        if bond.state == LIVE:
            rows.append((translate(GUARANTEE, locale, number=bond.bond_number), CONTRACT, ""))
        elif bond.paid > bond.recovered:
            rows.append((translate(OWED, locale, number=bond.bond_number), DEFENCE, ""))
    return Panel(title=translate(N_("Certificados de caución"), locale), columns=(), rows=tuple(rows))
