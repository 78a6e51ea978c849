"""Demand: what people spend and buy as income and price change."""

from typing import Literal

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Vector, operation
from engines.economic.quantile_lines import doubts, quantile_fit
from engines.economic.regression import small_sample
from engines.errors import N_, InvalidInput, SingularMatrix


class EngelCurve(Computed):
    """Spending on income: lines of a quantile and of the mean, and the elasticities at the mean income."""

    quantile_const: float
    quantile_slope: float
    quantile_slope_se: float
    ols_const: float
    ols_slope: float
    ols_slope_se: float
    quantile_elasticity: float | None
    ols_elasticity: float | None


@operation(
    "Curva de Engel",
    examples=(
        "Curva de Engel: cuánto gasta cada familia en seguros según sus ingresos, en la mediana y en la media",
        "Engel curve of food expenditure on household income, median regression",
    ),
    heavy=True,
)
def engel_curve(income: Vector, spend: Vector, tau: Level = 0.5) -> EngelCurve:
    """Fit spending as a line of income, for a quantile and for the mean.

    Args:
        income: (n,) income of each household, in EUR, not negative, n at least 10.
        spend: (n,) what it spends on the good, in EUR.
        tau: quantile, strictly between 0 and 1.

    Raises:
        InvalidInput: numbers not finite, of unequal length, or that do not vary.
        InsufficientData: fewer than ten households.
        NotConverged: the quantile regression did not settle.

    Source: Engel (1857); Koenker & Bassett, Econometrica 46 (1978) and 50 (1982).
    """
    import numpy as np
    import statsmodels.regression.linear_model as lm

    earned = vector(income, "income", least=10, varies=True, low=0.0)
    spent = vector(spend, "spend", length=earned.size, varies=True)
    scale, unit = float(earned.std()), float(spent.std())
    if np.ptp(earned) < 1e-10 * earned.max():
        raise SingularMatrix("income", "income")
    columns = np.column_stack([np.ones(earned.size), earned / scale])
    middle, errors, _ = quantile_fit(spent, columns, tau)
    mean = lm.OLS(spent / unit, columns).fit(method="pinv")
    at = float(earned.mean())

    def elasticity(const: float, slope: float) -> float | None:
        predicted = const + slope * at
        return slope * at / predicted if predicted > 0 else None

    line = middle / [1.0, scale]
    ols = unit * np.asarray(mean.params) / [1.0, scale]
    ends = (float(earned.min()), float(earned.max()))
    shown = np.linspace(0, earned.size - 1, min(earned.size, 500)).astype(int)
    chart = Chart(
        kind="scatter",
        title=N_("Curva de Engel"),
        x_label=N_("Ingresos"),
        y_label=N_("Gasto"),
        unit="EUR",
        series=(
            Series(
                name=N_("Hogares"),
                x=tuple(float(v) for v in earned[shown]),
                y=tuple(float(v) for v in spent[shown]),
            ),
            Series(name=N_("Cuantil"), x=ends, y=tuple(float(line[0] + line[1] * e) for e in ends)),
            Series(name=N_("Media"), x=ends, y=tuple(float(ols[0] + ols[1] * e) for e in ends)),
        ),
    )
    return EngelCurve(
        method=f"quantile regression at {tau:g}, and OLS",
        library="statsmodels",
        n=earned.size,
        warnings=small_sample(earned.size, 2) + doubts(spent, columns, middle, tau),
        charts=(chart,),
        quantile_const=float(line[0]),
        quantile_slope=float(line[1]),
        quantile_slope_se=float(errors[1] / scale),
        ols_const=float(ols[0]),
        ols_slope=float(ols[1]),
        ols_slope_se=float(mean.bse[1] * unit / scale),
        quantile_elasticity=elasticity(float(line[0]), float(line[1])),
        ols_elasticity=elasticity(float(ols[0]), float(ols[1])),
    )


class PriceElasticity(Computed):
    """Percentage change of the quantity per one per cent of price; `se` and bounds where there are enough data."""

    elasticity: float
    se: float | None
    low: float | None
    high: float | None
    first_stage_f: float | None


WEAK: str = N_("El instrumento es débil (F = {f}, menor que 10): la elasticidad está sesgada.")
STILL: str = N_(
    "En {n} tramos el precio cambia menos de un 1 %: su elasticidad de arco no dice nada y mueve la media; use log_log."
)
UNSOLD: str = N_("tiene períodos sin ventas, y el cero no tiene logaritmo; júntelos con otros o use midpoint")
UPWARD: str = N_("La elasticidad sale positiva: o el precio responde a la demanda, o falta alguna variable.")


@operation(
    "Elasticidad precio",
    examples=(
        "¿Cuál es la elasticidad precio de la demanda de pólizas con estas primas y contrataciones?",
        "Price elasticity of demand by log-log regression, midpoint or instrument",
    ),
    heavy=True,
)
def elasticity(
    q: Vector, p: Vector, method: Literal["log_log", "midpoint", "iv"] = "log_log", instrument: Vector | None = None
) -> PriceElasticity:
    """Measure how the quantity sold answers to the price (*elasticidad precio*).

    Args:
        q: (n,) quantities, positive; with midpoint zero too.
        p: (n,) prices, positive, in the same order.
        method: log_log (regression of logarithms), midpoint (arc elasticity, mean of consecutive pairs),
            iv (two-stage least squares of logarithms).
        instrument: (n,) what moves the price but not the demand (a cost), for iv.

    Raises:
        InvalidInput: numbers not positive, of unequal length, or a price that does not vary.
        InsufficientData: fewer than 2 pairs for midpoint, 3 for log_log, 5 for iv.
        SingularMatrix: the instrument says nothing of the price.

    Source: Varian, Intermediate Microeconomics, chapter 15; arc elasticity of Allen (1934); Wooldridge,
    Introductory Econometrics, section 15.1 (iv: b = cov(z, ln q)/cov(z, ln p)), n - 2 degrees of freedom.
    """
    import numpy as np
    from scipy import stats

    if (method == "iv") != (instrument is not None):
        raise InvalidInput("instrument", N_("va con el método iv, y solo con él"))
    least = {"midpoint": 2, "log_log": 3, "iv": 5}[method]
    quantity = vector(q, "q", least=least, low=0.0)
    if method != "midpoint" and not quantity.all():
        raise InvalidInput("q", UNSOLD)
    price = vector(p, "p", least=least, length=quantity.size, varies=True, low=1e-100)
    n = quantity.size
    f = None
    still: tuple[Caution, ...] = ()
    if method == "midpoint":
        dq, dp = np.diff(quantity), np.diff(price)
        moved = (dp != 0) & (quantity[1:] + quantity[:-1] > 0)
        if not moved.any():
            raise InvalidInput("q", N_("es cero en todos los tramos en que cambia el precio"))
        tiny = int((np.abs(dp)[moved] < 0.005 * (price[1:] + price[:-1])[moved]).sum())
        still = (Caution(text=STILL, values={"n": tiny}),) if tiny else ()
        arcs = (dq / (quantity[1:] + quantity[:-1]))[moved] / (dp / (price[1:] + price[:-1]))[moved]
        value, df = float(arcs.mean()), arcs.size - 1
        se = float(arcs.std(ddof=1) / np.sqrt(arcs.size)) if df else None
    else:
        x = np.log(price) - np.log(price).mean()
        y = np.log(quantity) - np.log(quantity).mean()
        z = x
        if np.linalg.norm(x) < 1e-12 * np.sqrt(n):
            raise SingularMatrix("p", "p")
        if instrument is not None:
            z = vector(instrument, "instrument", length=n, varies=True)
            z = (z - z.mean()) / z.std()
            share = float(z @ x) ** 2 / (float(z @ z) * float(x @ x))
            if share < 1e-12:
                raise SingularMatrix("instrument", "instrument")
            f = share * (n - 2) / max(1 - share, 1e-15)
        df = n - 2
        value = float(z @ y) / float(z @ x)
        residuals = y - value * x
        se = float(np.sqrt(residuals @ residuals / df * (z @ z)) / abs(z @ x))
    half = None if se is None else float(stats.t(df).ppf(0.975)) * se
    warnings = small_sample(n, 2) if method != "midpoint" else still
    if f is not None and f < 10:
        warnings += (Caution(text=WEAK, values={"f": round(f, 2)}),)
    if value > 0:
        warnings += (Caution(text=UPWARD),)
    return PriceElasticity(
        method=method,
        library="" if method == "midpoint" else "numpy",
        n=n,
        warnings=warnings,
        elasticity=value,
        se=se,
        low=None if half is None else value - half,
        high=None if half is None else value + half,
        first_stage_f=f,
    )
