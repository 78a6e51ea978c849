"""The CTO (*dirección técnica*): integrations, data feeds, and the health of the system."""

from agents.spec import Executor
from agents.toolsets import ANALYTICS, PLATFORM
from core.i18n import N_
from tools.risk import Risk

CTO = Executor(
    id="cto",
    title=N_("Dirección técnica"),
    summary=N_("Integraciones con aseguradoras, calidad de datos, motores de cálculo y salud del sistema."),
    prompt="cto.md",
    specialists=("data", "security"),
    toolsets=tuple(dict.fromkeys((*PLATFORM, *ANALYTICS, "ai-operational-analytics"))),
    authority=(Risk.READ, Risk.DRAFT, Risk.MESSAGE, Risk.NETWORK),
    keywords=(
        "integración",
        "conector",
        "api",
        "webhook",
        "estado del sistema",
        "incidencia técnica",
        "copia de seguridad",
        "servidor",
        "cola de trabajos",
        "módulos",
        "motor de cálculo",
        "importación EIAC",
        "calidad de datos",
        "integration",
        "connector",
        "system health",
        "server",
        "backup",
        "job queue",
        "outage",
        "data quality",
        "engine",
        "latencia",
        "logs",
        "versión del sistema",
    ),
    handles=("datahub_*", "api_gateway_*", "connector_*", "nerve_*", "event_bus_*", "engines_*"),
)
