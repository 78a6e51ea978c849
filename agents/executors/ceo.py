"""The CEO (*dirección general*): takes what crosses several fields, or belongs to none."""

from agents.spec import Executor
from agents.toolsets import ANALYTICS, CLIENT, FINANCE, INSURANCE
from core.i18n import N_
from tools.risk import Risk

CEO = Executor(
    id="ceo",
    title=N_("Dirección general"),
    summary=N_("Visión de conjunto de la correduría: cartera, resultados, prioridades y decisiones que cruzan áreas."),
    prompt="ceo.md",
    specialists=("finance", "insurance", "legal", "data"),
    toolsets=tuple(dict.fromkeys((*CLIENT, *INSURANCE, *FINANCE, *ANALYTICS, "ai-sales", "ai-ops", "ai-hr"))),
    # W2 is not here: what the CEO decides, the executor of the field carries out.
    authority=(Risk.READ, Risk.DRAFT, Risk.MESSAGE, Risk.EXPORT, Risk.IRREVERSIBLE),
    keywords=(
        "dirección general",
        "estrategia",
        "cuadro de mando",
        "resumen del negocio",
        "situación de la correduría",
        "objetivos",
        "prioridades",
        "resumen de la cartera",
        "cartera por ramos",
        "total de pólizas en vigor",
        "primas totales",
        "strategy",
        "overview of the business",
        "book summary",
        "how is the brokerage doing",
        "company results",
        "board report",
        "informe para el consejo",
        "visión global",
    ),
    handles=("kernel_summarise_book",),
)
