"""Building triangles from movements, testing what chain ladder assumes, and following it up."""

from typing import Literal

from engines.arrays import frame, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, GappyMatrix, Level, Part, Table, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.insurance.dates import FREQUENCIES, days, ordinals
from engines.insurance.reserving.mack import spread
from engines.insurance.triangles import LARGEST, Average, Triangle, checked, developed, library, methods, pattern


class BuiltTriangle(Computed):
    """A triangle from movements: rows are `origins` (their first to last), columns ages of one `grain`.

    `cumulative` and `incremental` are null below the last diagonal; `left_out` counts movements after `valuation`.
    """

    grain: str
    valuation: str
    origins: list[str]
    cumulative: list[list[float | None]]
    incremental: list[list[float | None]]
    total: float
    left_out: int


@operation(
    "Triángulo desde movimientos",
    examples=(
        "Construye el triángulo de siniestros por año de ocurrencia a partir de los pagos con su fecha",
        "Build a quarterly loss triangle from claim movements with accident date, payment date and amount",
    ),
)
def triangle_build(
    data: Table,
    origin: str = "origin_date",
    movement: str = "movement_date",
    amount: str = "amount",
    grain: Literal["month", "quarter", "year"] = "year",
    valuation: str | None = None,
) -> BuiltTriangle:
    """Add up claim movements by origin period and age.

    Args:
        data: a row a movement (payment, recovery, change of case reserve), with the three columns below.
        origin: column with the date of the claim, ISO.
        movement: column with the date of the movement, ISO, not before the claim's.
        amount: column with the amount; recoveries are negative.
        grain: length of a period, the same for origins and ages.
        valuation: ISO date as of which the triangle is taken, within its period; by default that of the last movement.

    Raises:
        InvalidInput: columns missing, dates that are none, movements before their claim, or a valuation before all.
        InsufficientData: no movements.
        LimitExceeded: more than 60 periods.

    Source: Friedland, Estimating Unpaid Claims Using Basic Techniques (CAS, 2010), ch. 5, the development triangle.
    """
    import numpy as np
    import pandas as pd

    table = frame(data, "data", [origin, movement], numeric=[amount], least=1)
    if (days(table[movement], "data") < days(table[origin], "data")).any():
        raise InvalidInput("data", N_("tiene movimientos anteriores a la fecha de su siniestro"))
    born, moved = ordinals(table[origin], grain, "data"), ordinals(table[movement], grain, "data")
    at = int(moved.max()) if valuation is None else int(ordinals([valuation], grain, "valuation")[0])
    first = int(born.min())
    n = at - first + 1
    if n < 1:
        raise InvalidInput("valuation", N_("es anterior a todos los siniestros"))
    if n > LARGEST:
        raise LimitExceeded("data", LARGEST, n, N_("agrupe por trimestres o por años"))
    kept = moved <= at
    rows, ages = (born - first)[kept], (moved - born)[kept]
    added = np.zeros((n, n))
    np.add.at(added, (rows, ages), table[amount].to_numpy(dtype=float)[kept])
    total = np.cumsum(added, axis=1)
    there = np.add.outer(np.arange(n), np.arange(n)) < n
    said = []
    silent = sorted(set(range(n)) - set(rows.tolist()))
    names = [str(pd.Period(ordinal=first + i, freq=FREQUENCIES[grain])) for i in range(n)]
    if silent:
        text = N_("Sin movimientos en los orígenes {origins}: van a cero")
        said.append(Caution(text=text, values={"origins": ", ".join(names[i] for i in silent)}))
    if (total[there] < 0).any():
        said.append(Caution(text=N_("Hay acumulados negativos: revise recobros y signos")))
    if not kept.all():
        text = N_("{n} movimientos son posteriores a la fecha de valoración y quedan fuera")
        said.append(Caution(text=text, values={"n": int((~kept).sum())}))
    if n == 1:
        said.append(Caution(text=N_("Solo hay un periodo: aún no hay desarrollo que medir")))
    shaped = Triangle(np.where(there, total, np.nan), "data", ())
    return BuiltTriangle(
        method=f"grain={grain}",
        library="pandas",
        n=int(kept.sum()),
        warnings=tuple(said),
        charts=(shaped.chart(),),
        grain=grain,
        valuation=str(pd.Period(ordinal=at, freq=FREQUENCIES[grain])),
        origins=names,
        cumulative=[
            [float(v) if t else None for v, t in zip(a, b, strict=True)] for a, b in zip(total, there, strict=True)
        ],
        incremental=[
            [float(v) if t else None for v, t in zip(a, b, strict=True)] for a, b in zip(added, there, strict=True)
        ],
        total=float(added.sum()),
        left_out=int((~kept).sum()),
    )


class Residual(Part):
    """The standardised residual of one factor, with its origin, age and calendar period (1 = first)."""

    origin: int
    age: int
    calendar: int
    fitted: float
    residual: float


class Diagnostics(Computed):
    """Tests of what chain ladder assumes. A statistic outside its range speaks against it.

    `calendar_z` compares large and small factors on diagonals; `correlation_t` neighbouring factors.
    """

    calendar_z: float
    calendar_expected: float
    calendar_variance: float
    calendar_low: float
    calendar_high: float
    calendar_effect: bool
    correlation_t: float
    correlation_variance: float
    correlation_low: float
    correlation_high: float
    correlated: bool
    residuals: list[Residual]


@operation(
    "Diagnóstico del triángulo",
    examples=(
        "¿Se cumplen las hipótesis de chain ladder en este triángulo? Efecto calendario y correlación de factores",
        "Mack's tests on a loss triangle: calendar year effect, correlated development factors, residuals",
    ),
)
def diagnostics(
    triangle: GappyMatrix, calendar_level: Level = 0.95, correlation_level: Level = 0.5, average: Average = "volume"
) -> Diagnostics:
    """Test a triangle for calendar-year effects and correlated factors, and give its residuals.

    Args:
        triangle: (n, n) cumulative amounts, a row an origin from the oldest, null below the last diagonal,
            positive. 5 to 60 origins.
        calendar_level: confidence of the calendar-year test.
        correlation_level: confidence of the correlation test; Mack takes 0.5, to find correlations early.
        average: how factors are averaged for the residuals.

    Raises:
        InvalidInput: not a triangle, with gaps, or not positive.
        InsufficientData: fewer than five origins.
        LimitExceeded: more than 60 origins.

    Source: Mack, Measuring the Variability of Chain Ladder Reserve Estimates, CAS Forum (Spring 1994),
    appendices G (correlation) and H (calendar year).
    """
    import numpy as np
    from scipy.stats import norm

    chainladder = methods()
    held = checked(triangle, least=5, positive=True)
    n = held.size
    there = np.add.outer(np.arange(n), np.arange(n)) < n
    if not (held.values[there] > 0).all():
        raise InvalidInput("triangle", N_("debe estar completo y ser positivo en todas sus celdas"))
    shaped = library(held)
    calendar = chainladder.ValuationCorrelation(shaped, p_critical=1 - calendar_level, total=True)
    z, expected, variance = (
        float(found.iloc[0, 0]) for found in (calendar.z, calendar.z_expectation, calendar.z_variance)
    )
    reach = norm.ppf(0.5 + calendar_level / 2) * np.sqrt(variance)
    neighbours = chainladder.DevelopmentCorrelation(shaped, p_critical=1 - correlation_level)
    t = float(neighbours.t_expectation.iloc[0, 0])
    width = norm.ppf(0.5 + correlation_level / 2) * np.sqrt(neighbours.t_variance)
    fitted = developed(held, average)
    factors = pattern(fitted, held)
    sigma, _ = spread(fitted, held)
    power = {"volume": 0.5, "simple": 1.0, "regression": 0.0}[average]
    rows = []
    for j in range(n - 2):
        for i in range(n - 1 - j):
            before = held.values[i, j]
            scale = sigma[j] * before**power
            gap = held.values[i, j + 1] - factors[j] * before
            value = float(gap / scale) if scale > 0 else 0.0
            rows.append(
                Residual(origin=i + 1, age=j + 1, calendar=i + j + 2, fitted=float(factors[j] * before), residual=value)
            )
    return Diagnostics(
        method="Mack 1994",
        library="chainladder",
        n=n,
        warnings=held.cautions,
        charts=tuple(
            Chart(
                kind="scatter",
                title=title,
                series=(
                    Series(
                        name=N_("Residuo"),
                        x=tuple(float(getattr(row, axis)) for row in rows),
                        y=tuple(row.residual for row in rows),
                    ),
                ),
                x_label=label,
                y_label=N_("Residuo"),
                marks=(("0", 0.0),),
            )
            for axis, title, label in (
                ("calendar", N_("Residuos por periodo de calendario"), N_("Periodo de calendario")),
                ("origin", N_("Residuos por origen"), N_("Origen")),
                ("age", N_("Residuos por edad"), N_("Edad")),
            )
        ),
        calendar_z=z,
        calendar_expected=expected,
        calendar_variance=variance,
        calendar_low=float(expected - reach),
        calendar_high=float(expected + reach),
        calendar_effect=bool(abs(z - expected) > reach),
        correlation_t=t,
        correlation_variance=float(neighbours.t_variance),
        correlation_low=float(-width),
        correlation_high=float(width),
        correlated=bool(abs(t) > width),
        residuals=rows,
    )


class OriginFollowUp(Part):
    """What one origin (1 = oldest) was expected to add in the period, and what it added."""

    origin: int
    expected: float
    actual: float
    difference: float
    ratio: float | None


class FollowUp(Computed):
    """Actual against expected development of one period, by origin and in total; `ratio` is actual by expected."""

    origins: list[OriginFollowUp]
    expected_total: float
    actual_total: float
    difference_total: float
    ratio_total: float | None


@operation(
    "Real frente a esperado",
    examples=(
        "Compara la nueva diagonal del triángulo con lo que esperaba chain ladder el año pasado",
        "Actual versus expected: last year's triangle against the new diagonal",
    ),
)
def actual_vs_expected(
    triangle: GappyMatrix, new_diagonal: Vector, average: Average = "volume", incremental: bool = False
) -> FollowUp:
    """Compare what origins added in a period with what the earlier triangle foretold.

    Args:
        triangle: (n, n) amounts as they were a period ago, a row an origin from the oldest, null below the
            last diagonal; cumulative unless `incremental`.
        new_diagonal: (n - 1,) cumulative amounts now of all origins but the oldest, which was at the last age.
        average: how factors are averaged.
        incremental: whether the triangle's cells are what was added at each age.

    Raises:
        InvalidInput: not a triangle, a factor not estimable, or a diagonal that does not match it.
        InsufficientData: fewer than two origins.
        LimitExceeded: more than 60 origins.

    Source: Friedland, Estimating Unpaid Claims Using Basic Techniques (CAS, 2010), ch. 15, expected claims
    emergence.
    """
    held = checked(triangle, incremental=incremental)
    now = vector(new_diagonal, "new_diagonal", length=held.size - 1)
    factors = pattern(developed(held, average), held)
    before = held.latest[1:]
    expected = before * (factors[::-1] - 1)
    actual = now - before
    rows = [
        OriginFollowUp(
            origin=i, expected=float(e), actual=float(a), difference=float(a - e), ratio=float(a / e) if e > 0 else None
        )
        for i, (e, a) in enumerate(zip(expected, actual, strict=True), start=2)
    ]
    foreseen, came = float(expected.sum()), float(actual.sum())
    x = tuple(str(row.origin) for row in rows)
    return FollowUp(
        method=f"average={average}",
        library="chainladder",
        n=held.size,
        warnings=held.cautions,
        charts=(
            Chart(
                kind="bar",
                title=N_("Real frente a esperado por origen"),
                series=(
                    Series(name=N_("Esperado"), x=x, y=tuple(row.expected for row in rows)),
                    Series(name=N_("Real"), x=x, y=tuple(row.actual for row in rows)),
                ),
                x_label=N_("Origen"),
            ),
        ),
        origins=rows,
        expected_total=foreseen,
        actual_total=came,
        difference_total=came - foreseen,
        ratio_total=came / foreseen if foreseen > 0 else None,
    )
