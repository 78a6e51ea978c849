"""Putting experience on present terms: rate level, trend, large losses."""

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import ConfigDict, Field

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Part, Positive, Table, Vector, operation
from engines.errors import N_, InvalidInput
from engines.insurance.dates import days

if TYPE_CHECKING:
    pass

Change = Annotated[float, Field(allow_inf_nan=False, gt=-0.95, le=10)]
FEW_POINTS: Final = 6


class RateChange(Part):
    """A change of the tariff: in force for policies written from `date` on; 0.05 is 5 % more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    change: Change


class RateGroup(Part):
    """Premium of the year on one rate level (1 = before all changes): its index and its share."""

    level: int
    rate_index: float
    share: float


class OnLevel(Computed):
    """What the premium of a calendar year must be multiplied by to be on today's tariff."""

    average_rate_level: float
    current_rate_level: float
    on_level_factor: float
    groups: list[RateGroup]
    on_level_premium: float | None = None


@operation(
    "Factor a tarifa actual (on-level)",
    examples=(
        "Pasa a tarifa actual la prima devengada de 2024 con estas subidas de tarifa, por el método del paralelogramo",
        "On-level factor for calendar year 2024 by the parallelogram method given these rate changes",
    ),
)
def on_level_factor(
    rate_changes: list[RateChange],
    calendar_year: Annotated[int, Field(ge=1900, le=2200)],
    policy_term_months: Annotated[int, Field(ge=1, le=120)] = 12,
    method: Literal["parallelogram", "extension"] = "parallelogram",
    policies: Table | None = None,
    start: str = "start",
    premium: str = "premium",
) -> OnLevel:
    """Bring the earned premium of a calendar year to the present rate level.

    Args:
        rate_changes: changes of the tariff by date, 1 to 200; each applies to policies written from then on.
        calendar_year: the year whose earned premium is adjusted.
        policy_term_months: how long policies run, in months.
        method: `parallelogram` supposes that policies are written evenly; `extension` re-rates each policy given.
        policies: for `extension`, a row a policy, with its start and its premium as written.
        start: column of `policies` with the first day, ISO.
        premium: column of `policies` with the premium.

    Raises:
        InvalidInput: no changes, two on one day, columns missing, or policies that earn nothing in that year.
        InsufficientData: no policies, for `extension`.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 5, current rate level: extension of exposures and
    parallelogram method.
    """
    import numpy as np

    changes = sorted(rate_changes, key=lambda change: change.date)
    if not 1 <= len(changes) <= 200:
        raise InvalidInput("rate_changes", N_("debe tener entre 1 y 200 cambios"))
    if len({change.date for change in changes}) < len(changes):
        raise InvalidInput("rate_changes", N_("tiene dos cambios el mismo día"))
    index = np.cumprod([1.0, *(1 + change.change for change in changes)])
    at = np.array([_year(change.date) for change in changes])
    term = policy_term_months / 12
    if method == "parallelogram":
        later = np.array([1.0, *(_earned_after(float(t), calendar_year, term) for t in at), 0.0])
        share = later[:-1] - later[1:]
        average, adjusted = float(share @ index), None
    else:
        if policies is None:
            raise InvalidInput("policies", N_("hace falta para volver a tarifar póliza a póliza"))
        table = frame(policies, "policies", [start], numeric=[premium], least=1)
        written = np.array([_year(date.fromordinal(int(d) + EPOCH)) for d in days(table[start], "policies")])
        paid = table[premium].to_numpy(dtype=float)
        began, ended = np.maximum(written, calendar_year), np.minimum(written + term, calendar_year + 1)
        earned = paid * np.clip(ended - began, 0.0, None) / term
        if not earned.sum() > 0:
            raise InvalidInput("policies", N_("no devenga prima en ese año"))
        level = np.searchsorted(at, written, side="right")
        base = earned / index[level]
        share = np.bincount(level, weights=base, minlength=index.size) / base.sum()
        average = float(earned.sum() / base.sum())
        adjusted = float(base.sum() * index[-1])
    current = float(index[-1])
    return OnLevel(
        method=method,
        n=len(changes),
        charts=(
            Chart(
                kind="bar",
                title=N_("Prima del año por nivel de tarifa"),
                series=(
                    Series(
                        name=N_("Parte de la prima"),
                        x=tuple(f"{i:.4g}" for i in index),
                        y=tuple(float(s) for s in share),
                    ),
                ),
                x_label=N_("Nivel de tarifa"),
            ),
        ),
        average_rate_level=average,
        current_rate_level=current,
        on_level_factor=current / average,
        groups=[
            RateGroup(level=i, rate_index=float(r), share=float(s))
            for i, (r, s) in enumerate(zip(index, share, strict=True), start=1)
        ],
        on_level_premium=adjusted,
    )


EPOCH: Final = date(1970, 1, 1).toordinal()


def _year(day: date) -> float:
    """A day as a point in years, by months: the first of July is exactly a half, as in the textbook."""
    return day.year + (day.month - 1 + (day.day - 1) / monthrange(day.year, day.month)[1]) / 12


def _earned_after(change: float, year: int, term: float) -> float:
    """The share of what `year` earns that was written after `change`, if policies are written evenly.

    At the moment s that is (s - change) / term, kept between 0 and 1; integrated over the year.
    """

    def integral(s: float) -> float:
        rising = min(max(s - change, 0.0), term)
        return rising**2 / (2 * term) + max(s - change - term, 0.0)

    return integral(year + 1) - integral(year)


class TrendFactor(Computed):
    """The span in years, and the factor for it."""

    years: float
    factor: float


@operation(
    "Factor de tendencia",
    examples=(
        "Proyecta el coste medio de julio de 2024 a enero de 2027 con una tendencia anual del 4 %",
        "Trend factor at 4% a year from the experience midpoint to the average accident date",
    ),
)
def trend_factor(annual_trend: Change, from_date: date, to_date: date) -> TrendFactor:
    """Compound a yearly trend over the span between two dates.

    Args:
        annual_trend: growth by year, as a decimal.
        from_date: average date of the experience, ISO.
        to_date: average date of the period that rates are made for, ISO.

    Raises:
        InvalidInput: dates that are none, or a trend of -95 % or less.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 6, loss trend, trend periods.
    """
    years = _year(to_date) - _year(from_date)
    said: tuple[Caution, ...] = ()
    if years < 0:
        said = (Caution(text=N_("La fecha de destino es anterior: la tendencia se deshace")),)
    return TrendFactor(method="compound, months", warnings=said, years=years, factor=float((1 + annual_trend) ** years))


class FittedTrend(Computed):
    """Exponential trend of a series: growth by year with its interval, and how well it fits.

    `fitted` follows the points given; `r2` is that of the logarithms.
    """

    annual_trend: float
    low: float
    high: float
    r2: float
    p_value: float
    fitted: list[float]


@operation(
    "Tendencia anual de una serie",
    examples=(
        "¿Qué tendencia anual tiene el coste medio por siniestro de estos trimestres?",
        "Fit an exponential annual trend to quarterly severity or frequency",
    ),
)
def fit_trend(series: Vector, periods_per_year: Positive = 1.0, level: Level = 0.95) -> FittedTrend:
    """Fit an exponential trend to a series at even intervals.

    Args:
        series: (n,) positive values by time: frequency, mean cost or pure premium. At least 3.
        periods_per_year: how many values make a year: 1, 4 or 12.
        level: confidence of the interval.

    Raises:
        InvalidInput: values that are not positive, or all equal.
        InsufficientData: fewer than three values.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 6, exponential regression of loss trends.
    """
    import numpy as np
    from scipy.stats import linregress
    from scipy.stats import t as student

    values = vector(series, "series", least=3, low=1e-100, varies=True)
    at = np.arange(values.size) / periods_per_year
    line = linregress(at, np.log(values))
    reach = float(student.ppf((1 + level) / 2, values.size - 2) * line.stderr)
    ends = np.array([line.slope, line.slope - reach, line.slope + reach])
    if not np.isfinite(ends).all() or ends.max() > 200:
        raise InvalidInput("series", N_("crece tanto que no hay tendencia anual con sentido; revise la unidad"))
    annual, low, high = np.expm1(ends)
    fitted = np.exp(line.intercept + line.slope * at)
    said = []
    if values.size < FEW_POINTS:
        said.append(Caution(text=N_("Con {n} puntos la tendencia es orientativa"), values={"n": int(values.size)}))
    if line.pvalue > 1 - level:
        said.append(Caution(text=N_("La tendencia no se distingue de cero con esa confianza")))
    return FittedTrend(
        method="log-linear least squares",
        library="scipy",
        n=int(values.size),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="line",
                title=N_("Serie y tendencia"),
                series=(
                    Series(name=N_("Observado"), x=tuple(at.tolist()), y=tuple(values.tolist())),
                    Series(name=N_("Tendencia"), x=tuple(at.tolist()), y=tuple(fitted.tolist())),
                ),
                x_label=N_("Años"),
            ),
        ),
        annual_trend=float(annual),
        low=float(low),
        high=float(high),
        r2=float(line.rvalue**2),
        p_value=float(line.pvalue),
        fitted=fitted.tolist(),
    )


class LargeLossYear(Part):
    """One year: its losses, how much of them is under the threshold, and what exceeds it."""

    year: str
    losses: float
    capped: float
    excess: float
    excess_ratio: float | None
    large: int


class LargeLossLoad(Computed):
    """What capped losses must be multiplied by for large ones. `capped_ratio` is capped by all losses."""

    years: list[LargeLossYear]
    capped_total: float
    excess_total: float
    capped_ratio: float
    excess_ratio: float
    load: float


@operation(
    "Recargo por siniestros graves",
    examples=(
        "Limita los siniestros a 100.000 euros y calcula el recargo por graves de los últimos años",
        "Large loss load: cap claims at a threshold and spread the excess over the years",
    ),
)
def large_loss_load(losses: Vector, threshold: Positive, years: Vector) -> LargeLossLoad:
    """Cap claims at a threshold, and spread what exceeds it over all years as a load.

    Args:
        losses: (n,) cost of each claim, not negative, on one price level.
        threshold: from where a claim counts as large, in the same unit.
        years: (n,) calendar year of each claim.

    Raises:
        InvalidInput: negative claims, nothing but zeros, or years that do not match the claims.
        InsufficientData: no claims.

    Source: Werner & Modlin, Basic Ratemaking (CAS, 2016), ch. 6, extraordinary losses, excess ratio procedure.
    """
    import numpy as np

    costs = vector(losses, "losses", low=0.0)
    of = vector(years, "years", length=costs.size, low=1000, high=9999)
    if (of != np.round(of)).any():
        raise InvalidInput("years", N_("debe tener años enteros"))
    capped = np.minimum(costs, threshold)
    total = float(capped.sum())
    if not total > 0:
        raise InvalidInput("losses", N_("no tiene importes"))
    rows = []
    for year in np.unique(of):
        own = of == year
        under, cost = float(capped[own].sum()), float(costs[own].sum())
        rows.append(
            LargeLossYear(
                year=str(int(year)),
                losses=cost,
                capped=under,
                excess=cost - under,
                excess_ratio=(cost - under) / under if under > 0 else None,
                large=int((costs[own] > threshold).sum()),
            )
        )
    excess = float(costs.sum()) - total
    large = sum(row.large for row in rows)
    said = []
    if large < 5:
        text = N_("Solo {n} siniestros pasan del umbral: el recargo es muy incierto")
        said.append(Caution(text=text, values={"n": large}))
    if len(rows) < 5:
        said.append(Caution(text=N_("Son {n} años: los graves piden más"), values={"n": len(rows)}))
    x = tuple(row.year for row in rows)
    return LargeLossLoad(
        method="all-year excess ratio",
        n=int(costs.size),
        warnings=tuple(said),
        charts=(
            Chart(
                kind="bar",
                title=N_("Siniestros limitados y exceso por año"),
                series=(
                    Series(name=N_("Limitados"), x=x, y=tuple(row.capped for row in rows)),
                    Series(name=N_("Exceso"), x=x, y=tuple(row.excess for row in rows)),
                ),
                x_label=N_("Año"),
            ),
        ),
        years=rows,
        capped_total=total,
        excess_total=excess,
        capped_ratio=total / (total + excess),
        excess_ratio=excess / total,
        load=1 + excess / total,
    )
