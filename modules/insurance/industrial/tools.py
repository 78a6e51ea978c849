"""The tools of industrial property: price, quote, the test of capacity, and the recommendations of a survey."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.industrial.capacity import Placing, capacity_on, placing_of
from modules.insurance.industrial.line import LINE
from modules.insurance.industrial.recommendations import RecommendationState, add, close, open_ones
from modules.insurance.industrial.records import Recommendation
from modules.insurance.industrial.risk import IndustrialRisk, property_of
from modules.insurance.kernel.entries import open_policy, policy_of
from modules.insurance.kernel.fields import Percent
from modules.insurance.kernel.insured import insured
from modules.insurance.kernel.lookup import PolicyRef
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.states import LABELS
from modules.insurance.kernel.views import PolicyNumber, day, listed
from tools import Risk, Slot, tool
from tools.marks import External
from tools.results import Result

LATEST: Final = 1830  # days ahead that a recommendation may fall due
Number: TypeAlias = Annotated[
    int,
    Field(ge=1, le=10_000, description=N_("Número de la recomendación")),
    Slot(ask=N_("¿Qué recomendación? Indique su número."), cues=("recomendación", "recommendation")),
]


class IndustrialRequest(QuoteRequest, line=LINE):
    """What a person says of the factory or warehouse to be insured."""


@tool(
    Risk.READ,
    permission="industrial:read",
    title=N_("Tarificar un riesgo industrial"),
    examples=(
        "Tarifica una fábrica de clase 2 con 1.400.000 € de edificio, sin cliente",
        "Calcula la prima industrial de un almacén con rociadores",
        "Rate an industrial risk of hazard class 2",
    ),
)
def rate(ctx: Context, risk: IndustrialRisk) -> Rating:
    """The premium of a factory or warehouse with coverages, taxes, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. A sum that is not insured is 0.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="industrial:quote",
    title=N_("Cotizar un seguro industrial"),
    examples=(
        "Cotiza el multirriesgo industrial de la fábrica de Raquel Gómez",
        "Presupuesto industrial con pérdida de beneficios para Álvaro Ramos",
        "Quote industrial property for Raquel Gómez's factory",
    ),
)
def quote_policy(ctx: Context, request: IndustrialRequest) -> QuoteView:
    """Price a customer's factory or warehouse and keep the quote for 30 days; it binds nobody.

    What is not said comes from the policy that runs and from the customer's CNAE, and the answer
    says so; what is missing is asked for. A referred quote is indicative, a declined one has no price.
    """
    return quoted(ctx, request)


class CapacityTest(Result):
    """How to place a risk by its sums and its probable maximum loss."""

    policy: PolicyNumber
    total: Money
    pml_pct: Decimal
    probable_loss: Money
    capacity: Money
    placing: Placing
    share_pct: Decimal

    def told(self, locale: Locale) -> str:
        """The figures and the advice."""
        text = N_("Póliza {policy}: capitales {total}, PML {loss}, capacidad de una aseguradora {capacity}.")
        said = translate(
            text, locale, policy=self.policy, total=format_money(self.total, locale),
            loss=format_money(self.probable_loss, locale), capacity=format_money(self.capacity, locale),
        )  # fmt: skip
        advice = {
            Placing.ALONE: N_("Cabe en una sola aseguradora."),
            Placing.COINSURANCE: N_("Busque coaseguro para al menos el {share} %."),
            Placing.FACULTATIVE: N_("Busque coaseguro para al menos el {share} % y reaseguro facultativo."),
        }[self.placing]
        return f"{said} {translate(advice, locale, share=f'{self.share_pct:f}'.replace('.', ','))}"


@tool(
    Risk.READ,
    permission="industrial:read",
    title=N_("Probar la capacidad con la PML"),
    examples=(
        "¿Cabe en una aseguradora el riesgo industrial de la póliza 0902-80897711?",
        "Prueba la capacidad con una PML del 45 %",
        "Does the industrial risk need coinsurance or facultative reinsurance?",
    ),
)
def assess_capacity(
    ctx: Context,
    policy: PolicyRef,
    pml_pct: Annotated[
        Percent | None,
        Field(gt=0, description=N_("Pérdida máxima probable (PML), % de los capitales")),
        Slot(cues=("pml", "pérdida máxima"), units=("%",)),
    ] = None,
) -> CapacityTest:
    """Whether one insurer can carry an industrial risk: its sums and PML × sum against the capacity of the market.

    Without `pml_pct` that of the policy is taken. Above the capacity coinsurers take what is over;
    if the probable loss is over it too, facultative reinsurance is needed as well.
    """
    found, term = insured(ctx, policy, LINE)
    share = pml_pct if pml_pct is not None else term.details.get("pml_pct")
    if share is None:
        raise BadArguments(N_("¿Qué pérdida máxima probable (PML), en % de los capitales?"), field="pml_pct")
    result = placing_of(property_of(term.risk), Decimal(str(share)), capacity_on(ctx.today))
    return CapacityTest(
        policy=found.policy_number, total=result.total, pml_pct=Decimal(str(share)),
        probable_loss=result.probable_loss, capacity=result.capacity, placing=result.placing,
        share_pct=result.share_pct,
    )  # fmt: skip


class RecommendationRow(Result):
    """One recommendation of a survey."""

    policy: PolicyNumber
    number: int
    text: External
    state: RecommendationState
    due_on: date
    overdue: bool
    closed_on: date | None
    evidence: External

    def told(self, locale: Locale) -> str:
        """Number, state and date; what somebody wrote is shown apart."""
        text = (
            N_("Póliza {policy}, recomendación {number}: {state}, vencida el {due}.") if self.overdue
            else N_("Póliza {policy}, recomendación {number}: {state}, para el {due}.")
        )  # fmt: skip
        state = translate(LABELS[self.state], locale)
        return translate(text, locale, policy=self.policy, number=self.number, state=state, due=day(self.due_on))


def _row(ctx: Context, policy: str, found: Recommendation) -> RecommendationRow:
    is_open = found.state == RecommendationState.OPEN
    return RecommendationRow(
        policy=policy, number=found.number, text=found.text, state=RecommendationState(found.state),
        due_on=found.due_on, overdue=is_open and found.due_on < ctx.today, closed_on=found.closed_on,
        evidence=found.evidence,
    )  # fmt: skip


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Anotar una recomendación de la inspección"),
    examples=(
        "Anota en la póliza 0902-80897711 la recomendación de instalar detección antes del 31/03/2027",
        "Añade una recomendación de la inspección industrial",
        "Add a survey recommendation to the policy, due on 31 March 2027",
    ),
)
def add_recommendation(
    ctx: Context,
    policy: PolicyRef,
    text: Annotated[
        str,
        Field(min_length=3, max_length=1000, description=N_("Qué recomienda la inspección")),
        Slot(ask=N_("¿Qué recomienda la inspección?")),
    ],
    due_on: Annotated[
        date,
        Field(description=N_("Fecha límite")),
        Slot(ask=N_("¿Para qué fecha?"), cues=("antes del", "para el", "by", "due on")),
    ],
) -> RecommendationRow:
    """Enter what a survey recommends for an industrial policy, with its last day; it gets the next number.

    The day cannot lie in the past, nor more than five years ahead.
    """
    found = open_policy(ctx, LINE, policy)
    if not ctx.today <= due_on <= ctx.today + timedelta(days=LATEST):
        text_ = N_("Revise «{field}»: la fecha límite va de hoy a cinco años.")
        raise BadArguments(text_, field="due_on")
    ctx.weigh(line=LINE.code)
    return _row(ctx, found.policy_number, add(ctx, found, text, due_on))


@tool(
    Risk.DRAFT,
    permission="kernel:write",
    title=N_("Cerrar una recomendación de la inspección"),
    examples=(
        "Cierra la recomendación 2 de la póliza 0902-80897711: detección instalada, factura 33",
        "Da por cumplida la recomendación de la inspección",
        "Close survey recommendation 2 of the policy as met",
    ),
)
def close_recommendation(
    ctx: Context,
    policy: PolicyRef,
    number: Number,
    evidence: Annotated[
        str,
        Field(min_length=3, max_length=500, description=N_("Qué lo demuestra")),
        Slot(ask=N_("¿Qué lo demuestra?")),
    ],
    waived: Annotated[
        bool,
        Field(description=N_("Dispensada por la aseguradora")),
        Slot(words={"true": ("dispensada", "waived"), "false": ("cumplida", "met")}),
    ] = False,
) -> RecommendationRow:
    """Close a survey recommendation as met, or as waived by the insurer, with what shows it; it stays closed."""
    found = policy_of(ctx, LINE, policy)
    state = RecommendationState.WAIVED if waived else RecommendationState.MET
    ctx.weigh(line=LINE.code)
    return _row(ctx, found.policy_number, close(ctx, found, number, state, evidence))


class Recommendations(Result):
    """Open recommendations that fall due."""

    until: date
    count: int
    overdue: int
    recommendations: tuple[RecommendationRow, ...]

    def told(self, locale: Locale) -> str:
        """How many, and the first few."""
        text = N_("Recomendaciones abiertas hasta el {until}: {count}, vencidas {overdue}.")
        said = translate(text, locale, until=day(self.until), count=self.count, overdue=self.overdue)
        return f"{said} {listed([row.told(locale) for row in self.recommendations], self.count, locale)}".strip()


@tool(
    Risk.READ,
    permission="industrial:read",
    title=N_("Recomendaciones de inspección abiertas"),
    examples=(
        "¿Qué recomendaciones de inspección están abiertas?",
        "Recomendaciones industriales que vencen en 90 días",
        "Which survey recommendations are overdue?",
    ),
)
def list_recommendations(
    ctx: Context,
    policy: PolicyRef | None = None,
    days: Annotated[
        int, Field(ge=0, le=LATEST, description=N_("Días hacia delante")), Slot(units=("días", "days"))
    ] = 365,
) -> Recommendations:
    """Open survey recommendations that are overdue or fall due in so many days, of one policy or of all."""
    found = policy_of(ctx, LINE, policy) if policy else None
    until = ctx.today + timedelta(days=days)
    rows = tuple(_row(ctx, of.policy_number, one) for one, of in open_ones(ctx, until, found))
    return Recommendations(until=until, count=len(rows), overdue=sum(row.overdue for row in rows), recommendations=rows)
