"""Sales (*dirección comercial*): needs, quotes, comparison, and the proposal to issue."""

from agents.spec import Executor
from agents.toolsets import CLIENT, INSURANCE, OUTSIDE
from core.i18n import N_
from tools.risk import Risk

SALES = Executor(
    id="sales",
    title=N_("Dirección comercial"),
    summary=N_("Necesidades del cliente, cotizaciones, comparación de ofertas y propuesta de emisión de pólizas."),
    prompt="sales.md",
    specialists=("insurance", "legal", "finance", "customer"),
    toolsets=tuple(
        dict.fromkeys(
            (
                "ai-sales",
                *INSURANCE,
                *CLIENT,
                "ai-pricing-optimizer",
                *OUTSIDE,
                "ait-document-service",
                "ait-notification-service",
            )
        )
    ),
    authority=(Risk.READ, Risk.DRAFT, Risk.WRITE, Risk.MESSAGE, Risk.NETWORK),
    keywords=(
        "cotizar",
        "cotización",
        "cotízame",
        "presupuesto de seguro",
        "precio del seguro",
        "cuánto cuesta asegurar",
        "tarificar",
        "tarifa",
        "oferta",
        "comparar ofertas",
        "emitir la póliza",
        "emítelo",
        "emisión",
        "contratar",
        "nueva póliza",
        "venta",
        "venta cruzada",
        "oportunidad",
        "prospecto",
        "propuesta para el cliente",
        "quote",
        "get a price",
        "how much to insure",
        "rate a risk",
        "issue the policy",
        "bind cover",
        "new policy",
        "offer",
        "proposal",
        "cross-sell",
        "sell",
        "todo riesgo",
        "terceros ampliado",
        "prima del seguro",
    ),
    handles=(
        "*_quote_policy",
        "*_issue_policy",
        "*_rate",
        "*_list_quotes",
        "*_show_quote",
        "*_review_quote",
        "*_compare_offers",
        "kernel_advise_coverage",
        "kernel_create_comparison",
        "kernel_quote_alternatives",
        "sales_*",
    ),
)
