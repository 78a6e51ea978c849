"""The tools of the package for firms: price, quote, and the activity of a CNAE code."""

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from modules.insurance.empresas.line import LINE
from modules.insurance.empresas.risk import CNAE, EmpresasRisk
from modules.insurance.kernel.business import Cnae, activity_of
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from tools import Risk, tool
from tools.results import Result


class EmpresasRequest(QuoteRequest, line=LINE):
    """What a person says of the firm to be insured."""


@tool(
    Risk.READ,
    permission="empresas:read",
    title=N_("Tarificar un riesgo de empresas"),
    examples=(
        "Tarifica una pyme de comercio con 250.000 € de continente y 6 empleados, sin cliente",
        "Calcula la prima del multirriesgo de una empresa de servicios",
        "Rate an SME package for a workshop with 14 employees",
    ),
)
def rate(ctx: Context, risk: EmpresasRisk) -> Rating:
    """The premium of a firm with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. A sum that is not insured is 0.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="empresas:quote",
    title=N_("Cotizar un seguro de empresas"),
    examples=(
        "Cotiza el multirriesgo de empresa de Raquel Gómez",
        "Presupuesto de pyme con pérdida de beneficios para Álvaro Ramos",
        "Quote the SME package for Raquel Gómez's firm",
    ),
)
def quote_policy(ctx: Context, request: EmpresasRequest) -> QuoteView:
    """Price a customer's firm and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs and from the customer's CNAE, and the answer
    says so; what is missing is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class Activity(Result):
    """The activity class of a CNAE code."""

    cnae: str
    activity_class: str

    def told(self, locale: Locale) -> str:
        """Code and class."""
        return translate(
            N_("El CNAE {cnae} se tarifica como {activity}."), locale, cnae=self.cnae, activity=self.activity_class
        )


@tool(
    Risk.READ,
    permission="empresas:read",
    title=N_("Clase de actividad de un CNAE"),
    examples=(
        "¿Qué clase de actividad tiene el CNAE 5610?",
        "¿Cómo se tarifica el CNAE 4520 en empresas?",
        "Which activity class is CNAE 5610?",
    ),
)
def classify_activity(ctx: Context, cnae: Cnae) -> Activity:
    """The tariff's activity class of a CNAE code, by the longest beginning that the house's table lists."""
    found = activity_of(cnae, CNAE)
    if found is None:
        raise BadArguments(N_("El código de «{field}» no está en la tabla de actividades."), field="cnae")
    return Activity(cnae=cnae, activity_class=found)
