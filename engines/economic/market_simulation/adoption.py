"""How a new product is adopted."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, NonNegative, Part, Positive, Vector, operation
from engines.errors import N_, InvalidInput, NotConverged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PAST_PEAK: Final = N_("La imitación no supera a la innovación (q ≤ p): las ventas caen desde el principio.")
UNLIKE: Final = N_("El modelo explica solo el {share} % de lo que varían las ventas: no parecen una difusión.")
POOR: Final = 0.5
EARLY: Final = N_("Las ventas aún no han tocado techo: el mercado total ({m}) es muy incierto.")
RATES: Final = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
NONE: Final = 1e-9  # a rate of innovation or imitation that is none
UNTOLD: Final = 100  # times the sales so far, over which the market is no longer told by them


class NoDiffusion(NotConverged):
    """Sales that no diffusion, or any of many, would give."""

    text = N_("estas ventas no determinan una difusión ({why}): aún aceleran, o no crecen; espere a más períodos")


class Period(Part):
    """Adoption in one period: sales during it and adopters by its end."""

    period: int
    sales: float
    cumulative: float


class Diffusion(Computed):
    """A Bass diffusion; `t_peak` in periods from the launch, sales in the unit of m."""

    p: float
    q: float
    m: float
    t_peak: float
    peak_sales: float
    r2: float | None
    path: tuple[Period, ...]


@operation(
    "Difusión de un producto (Bass)",
    examples=(
        "¿Cuándo tocará techo la venta del nuevo seguro de mascotas? Modelo de difusión de Bass",
        "Bass diffusion model: peak time and adoption path of a new product",
    ),
)
def bass_diffusion(
    p: Level | None = None,
    q: NonNegative | None = None,
    m: Positive | None = None,
    sales: Vector | None = None,
    method: Literal["ols", "nls"] = "nls",
    periods: Annotated[int, Field(ge=1, le=1000)] = 20,
) -> Diffusion:
    """Project the adoption of a new product, from its coefficients or from its sales so far.

    Args:
        p: coefficient of innovation, per period, 0 to 1.
        q: coefficient of imitation, per period.
        m: people or units that will adopt in the end.
        sales: (n,) instead of p, q and m: sales of each period since the launch, n at least 4.
        method: how they are estimated: ols (Bass 1969) or nls (Srinivasan & Mason 1986).
        periods: how many periods to tell, from the launch.

    Raises:
        InvalidInput: neither coefficients nor sales, or both; negative sales.
        InsufficientData: fewer than four periods of sales.
        NotConverged: the sales do not follow a diffusion with positive p and m, or do not tell m.

    Source: Bass, Management Science 15 (1969): F(t) = (1 - e^-(p+q)t)/(1 + q/p e^-(p+q)t), peak at
    ln(q/p)/(p+q), peak sales m (p+q)²/(4q), estimation by S(t) = pm + (q-p)Y(t-1) - q/m Y(t-1)²;
    Srinivasan & Mason, Marketing Science 5 (1986).
    """
    import numpy as np

    if sales is not None and (p, q, m) == (None, None, None):
        sold = vector(sales, "sales", least=4, varies=True, low=0.0)
        rates = _by_squares(sold) if method == "ols" else _by_curve(sold)
        r2: float | None = _fit_of(sold, rates, method)
    elif sales is None and p is not None and q is not None and m is not None:
        sold, rates, r2 = np.empty(0), (p, q, m), None
    else:
        raise InvalidInput("sales", N_("indique p, q y m, o bien las ventas"))
    innovation, imitation, market = rates
    both = innovation + imitation
    falling = imitation <= innovation
    t_peak = 0.0 if falling else float(np.log(imitation / innovation) / both)
    peak = market * innovation if falling else market * both**2 / (4 * imitation)
    adopted = market * _share(np.arange(periods + 1, dtype=float), innovation, imitation)
    warnings: tuple[Caution, ...] = (Caution(text=PAST_PEAK),) if falling else ()
    if r2 is not None and r2 < POOR:
        warnings += (Caution(text=UNLIKE, values={"share": round(100 * max(r2, 0.0))}),)
    if sold.size and t_peak > sold.size:
        warnings += (Caution(text=EARLY, values={"m": round(market, 1)}),)
    path = tuple(
        Period(period=t, sales=float(adopted[t] - adopted[t - 1]), cumulative=float(adopted[t]))
        for t in range(1, periods + 1)
    )
    return Diffusion(
        method="given coefficients" if r2 is None else method,
        library="" if r2 is None else "scipy",
        n=sold.size or None,
        warnings=warnings,
        charts=(_chart(path, sold),),
        p=innovation,
        q=imitation,
        m=market,
        t_peak=t_peak,
        peak_sales=float(peak),
        r2=r2,
        path=path,
    )


def _share(t: "Floats", p: float, q: float) -> "Floats":
    """F(t), the share that has adopted by t."""
    import numpy as np

    gone = -np.expm1(-(p + q) * t)
    found: Floats = gone / (1 + q / p * (1 - gone))
    return found


def _by_squares(sold: "Floats") -> tuple[float, float, float]:
    """p, q and m from the quadratic regression of sales on those before."""
    import numpy as np

    before = np.concatenate([[0.0], np.cumsum(sold)[:-1]])
    unit = max(float(before.max()), 1e-300)
    columns = np.column_stack([np.ones(sold.size), before / unit, (before / unit) ** 2])
    a, b, c = np.linalg.lstsq(columns, sold, rcond=None)[0] / np.array([1.0, unit, unit**2])
    root = b * b - 4 * a * c
    if not (a > 0 and c < 0 and root >= 0):
        raise NoDiffusion("sales", "Bass")
    market = float((-b - np.sqrt(root)) / (2 * c))
    return float(a / market), float(-c * market), market


def _by_curve(sold: "Floats") -> tuple[float, float, float]:
    """p, q and m that fit sales to m (F(t) - F(t-1)), searched on logarithms so that they stay positive.

    The search starts from the best of a net of p and q, each with its best m: the regression of Bass
    has no positive p for sales that begin slowly, where the curve fits well.
    """
    import numpy as np
    from scipy.optimize import least_squares

    t = np.arange(sold.size + 1, dtype=float)
    unit = float(sold.max())
    shown = sold / unit

    def curve(p: float, q: float) -> "Floats":
        return np.diff(_share(t, p, q))

    def residuals(logs: "Floats") -> "Floats":
        with np.errstate(all="ignore"):
            p, q, m = np.exp(logs)
            found: Floats = np.nan_to_num(m * curve(p, q) - shown, nan=1e6, posinf=1e6, neginf=-1e6)
        return found

    def begin(p: float, q: float) -> "Floats":
        at = curve(p, q)
        return np.log([p, q, max(float(at @ shown) / float(at @ at), 1e-6)])

    net = [begin(p, q) for p in RATES for q in (*RATES[3:], 1.0)]
    start = min(net, key=lambda logs: float(residuals(logs) @ residuals(logs)))
    low, high = np.log([NONE, NONE, 1e-12]), np.log([1.0, 100.0, 1e12])
    fit = least_squares(
        residuals, start, bounds=(low, high), method="trf", ftol=1e-12, xtol=1e-12, gtol=1e-12, max_nfev=5000
    )
    p, q, m = (float(v) for v in np.exp(fit.x))
    if not fit.success or not 2 * NONE < p < 0.999 or m > UNTOLD * shown.sum():
        raise NoDiffusion("sales", "Bass")
    return p, q, m * unit


def _fit_of(sold: "Floats", rates: tuple[float, float, float], method: str) -> float:
    """The share of the variance of sales that the model explains."""
    import numpy as np

    p, q, m = rates
    if method == "ols":
        before = np.concatenate([[0.0], np.cumsum(sold)[:-1]])
        predicted = (p + q * before / m) * (m - before)
    else:
        predicted = m * np.diff(_share(np.arange(sold.size + 1, dtype=float), p, q))
    centred = sold - sold.mean()
    left = sold - predicted
    return 1 - float(left @ left) / float(centred @ centred)


def _chart(path: tuple[Period, ...], sold: "Floats") -> Chart:
    series = [Series(name=N_("Modelo"), x=tuple(float(r.period) for r in path), y=tuple(r.sales for r in path))]
    if sold.size:
        x = tuple(float(i + 1) for i in range(sold.size))
        series.append(Series(name=N_("Observado"), x=x, y=tuple(float(v) for v in sold)))
    return Chart(
        kind="line",
        title=N_("Ventas por período"),
        series=tuple(series),
        x_label=N_("Período"),
        y_label=N_("Ventas"),
    )
