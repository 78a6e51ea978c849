"""The tools of life insurance: price, quote, the path of premiums, the reserve, the medical tests."""

from datetime import date
from typing import Annotated

from core.context import Context
from core.errors import BadArguments, Conflict
from core.i18n import N_
from core.money import ZERO
from modules.insurance.kernel.ages import completed_years
from modules.insurance.kernel.lookup import PolicyRef, QuoteRef, resolve_policy, resolve_quote
from modules.insurance.kernel.offering import QuoteRequest, quoted
from modules.insurance.kernel.quote_views import QuoteView
from modules.insurance.kernel.rating import Rating
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.terms import latest_term
from modules.insurance.vida.beneficiaries import bars_value
from modules.insurance.vida.line import LINE
from modules.insurance.vida.medical import tests_for
from modules.insurance.vida.reserve import premium_path, reserves
from modules.insurance.vida.risk import Age, EndAge, Product, SumInsured, VidaRisk
from modules.insurance.vida.views import MedicalTests, PathRow, PremiumPath, ReserveRow, ReserveView
from tools import Risk, Slot, tool

USUAL_END: int = 65
SURRENDER_FROM: int = 2  # annual premiums paid (LCS art. 96)


class RiskUnknown(Conflict):
    """The policy was taken over without what it insures."""

    text = N_("De la póliza {policy} no constan los datos del asegurado.")


class NotLevel(Conflict):
    """Only a level premium saves anything up."""

    text = N_("La póliza {policy} es anual renovable: no tiene provisión matemática, solo prima no consumida.")


class VidaRequest(QuoteRequest, line=LINE):
    """What a person says of the life to be insured."""


@tool(
    Risk.READ,
    permission="vida:read",
    title=N_("Tarificar un riesgo de vida"),
    examples=(
        "Tarifica un seguro de vida de 120.000 € para un asegurado de 40 años no fumador, sin cliente",
        "Calcula la prima de vida nivelada a 20 años de 150.000 €",
        "Rate a life insurance of 120,000 euros for a 40-year-old non-smoker",
    ),
)
def rate(ctx: Context, risk: VidaRisk) -> Rating:
    """The premium of an insured life with coverages, surcharges and receipts; nothing is kept.

    A refused risk has no premium but the codes of the rules. Amounts in EUR, rounded half
    up to the cent. The level product needs `term_years`, and covers death alone.
    """
    return LINE.rate(risk)


@tool(
    Risk.DRAFT,
    permission="vida:quote",
    title=N_("Cotizar un seguro de vida"),
    examples=(
        "Cotiza un seguro de vida de 120.000 € para Raquel Gómez",
        "Presupuesto de vida con invalidez para Álvaro Ramos, no fumador",
        "Cotiza un seguro de vida para la hipoteca de Javier Rubio",
        "Quote life insurance for Raquel Gómez",
    ),
)
def quote_policy(ctx: Context, request: VidaRequest) -> QuoteView:
    """Price a customer's life and keep the quote for 30 days; it binds nobody.

    The age follows from the birth date on the effect date, the body mass index from height and
    weight. What is not said comes from the policy that runs; what is missing is asked for.
    Before it is issued the health questionnaire must be signed.
    """
    return quoted(ctx, request)


@tool(
    Risk.READ,
    permission="vida:read",
    title=N_("Evolución de la prima de vida"),
    examples=(
        "Cómo sube la prima de vida de la cotización Q-2026-000123 hasta los 65 años",
        "Compara la anual renovable con la nivelada en la cotización Q-2026-000123",
        "Show the premium path of the life quote until age 65",
    ),
)
def show_premium_path(
    ctx: Context, quote: QuoteRef | None = None, policy: PolicyRef | None = None, end_age: EndAge | None = None
) -> PremiumPath:
    """What the renewable premium costs at each age to the end, against a level one, by today's tariff.

    Of a life quote or a life policy; give one. Without `end_age` the agreed one counts, or 65.
    Yearly totals with the Consorcio's surcharge; the tariff may change.
    """
    risk = _risk_of(ctx, quote, policy)
    end = end_age or risk.end_age or max(USUAL_END, risk.age + 1)
    years = premium_path(LINE.tariff, risk, end, ctx.today)
    level = years[0].level
    crossing = next((year.age for year in years if level is not None and year.renewable > level), None)
    return PremiumPath(
        end_age=end, years=tuple(PathRow(age=y.age, renewable=y.renewable, level=y.level) for y in years),
        renewable_total=sum((y.renewable for y in years), ZERO),
        level_total=None if level is None else level * len(years), dearer_from=crossing,
    )  # fmt: skip


def _risk_of(ctx: Context, quote: str | None, policy: str | None) -> VidaRisk:
    """The life of a quote or of a policy, at the age that it has reached."""
    if (quote is None) == (policy is None):
        raise BadArguments(N_("¿De qué cotización o de qué póliza de vida?"), field="quote")
    if quote is not None:
        found = resolve_quote(ctx, quote)
        if found.line != LINE.code:
            raise BadArguments(field="quote", problem=N_("no es una cotización de vida"))
        return VidaRisk.model_validate(found.risk)
    _, risk = _insured(ctx, policy or "")
    return risk.model_copy(update={"age": risk.age + (risk.elapsed_years or 0), "elapsed_years": None})


def _insured(ctx: Context, policy: str) -> tuple[Policy, VidaRisk]:
    """The life policy and what it insures now."""
    found = resolve_policy(ctx, policy)
    if found.line != LINE.code:
        raise BadArguments(field="policy", problem=N_("no es una póliza de vida"))
    term = latest_term(ctx, found.id)
    if term is None:
        raise RiskUnknown(policy=found.policy_number)
    return found, VidaRisk.model_validate(term.risk)


@tool(
    Risk.READ,
    permission="vida:read",
    title=N_("Provisión matemática de un seguro de vida"),
    examples=(
        "Qué provisión matemática tiene la póliza de vida nivelada 0904-93598399",
        "Valor de rescate y reducción del seguro de vida de Javier Rubio",
        "What is the reserve of the level life policy?",
    ),
)
def show_reserve(
    ctx: Context,
    policy: PolicyRef,
    on: Annotated[date, Slot(cues=("a fecha", "el día", "as of"))] | None = None,
) -> ReserveView:
    """The prospective reserve of a level life policy, the reduced sum it would buy, and its surrender value if agreed.

    At whole years, on the tariff's net basis: V_t = S·A − P·ä. A term insurance has neither
    surrender nor reduction unless the policy grants them (LCS art. 98).
    """
    found, risk = _insured(ctx, policy)
    if risk.product != Product.NIVELADA:
        raise NotLevel(policy=found.policy_number)
    day = on or ctx.today
    path = reserves(LINE.tariff, risk)
    year = min(max(completed_years(found.started_on, day), 0), len(path) - 1)
    now, barred = path[year], bars_value(ctx, found.id)
    term = latest_term(ctx, found.id)
    granted = bool(term and term.details.get("surrender_agreed")) and not barred
    return ReserveView(
        policy=found.policy_number, on=day, year=year, reserve=now.reserve,
        reduced_sum=now.reduced_sum if granted else None,
        surrender_value=now.reserve if granted and year >= SURRENDER_FROM else None, barred=barred,
        years=tuple(ReserveRow(year=r.year, age=r.age, reserve=r.reserve, reduced_sum=r.reduced_sum) for r in path),
    )  # fmt: skip


@tool(
    Risk.READ,
    permission="vida:read",
    title=N_("Pruebas médicas de un seguro de vida"),
    examples=(
        "Qué pruebas médicas piden para un capital de vida de 350.000 € a los 45 años",
        "¿Hace falta reconocimiento médico para 200.000 € de vida con 58 años?",
        "Which medical tests does a life sum of 350,000 euros need at age 45?",
    ),
)
def show_medical_tests(ctx: Context, sum_insured: SumInsured, age: Age) -> MedicalTests:
    """Which tests an insurer asks for by sum insured and age: the house's illustrative grid."""
    grid = tests_for(sum_insured, age, ctx.today)
    return MedicalTests(sum_insured=sum_insured, age=age, tests=grid.tests, grid_from=grid.since, source=grid.source)
