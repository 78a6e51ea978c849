"""What a portfolio has yielded (*rentabilidad obtenida*): by time, by money, and per unit of risk."""

import math
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Real, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput, NotConverged
from engines.financial.cautions import unusual

if TYPE_CHECKING:
    from engines.arrays import Floats


class CashFlow(Part):
    """Money on a day, EUR: paid in is negative, taken out (or the value at the end) is positive."""

    model_config = ConfigDict(extra="forbid")

    on: date
    amount: Real


class Performance(Computed):
    """Fractions. Figures of `returns` are None without them, `mwr` is None without `flows`, ratios without risk.

    `twr` is the whole span's; those called annual are per year. `drawdown_from` and `drawdown_to` number the
    periods of the top (0: the start) and of the bottom.
    """

    twr: float | None = None
    annual_return: float | None = None
    annual_vol: float | None = None
    sharpe: float | None = None
    sortino: float | None = None
    downside_deviation: float | None = None
    max_drawdown: float | None = None
    drawdown_from: int | None = None
    drawdown_to: int | None = None
    mwr: float | None = None


SHOWN: Final = 1000  # points of a line that a chart draws
SHORT = N_("Menos de un año de datos: los ratios anualizados son inseguros.")
SHORT_FLOWS = N_("Los flujos abarcan {days} días: la TIR anual proyecta a un año entero lo que ha pasado en menos.")
SEVERAL = N_("Los flujos cambian de signo varias veces y {count} tasas los anulan: se da la más cercana a cero.")
FRACTIONS = N_("hay valores menores que -1; dé las rentabilidades en tanto por uno (-0,05 es un -5 %)")


@operation(
    "Rentabilidad y riesgo obtenidos",
    examples=(
        "Calcula la rentabilidad TWR y la TIR (XIRR) de la cartera, su Sharpe, Sortino y caída máxima",
        "Portfolio performance: time-weighted and money-weighted return, Sharpe, Sortino, max drawdown",
    ),
)
def performance(
    returns: Vector | None = None,
    frequency: Annotated[float, Field(gt=0, le=366, allow_inf_nan=False)] = 12.0,
    risk_free: Real = 0.0,
    target: Real = 0.0,
    flows: Annotated[tuple[CashFlow, ...], Field(max_length=100_000)] | None = None,
) -> Performance:
    """Measure past returns: time-weighted from `returns`, money-weighted from dated `flows`.

    Args:
        returns: (n,) returns of successive periods, as fractions, -1 or more, n at least 2.
        frequency: periods a year: 12 monthly, 252 daily, 1 yearly.
        risk_free: riskless rate per year, as a fraction; shared out evenly over the periods.
        target: return per period that counts as a loss when not reached, for Sortino.
        flows: dated payments, the final value among them; at least one in and one out.

    Raises:
        InvalidInput: neither returns nor flows, returns under -1, flows of one sign or of one day.
        InsufficientData: fewer than two returns or flows.
        NotConverged: no internal rate makes the flows' value zero.

    Source: CFA Institute, Global Investment Performance Standards (2020), 2.A; Sharpe, The Journal of
    Portfolio Management 21 (1994); Sortino & Price, The Journal of Investing 3 (1994): the root mean
    square shortfall over all periods; XIRR on actual/365.
    """
    import numpy as np

    if returns is None and flows is None:
        raise InvalidInput("returns", N_("dé rentabilidades, o flujos con su fecha, o ambos"))
    mwr, cautions = _internal_rate(flows) if flows is not None else (None, ())
    if returns is None:
        return Performance(method="XIRR, actual/365", library="scipy", n=len(flows or ()), mwr=mwr, warnings=cautions)
    rows = vector(returns, "returns", least=2, high=1e6)
    if rows.min() < -1:
        raise InvalidInput("returns", FRACTIONS)
    n = rows.size
    ruined = np.minimum.accumulate(rows) <= -1
    growth = np.cumsum(np.log1p(np.where(ruined, 0.0, rows)))
    if growth[-1] > 200:
        raise InvalidInput("returns", N_("no son rentabilidades en tanto por uno: el capital crecería sin medida"))
    wealth = np.concatenate([[1.0], np.exp(growth)])
    wealth[1:][ruined] = 0.0
    tops = np.maximum.accumulate(wealth)
    falls = wealth / tops - 1
    bottom = int(falls.argmin())
    excess = rows - risk_free / frequency
    sd = _sd(rows)
    downside = math.sqrt(float((np.minimum(rows - target, 0.0) ** 2).mean()))
    root = math.sqrt(frequency)
    return Performance(
        method="geometric linking; sd with n - 1; downside over all periods"
        + ("; XIRR, actual/365" if mwr is not None else ""),
        library="numpy",
        n=n,
        twr=float(wealth[-1]) - 1,
        annual_return=float(wealth[-1]) ** (frequency / n) - 1 if growth[-1] * frequency / n < 200 else None,
        annual_vol=sd * root,
        sharpe=float(excess.mean()) / sd * root if sd > 0 else None,
        sortino=(float(rows.mean()) - target) / downside * root if downside > 0 else None,
        downside_deviation=downside,
        max_drawdown=abs(float(falls.min())),
        drawdown_from=int(wealth[: bottom + 1].argmax()),
        drawdown_to=bottom,
        mwr=mwr,
        warnings=((Caution(text=SHORT),) if n < frequency else ()) + unusual("risk_free", risk_free) + cautions,
        charts=(_wealth(wealth, falls),),
    )


def _sd(rows: "Floats") -> float:
    """The sample deviation; exactly zero for equal values, which rounding would not give."""
    return 0.0 if rows.min() == rows.max() else float(rows.std(ddof=1))


def _wealth(wealth: "Floats", falls: "Floats") -> Chart:
    """The value of one euro and its falls; of a long series, every so many periods and the last."""
    step = max(1, -(-wealth.size // SHOWN))
    shown = sorted(range(wealth.size - 1, -1, -step))
    places = tuple(float(i) for i in shown)
    return Chart(
        kind="line",
        title=N_("Evolución de la cartera y caída desde el máximo"),
        series=(
            Series(name=N_("valor de 1 EUR"), x=places, y=tuple(float(wealth[i]) for i in shown)),
            Series(name=N_("caída desde el máximo"), x=places, y=tuple(float(falls[i]) for i in shown)),
        ),
        x_label=N_("periodo"),
    )


def _internal_rate(flows: tuple[CashFlow, ...]) -> tuple[float, tuple[Caution, ...]]:
    """The rate per year that makes the flows' value zero, and what to know before using it."""
    import numpy as np
    from scipy import optimize

    if len(flows) < 2:
        raise InsufficientData("flows", 2, len(flows))
    amounts = np.array([flow.amount for flow in flows])
    if amounts.min() >= 0 or amounts.max() <= 0:
        raise InvalidInput("flows", N_("debe haber pagos y cobros: con un solo signo no hay tasa interna"))
    start = min(flow.on for flow in flows)
    years = np.array([(flow.on - start).days / 365 for flow in flows])
    if years.max() == 0:
        raise InvalidInput("flows", N_("todos los flujos son del mismo día"))
    scaled = amounts / np.abs(amounts).max()

    def value(force: float) -> float:
        """Present value at the force of interest ln(1 + rate), in which it is defined everywhere."""
        return float(scaled @ np.exp(-force * years))

    # From -99.99 % to 100,000 % a year; of several changes of sign, the one nearest to zero.
    grid = np.unique([*np.linspace(-9.2, 6.9, 400).round(6), 0.0])
    values = [value(float(force)) for force in grid]
    steps = list(zip(grid, grid[1:], values, values[1:], strict=False))
    brackets = [(a, b) for a, b, u, v in steps if u * v < 0 or v == 0]
    if not brackets:
        raise NotConverged("flows", N_("ninguna tasa interna anula los flujos"))
    low, high = min(brackets, key=lambda pair: abs(pair[0] + pair[1]))
    cautions = []
    if years.max() < 1:
        cautions.append(Caution(text=SHORT_FLOWS, values={"days": round(years.max() * 365)}))
    if len(brackets) > 1:
        cautions.append(Caution(text=SEVERAL, values={"count": len(brackets)}))
    return math.expm1(float(optimize.brentq(value, low, high, xtol=1e-14))), tuple(cautions)
