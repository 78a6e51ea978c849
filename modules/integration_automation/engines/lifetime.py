"""What customers are worth in the long run (*valor del cliente*): commission to come, while they stay."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from core.money import cents, format_money
from engines.charts import Chart, Series
from modules.core_business.crm.records import LABELS
from modules.integration_automation.engines.churn import NoCustomers, said_number
from modules.integration_automation.engines.extracts.customers import profiled
from modules.integration_automation.engines.extracts.policies import OVER, annuities
from modules.integration_automation.engines.saying import said_chart
from tools import Risk, Slot, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

LEAST_DEPARTURES: Final = 10
ASSUMED: Final = 3.0  # per cent a year, said in every answer that stands on it
OTHERS: Final = (0.0, 3.0, 6.0)
YEAR: Final = 365.25
SOON: Final = 1 / YEAR  # a day: nobody is observed for less
MARGIN: Final = N_(
    "El margen es la comisión después de la cesión al colaborador; faltan los gastos propios de atender al cliente."
)
STEADY: Final = N_(
    "Se supone igual la probabilidad de seguir cada año y en todos los ramos ({departures} bajas en {exposure} años de"
    " póliza), e iguales la prima y la comisión; no cuenta lo que el cliente contrate después."
)
GIVEN_ONES: Final = N_(
    "La tasa de descuento del {rate} % anual es un supuesto, porque no se indicó ninguna: diga la suya."
)
UNKNOWN_DAYS: Final = N_(
    "De {n} bajas solo se sabe que fueron después de empezar la anualidad, y así se tratan: el intervalo es más ancho."
)
TOLD: Final = N_(
    "Nuestros {customers} clientes valen {value} a {years} años (entre {low} y {high}), descontando al {rate} % anual:"
    " {mean} de media por cliente. Se queda cada año el {retention} % de las pólizas, que dejan {margin} de comisión"
    " neta al año."
)


class TooFewDepartures(Conflict):
    """So few policies have ended that staying cannot be estimated."""

    text = N_(
        "Para estimar cuánto se quedan los clientes se necesitan {need} bajas conocidas, y en la cartera hay {n}."
    )


class KindValue(Result):
    """What customers of one kind are worth; EUR."""

    kind: str
    customers: int
    margin: Decimal
    value: Decimal


class RateValue(Result):
    """What all are worth at another rate of discount; EUR."""

    rate: float
    value: Decimal


class CustomerValue(Result):
    """The commission to be expected of the present customers; EUR. Rates and shares in per cent a year.

    `margin` is the net commission of one year. `value_low` and `value_high` follow the 95 % interval of the
    retention alone.
    """

    customers: int
    policies: int
    years: int
    rate: float
    rate_assumed: bool
    retention: float
    retention_low: float
    retention_high: float
    departures: int
    exposure: float
    margin: Decimal
    value: Decimal
    value_low: Decimal
    value_high: Decimal
    value_mean: Decimal
    kinds: tuple[KindValue, ...]
    other_rates: tuple[RateValue, ...]
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The value with its interval and its rate, and what it stands on."""
        said = translate(
            TOLD, locale, customers=self.customers, value=format_money(self.value, locale), years=self.years,
            low=format_money(self.value_low, locale), high=format_money(self.value_high, locale),
            rate=said_number(self.rate, locale, 1), mean=format_money(self.value_mean, locale),
            retention=said_number(self.retention, locale, 1), margin=format_money(self.margin, locale),
        )  # fmt: skip
        assumed = translate(GIVEN_ONES, locale, rate=said_number(self.rate, locale, 1)) if self.rate_assumed else ""
        return f"{said} {assumed}".rstrip()


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Valor de los clientes a largo plazo"),
    engine="actuarial",
    examples=(
        "¿Cuánto valen nuestros clientes a largo plazo?",
        "Valor de los clientes a 10 años con una tasa de descuento del 4 %",
        "What is the lifetime value of our customers?",
    ),
)
def value_customers(
    ctx: Context,
    discount_rate: Annotated[
        float | None,
        Field(ge=0, le=50, description="Per cent a year"),
        Slot(units=("%", "por ciento", "per cent"), cues=("tasa de descuento", "descontando", "discount rate", "al")),
    ] = None,
    years: Annotated[int, Field(ge=1, le=30), Slot(units=("años", "years"))] = 10,
) -> CustomerValue:
    """Value the net commission that the present customers will leave while their policies last.

    Policies end at a constant rate, estimated from all annuities on record by maximum likelihood, ends whose
    day is unknown as interval-censored; a year's commission comes in the middle of each year. Without
    `discount_rate` 3 % is assumed, and said.

    Raises:
        NoCustomers: nobody holds a policy in force.
        TooFewDepartures: fewer than ten policies have ended.

    Source: Gupta & Lehmann, Customers as Assets, Journal of Interactive Marketing 17 (2003); Berger & Nasr,
    Journal of Interactive Marketing 12 (1998); Lawless, Statistical Models and Methods for Lifetime Data (2003),
    ch. 4 (exponential, censored).
    """
    import pandas as pd

    locale = ctx.actor.locale
    people = profiled(ctx)
    book = annuities(ctx).merge(people[["customer", "kind"]], on="customer")
    latest = book.sort_values("from_on").drop_duplicates("policy", keep="last")
    live = latest[~latest["state"].isin(OVER)]
    if live.empty:
        raise NoCustomers
    today = pd.Timestamp(ctx.today)
    stay = staying(book, today, years)
    rate = ASSUMED if discount_rate is None else discount_rate
    margin = (live["net_premium"] * live["commission_rate"] * (1 - live["cession_rate"])).groupby(live["kind"]).sum()
    holders = live.groupby("kind")["customer"].nunique()
    worth = {name: _present(curve, rate) for name, curve in stay.curves.items()}
    total, people_count = float(margin.sum()), int(live["customer"].nunique())
    value = cents(total * worth["best"])
    cautions = [
        translate(MARGIN, locale),
        translate(STEADY, locale, departures=stay.departures, exposure=said_number(stay.exposure, locale, 0)),
    ]
    if discount_rate is None:
        cautions.insert(0, translate(GIVEN_ONES, locale, rate=said_number(rate, locale, 1)))
    if stay.unknown:
        cautions.append(translate(UNKNOWN_DAYS, locale, n=stay.unknown))
    return CustomerValue(
        customers=people_count, policies=len(live),
        years=years, rate=rate, rate_assumed=discount_rate is None,
        retention=stay.retained("best"), retention_low=stay.retained("low"), retention_high=stay.retained("high"),
        departures=stay.departures, exposure=round(stay.exposure, 1), margin=cents(total), value=value,
        value_low=cents(total * worth["low"]), value_high=cents(total * worth["high"]),
        value_mean=cents(total * worth["best"] / people_count),
        kinds=tuple(
            KindValue(
                kind=translate(LABELS[str(kind)], locale), customers=int(holders[kind]),
                margin=cents(float(margin[kind])), value=cents(float(margin[kind]) * worth["best"]),
            )
            for kind in margin.sort_values(ascending=False).index
        ),
        other_rates=tuple(
            RateValue(rate=other, value=cents(total * _present(stay.curves["best"], other))) for other in OTHERS
        ),
        cautions=tuple(cautions), charts=(said_chart(_chart(total, stay.curves, rate), locale),),
    )  # fmt: skip


@dataclass(frozen=True)
class Staying:
    """How policies stay: shares kept a year on, and at the middle of each year, with both ends of the interval."""

    kept: dict[str, float]
    curves: dict[str, list[float]]
    departures: int
    exposure: float
    unknown: int

    def retained(self, which: str) -> float:
        """The share of policies that is kept in a year, in per cent."""
        return round(100 * self.kept[which], 2)


def staying(book: "pd.DataFrame", today: "pd.Timestamp", years: int) -> Staying:
    """Fit a constant rate of leaving to annuities, as far as each was observed.

    Raises:
        TooFewDepartures: fewer than ten.
    """
    import numpy as np
    from lifelines import ExponentialFitter
    from scipy.stats import expon

    last = book.groupby("policy")["from_on"].transform("max") == book["from_on"]
    seen = book[(book["from_on"] < today) & ~(last & book["state"].isin(OVER) & ~book["departed"])]
    last = last.loc[seen.index]
    until = seen["left_on"].fillna(seen["to_on"].clip(upper=today))
    until = until.where(seen["departed"] | ~last, today)
    length = ((until - seen["from_on"]).dt.days / YEAR).to_numpy().clip(min=SOON)
    departed = seen["departed"].to_numpy(dtype=bool)
    unknown = departed & seen["left_on"].isna().to_numpy()
    if departed.sum() < LEAST_DEPARTURES:
        raise TooFewDepartures(need=LEAST_DEPARTURES, n=int(departed.sum()))
    fitted = ExponentialFitter().fit_interval_censoring(
        np.where(unknown, SOON / 2, length), np.where(departed, length, np.inf)
    )
    row = fitted.summary.loc["lambda_"]
    low, high = float(row["coef lower 95%"]), float(row["coef upper 95%"])
    means = {"best": float(row["coef"]), "low": max(low, SOON), "high": high}
    times = [1.0, *(year + 0.5 for year in range(years))]
    curves = {name: [float(v) for v in expon.sf(times, scale=mean)] for name, mean in means.items()}
    return Staying(
        kept={name: curve[0] for name, curve in curves.items()},
        curves={name: curve[1:] for name, curve in curves.items()},
        departures=int(departed.sum()), exposure=float(length.sum()), unknown=int(unknown.sum()),
    )  # fmt: skip


def _present(curve: list[float], rate: float) -> float:
    """What one euro a year, paid in the middle of each as long as the policy stays, is worth today."""
    total: float = sum(kept / (1 + rate / 100) ** (year + 0.5) for year, kept in enumerate(curve))
    return total


def _chart(margin: float, curves: dict[str, list[float]], rate: float) -> Chart:
    sums = {name: [margin * _present(curve[:n], rate) for n in range(1, len(curve) + 1)]
            for name, curve in curves.items()}  # fmt: skip
    return Chart(
        kind="line",
        title=N_("Valor acumulado de los clientes"),
        x_label=N_("Años"),
        unit="EUR",
        series=(
            Series(
                name=N_("Valor actual"), x=tuple(float(n + 1) for n in range(len(sums["best"]))),
                y=tuple(sums["best"]), low=tuple(sums["low"]), high=tuple(sums["high"]),
            ),
        ),
    )  # fmt: skip
