"""Customer (*cliente*): what this client has, wants, complained of, and consented to."""

from agents.spec import Specialist
from core.i18n import N_

CUSTOMER = Specialist(
    id="customer",
    title=N_("Cliente"),
    summary=N_("Relación con el cliente: historia, necesidades, quejas, preferencias y riesgo de baja."),
    prompt="customer.md",
    toolsets=("ai-crm", "ai-customer-analytics", "ai-customer-journey", "ai-encashment"),
    keywords=("cliente", "relación", "necesidades", "queja", "client", "needs", "retention", "satisfaction"),
    competence={"action": 0.8, "analysis": 0.9, "question": 0.9, "smalltalk": 0.4},
)
