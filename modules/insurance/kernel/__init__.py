"""The insurance kernel: what every line of business shares (*núcleo de seguros*).

Lines are declarations (`Line`) over one rating engine, one set of records and one table of
lawful states. Other modules use the records and the functions exported here.
"""

from core.i18n import N_
from modules.insurance.kernel.frequency import Frequency, PaymentFrequency
from modules.insurance.kernel.line import Coverage, Details, Duration, Information, InsuredRisk, Line, Renewing
from modules.insurance.kernel.records import (
    Claim,
    ClaimNote,
    Collaborator,
    CommissionLine,
    Endorsement,
    Insurer,
    Policy,
    Quote,
    Receipt,
    Term,
)
from modules.insurance.kernel.states import ClaimState, PolicyState, QuoteState, ReceiptState, move
from modules.manifest import Module

MODULE = Module(
    id="seguros-kernel",
    category="insurance",
    version="1.0.0",
    schema="soriano_core",
    depends=("ai-crm",),
    summary=N_("Núcleo de seguros: compañías, cotizaciones, pólizas, recibos, comisiones y siniestros"),
)

__all__ = [
    "MODULE",
    "Claim",
    "ClaimNote",
    "ClaimState",
    "Collaborator",
    "CommissionLine",
    "Coverage",
    "Details",
    "Duration",
    "Endorsement",
    "Frequency",
    "Information",
    "InsuredRisk",
    "Insurer",
    "Line",
    "PaymentFrequency",
    "Policy",
    "PolicyState",
    "Quote",
    "QuoteState",
    "Receipt",
    "ReceiptState",
    "Renewing",
    "Term",
    "move",
]
