"""Finance (*finanzas*): can it be paid, what is owed, and what does it cost us?"""

from agents.spec import Specialist
from agents.toolsets import FINANCE
from core.i18n import N_

FINANCE_SPECIALIST = Specialist(
    id="finance",
    title=N_("Finanzas"),
    summary=N_("Deuda, cobros, devoluciones, liquidez y efecto económico de la operación."),
    prompt="finance.md",
    toolsets=FINANCE,
    keywords=("deuda", "impagado", "cobro", "liquidez", "debt", "payment", "cash", "arrears"),
    competence={"action": 0.9, "analysis": 1.0, "question": 0.9, "smalltalk": 0.2},
)
