"""Treasury (*tesorería*): whom the house may pay, and the payments that it orders.

A payment goes to a payee of the register and to no account besides: an account enters the
register with approvals of its own, is confirmed by a call, and rests a day before it is paid.
"""

from core.i18n import N_
from modules.core_business.treasury.records import HouseAccount, Payee, PaymentMovement, PaymentOrder
from modules.manifest import Module

MODULE = Module(
    id="ai-treasury",
    category="core_business",
    version="1.0.0",
    schema="soriano_treasury",
    depends=("ai-crm",),
    summary=N_("Tesorería: registro de beneficiarios, comprobación de sus cuentas y órdenes de pago"),
)

__all__ = ["MODULE", "HouseAccount", "Payee", "PaymentMovement", "PaymentOrder"]
