"""Operations (*operaciones*): can it be carried out, is a step or a document missing?"""

from agents.spec import Specialist
from agents.toolsets import LINES
from core.i18n import N_

OPERATIONS_SPECIALIST = Specialist(
    id="operations",
    title=N_("Operaciones"),
    summary=N_("Trámites, documentos, duplicados, plazos internos y pasos que faltan."),
    prompt="operations.md",
    toolsets=("ai-ops", "ai-operational-analytics", "seguros-kernel", "ai-crm", *LINES),
    keywords=("trámite", "documento", "plazo", "duplicado", "process", "document", "deadline", "workflow"),
    competence={"action": 0.9, "analysis": 0.8, "question": 0.8, "smalltalk": 0.2},
)
