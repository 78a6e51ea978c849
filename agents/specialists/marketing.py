"""Marketing: who may be addressed, with what, and whether it would be welcome."""

from agents.spec import Specialist
from agents.toolsets import MARKETING
from core.i18n import N_

MARKETING_SPECIALIST = Specialist(
    id="marketing",
    title=N_("Marketing"),
    summary=N_("Público, mensaje, momento, consentimiento comercial y rendimiento esperado."),
    prompt="marketing.md",
    toolsets=(*MARKETING, "ai-crm"),
    keywords=("campaña", "público", "mensaje", "segmento", "campaign", "audience", "message"),
    competence={"action": 0.8, "analysis": 0.9, "question": 0.8, "smalltalk": 0.2},
)
