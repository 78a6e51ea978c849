"""Legal (*jurídico*): what the law requires before, and what it forbids; may veto."""

from agents.spec import Specialist
from core.i18n import N_

LEGAL = Specialist(
    id="legal",
    title=N_("Jurídico"),
    summary=N_("Contrato de seguro, distribución, protección de datos y plazos legales."),
    prompt="legal.md",
    toolsets=("ai-crm", "ai-compliance", "seguros-kernel", "seguros-autos"),
    keywords=("ley", "plazo legal", "contrato", "obligación", "LCS", "law", "deadline", "liability", "IPID"),
    competence={"action": 1.0, "analysis": 0.9, "question": 0.8, "smalltalk": 0.2},
    vetoes=True,
)
