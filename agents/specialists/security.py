"""Security (*seguridad*): fraud signs, identity, access, odd patterns; may veto."""

from agents.spec import Specialist
from agents.toolsets import SECURITY
from core.i18n import N_

SECURITY_SPECIALIST = Specialist(
    id="security",
    title=N_("Seguridad"),
    summary=N_("Identidad, indicios de fraude, procedencia de los datos y accesos anómalos."),
    prompt="security.md",
    toolsets=(*SECURITY, "ai-crm", "ait-authenticator"),
    keywords=("fraude", "suplantación", "identidad", "acceso", "fraud", "identity", "phishing", "access"),
    competence={"action": 1.0, "analysis": 0.8, "question": 0.7, "smalltalk": 0.2},
    vetoes=True,
)
