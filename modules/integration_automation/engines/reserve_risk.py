"""Risk of a reserve (*riesgo de reserva*): how far what a line's claims still cost may be from the estimate."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines import operations
from engines.charts import Chart
from engines.insurance.reserving.poisson import OdpBootstrap
from modules.insurance.kernel.lines import line_label
from modules.insurance.kernel.tools import LineCode
from modules.integration_automation.engines.reserves import BASES, Basis, known_claims
from modules.integration_automation.engines.saying import caution_text, said_chart
from modules.integration_automation.nerve import NERVE
from modules.integration_automation.nerve.problems import EngineRefused
from tools import Risk, tool
from tools.results import Result

TOLD: Final = N_(
    "{what} de {line} a {on}: {reserve} por chain ladder ({claims} siniestros). En {simulations} simulaciones se"
    " desvía {error} de media; con un 75 % de probabilidad no pasa de {likely}, y con un 99,5 %, de {extreme}."
)
WHAT: Final = {"paid": N_("Pagos pendientes de los siniestros"), "incurred": N_("Provisión IBNR")}
LIKELY, EXTREME = Decimal("0.75"), Decimal("0.995")


class CannotSimulate(Conflict):
    """The model has no such claims: what is known of them goes down at some age, or an origin has none yet."""

    text = N_("No se puede simular la provisión de {line} sobre {basis}: el triángulo {reason}. Pídalo sobre {other}.")


class Percentile(Result):
    """The reserve (EUR) that suffices with a probability of `probability_rate`."""

    probability_rate: Decimal
    reserve: Decimal


class ReserveRisk(Result):
    """A line's reserve as chain ladder has it, and as simulations spread it; EUR."""

    line: str
    line_title: str
    as_of: date
    basis: str
    claims: int
    simulations: int
    reserve: Decimal
    mean: Decimal
    standard_error: Decimal
    percentiles: tuple[Percentile, ...]
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The reserve, its error, and what suffices in three of four cases and in all but one of two hundred."""
        enough = {p.probability_rate: format_money(p.reserve, locale) for p in self.percentiles}
        return translate(
            TOLD, locale, what=translate(WHAT[self.basis], locale), line=self.line_title,
            on=self.as_of.strftime("%d/%m/%Y"), claims=self.claims, simulations=self.simulations,
            reserve=format_money(self.reserve, locale), error=format_money(self.standard_error, locale),
            likely=enough[LIKELY], extreme=enough[EXTREME],
        )  # fmt: skip


@tool(
    Risk.READ,
    permission="kernel:read",
    title=N_("Desviación posible de la provisión de un ramo"),
    engine="reserving",
    examples=(
        "¿Cuánto puede desviarse la provisión de autos?",
        "Bootstrap de la reserva de autos",
        "Percentiles de la reserva IBNR de hogar",
        "¿Con qué probabilidad basta la provisión de siniestros de comercio?",
        "How far may the reserve of motor be off? Bootstrap percentiles",
    ),
)
def simulate_ibnr(
    ctx: Context,
    line: LineCode,
    basis: Basis = "paid",
    simulations: Annotated[int, Field(ge=1_000, le=20_000)] = 5_000,
    as_of: date | None = None,
) -> ReserveRisk:
    """Simulate what claims of a line will still cost, from the residuals of its own triangle of payments.

    On payments the reserve is all that is still to be paid; on incurred amounts, what is not known yet (IBNR).
    The seed is fixed, so that the same claims give the same answer.

    Source: England & Verrall, British Actuarial Journal 8 (2002), over-dispersed Poisson bootstrap.
    """
    known = known_claims(ctx, line, basis, as_of)
    asked = {"triangle": known.triangle.cumulative, "n_sims": simulations, "seed": 0}
    locale = ctx.actor.locale
    try:
        found = NERVE.compute(operations()["reserving_odp_bootstrap"], asked)
    except EngineRefused as error:
        said, other = (translate(BASES[b], locale) for b in (basis, "paid" if basis == "incurred" else "incurred"))
        title = line_label(line, locale)
        raise CannotSimulate(basis=said, line=title, reason=error.reason(locale), other=other) from error
    assert isinstance(found, OdpBootstrap)
    cautions = dict.fromkeys(caution_text(c, locale) for c in (*known.triangle.warnings, *found.warnings))
    return ReserveRisk(
        line=line, line_title=line_label(line, locale), as_of=known.on, basis=basis, claims=known.claims,
        simulations=found.simulations, reserve=cents(found.reserve), mean=cents(found.mean),
        standard_error=cents(found.prediction_error),
        percentiles=tuple(
            Percentile(probability_rate=Decimal(level), reserve=cents(enough))
            for level, enough in found.quantiles.items()
        ),
        cautions=tuple(cautions), charts=tuple(said_chart(chart, locale) for chart in found.charts),
    )  # fmt: skip
