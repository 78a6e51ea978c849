"""Data (*datos*): is there enough evidence, is it consistent, what does it show?"""

from agents.spec import Specialist
from agents.toolsets import ANALYTICS
from core.i18n import N_

DATA = Specialist(
    id="data",
    title=N_("Datos"),
    summary=N_("Calidad y suficiencia de los datos, tendencias, comparaciones y valores atípicos."),
    prompt="data.md",
    toolsets=(*ANALYTICS, "seguros-kernel", "ai-crm"),
    keywords=("estadística", "tendencia", "datos", "calidad", "statistics", "trend", "outlier", "data"),
    competence={"action": 0.7, "analysis": 1.0, "question": 0.9, "smalltalk": 0.2},
)
