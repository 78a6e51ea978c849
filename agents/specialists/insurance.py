"""Insurance (*seguros*): does the cover fit the risk, and does the tariff accept it?"""

from agents.spec import Specialist
from agents.toolsets import INSURANCE
from core.i18n import N_

INSURANCE_SPECIALIST = Specialist(
    id="insurance",
    title=N_("Seguros"),
    summary=N_("Suscripción, coberturas, exclusiones, tarifa y adecuación al riesgo declarado."),
    prompt="insurance.md",
    toolsets=INSURANCE,
    keywords=("cobertura", "suscripción", "tarifa", "riesgo", "franquicia", "underwriting", "coverage", "bonus"),
    competence={"action": 1.0, "analysis": 1.0, "question": 0.9, "smalltalk": 0.2},
)
