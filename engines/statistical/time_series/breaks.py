"""When did it change, and by how much? Events of a known date, and changes of an unknown one."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import ConfigDict, Field

from engines.arrays import labels
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Level, Part, Positive, Vector, operation
from engines.errors import N_, InvalidInput
from engines.running import report
from engines.statistical.time_series.forecasts import floats, positive, series
from engines.statistical.time_series.sarimax import Order, Seasonal, fit, left_over, ljung_box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST: Final = 20_000
REPORTED_EVERY: Final = 500
SERIAL: Final = N_("los valores están correlacionados dentro de los tramos ({r}): se hallan cambios de más")


class Event(Part):
    """Something that happened.

    Args:
        at: position, from 0, of the first period concerned; or its date, if `dates` are given.
        kind: `step` from then on; `pulse` then alone; `ramp` growing by one each period.
        decay: share of the response that is carried over to the next period, 0 to less than 1: a gradual effect.
    """

    model_config = ConfigDict(extra="forbid")

    at: int | str
    kind: Literal["step", "pulse", "ramp"] = "step"
    decay: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Effect(Part):
    """What an event did, in the unit of the series (of its logarithm under `log`).

    Args:
        effect: in the first period.
        long_run: what a step tends to, effect / (1 - decay); None of other kinds.
        relative: effect as a share, under `log`; None otherwise.
    """

    at: str
    effect: float
    se: float
    z: float
    p: float
    low: float
    high: float
    long_run: float | None
    relative: float | None


class Intervention(Computed):
    """Effects of events, with the noise modelled as an ARIMA."""

    effects: list[Effect]
    params: dict[str, float]
    se: dict[str, float | None]
    sigma2: float
    loglik: float
    without: list[float]


@operation(
    "Efecto de un suceso en una serie (intervención)",
    examples=(
        "¿Cuánto bajaron los siniestros desde que entró en vigor el carné por puntos en julio de 2006?",
        "Box-Tiao intervention analysis: effect of a law on monthly claims, with ARIMA noise",
    ),
    heavy=True,
)
def intervention(
    y: Vector,
    events: Annotated[list[Event], Field(min_length=1, max_length=20)],
    dates: Labels | None = None,
    order: Order = (0, 0, 0),
    seasonal_order: Seasonal | None = None,
    transform: Literal["none", "log"] = "none",
    level: Level = 0.95,
) -> Intervention:
    """Estimate what events did to a series whose noise is a seasonal ARIMA.

    Args:
        y: (n,) values in the order of time, evenly spaced, any unit.
        events: what happened and when.
        dates: (n,) labels of the periods, if events name them.
        order: p, d, q of the noise.
        seasonal_order: P, D, Q and period of the noise, at most 52.
        transform: `log` estimates relative effects.
        level: probability of the intervals.

    Raises:
        InsufficientData: too few values for the orders.
        InvalidInput: an event outside the series, or values that are not positive under `log`.
        LimitExceeded: a season over 52 periods.
        NotConverged: no maximum of the likelihood was found.
        SingularMatrix: events that cannot be told apart, or a step at the first value.

    Source: Box & Tiao, Intervention Analysis with Applications to Economic and Environmental Problems,
    Journal of the American Statistical Association 70 (1975), section 2; exact likelihood as in `fit_arima`.
    """
    import numpy as np
    from scipy.stats import norm

    values = series(y, 4)
    n = values.size
    worked = np.log(positive(values)) if transform == "log" else values
    named = None if dates is None else [str(v) for v in labels(dates, "dates", length=n)]
    at = [_position(event.at, named, n) for event in events]
    responses = [_response(event, start, n) for event, start in zip(events, at, strict=True)]
    still = order[1] == 0 and (seasonal_order is None or seasonal_order[1] == 0)
    mean = [np.ones(n)] if still else []
    names = (["const"] if still else []) + [f"event{j + 1}" for j in range(len(events))]
    found = fit(worked, order, seasonal_order, np.column_stack([*mean, *responses]), names)
    errors = found.se()
    wide = float(norm.ppf((1 + level) / 2))
    effects = []
    for j, event in enumerate(events):
        value, se = found.value(f"event{j + 1}"), errors[f"event{j + 1}"]
        if se is None:
            raise InvalidInput("events", N_("un suceso no deja huella que medir en la serie"))
        effects.append(
            Effect(
                at=named[at[j]] if named else str(at[j]),
                effect=value,
                se=se,
                z=value / se,
                p=float(2 * norm.sf(abs(value / se))),
                low=value - wide * se,
                high=value + wide * se,
                long_run=value / (1 - event.decay) if event.kind == "step" else None,
                relative=float(np.expm1(value)) if transform == "log" else None,
            )
        )
    bare = worked - sum((e.effect * r for e, r in zip(effects, responses, strict=True)), start=np.zeros(n))
    without = np.exp(bare) if transform == "log" else bare
    periods = tuple(named) if named else tuple(float(i) for i in range(n))
    return Intervention(
        method="regression with ARIMA errors, exact maximum likelihood",
        library="statsmodels",
        n=n,
        effects=effects,
        params=dict(zip(found.names, floats(found.params), strict=True)),
        se=errors,
        sigma2=found.sigma2,
        loglik=found.loglik,
        without=floats(without),
        warnings=left_over(ljung_box(found, order, seasonal_order)),
        charts=(
            Chart(
                kind="line",
                title=N_("Serie, y cómo habría sido sin los sucesos"),
                x_label=N_("Periodo"),
                series=(
                    Series(name=N_("Observado"), x=periods, y=tuple(floats(values))),
                    Series(name=N_("Sin los sucesos"), x=periods, y=tuple(floats(without))),
                ),
            ),
        ),
    )


def _position(at: int | str, dates: list[str] | None, n: int) -> int:
    if dates is not None and str(at) in dates:
        return dates.index(str(at))
    if isinstance(at, str) or not 0 <= at < n:
        raise InvalidInput(
            "events", N_("cada suceso debe caer dentro de la serie: posición desde 0, o una de sus fechas")
        )
    return at


def _response(event: Event, start: int, n: int) -> "Floats":
    """What one unit of the event does over time: its shape, carried over by `decay`."""
    import numpy as np
    from scipy.signal import lfilter

    shape = np.zeros(n)
    if event.kind == "pulse":
        shape[start] = 1.0
    elif event.kind == "step":
        shape[start:] = 1.0
    else:
        shape[start:] = np.arange(1, n - start + 1)
    found: Floats = lfilter([1.0], [1.0, -event.decay], shape)
    return found


class Segment(Part):
    """A stretch between changes: positions from 0, `end` not included; `date` is that of its first value."""

    start: int
    end: int
    date: str | None
    mean: float
    variance: float


class Changes(Computed):
    """Where a series changed: `points` are the positions, from 0, of the first value of each new stretch.

    Args:
        cost: minimum of the penalised cost, -2 log-likelihood up to a constant.
        penalty: of each change.
    """

    points: list[int]
    dates: list[str]
    segments: list[Segment]
    cost: float
    penalty: float


@operation(
    "Puntos de cambio en una serie",
    examples=(
        "¿En qué fechas cambió la media de la frecuencia de siniestros? Busca puntos de cambio con PELT",
        "Detect changepoints in the mean or variance of a series (PELT)",
    ),
    heavy=True,
)
def changepoint(
    y: Vector,
    kind: Literal["mean", "mean_variance", "poisson"] = "mean",
    penalty: Positive | None = None,
    least_length: Annotated[int, Field(ge=1, le=10_000)] = 2,
    dates: Labels | None = None,
) -> Changes:
    """Find the changes that minimise the penalised likelihood of stretches, exactly.

    Args:
        y: (n,) values in the order of time, any unit; whole numbers from 0 for `poisson`.
        kind: what changes: the `mean` of normal values of one variance (estimated robustly from differences),
            their mean and variance, or the rate of `poisson` counts.
        penalty: cost of each change; None for BIC: (changing figures + 1) · ln n.
        least_length: least values in a stretch.
        dates: (n,) labels of the periods, to name the changes by.

    Raises:
        InsufficientData: fewer values than two stretches need.
        InvalidInput: counts that are not whole numbers from 0; no variation between neighbours.
        LimitExceeded: more than 20000 values.

    Source: Killick, Fearnhead & Eckley, Optimal Detection of Changepoints With a Linear Computational Cost,
    Journal of the American Statistical Association 107 (2012), section 3.2 (PELT); penalty: Yao, Statistics &
    Probability Letters 6 (1988).
    """
    import numpy as np

    least = max(least_length, 2 if kind == "mean_variance" else 1)
    values = series(y, max(4, 2 * least), varies=False, longest=LONGEST)
    n = values.size
    named = None if dates is None else [str(v) for v in labels(dates, "dates", length=n)]
    if kind == "poisson" and ((values < 0) | (values != np.round(values))).any():
        raise InvalidInput("y", N_("deben ser recuentos: números enteros desde 0"))
    charge = penalty if penalty is not None else (3 if kind == "mean_variance" else 2) * float(np.log(n))
    costs = _Costs(values, kind)
    points, total = _pelt(costs, n, charge, least)
    edges = [0, *points, n]
    segments = [
        Segment(
            start=a,
            end=b,
            date=named[a] if named else None,
            mean=float(values[a:b].mean()),
            variance=float(values[a:b].var()),
        )
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    fitted = np.concatenate([np.full(s.end - s.start, s.mean) for s in segments])
    periods = tuple(named) if named else tuple(float(i) for i in range(n))
    return Changes(
        method=f"PELT, {kind}",
        n=n,
        points=points,
        dates=[named[i] for i in points] if named else [],
        segments=segments,
        cost=total,
        penalty=charge,
        warnings=_serial(values - fitted),
        charts=(
            Chart(
                kind="line",
                title=N_("Serie y media de cada tramo"),
                x_label=N_("Periodo"),
                series=(
                    Series(name=N_("Observado"), x=periods, y=tuple(floats(values))),
                    Series(name=N_("Media del tramo"), x=periods, y=tuple(floats(fitted))),
                ),
            ),
        ),
    )


class _Costs:
    """-2 log-likelihood of stretches, up to a constant, from sums kept once."""

    def __init__(self, values: "Floats", kind: str) -> None:
        import numpy as np

        self.kind = kind
        middle, self.scale = (0.0, 1.0) if kind == "poisson" else (float(np.median(values)), self._sd(values))
        x = (values - middle) / self.scale
        self.sums = np.concatenate([[0.0], np.cumsum(x)])
        self.squares = np.concatenate([[0.0], np.cumsum(x * x)])
        # A stretch of equal values has no variance: as little as the whole series could show.
        self.floor = 1e-8 * float(x.var()) if kind == "mean_variance" else 0.0

    @staticmethod
    def _sd(values: "Floats") -> float:
        """Standard deviation within stretches: differences feel a change of mean only once."""
        import numpy as np

        steps = np.diff(values)
        found = float(np.median(np.abs(steps - np.median(steps)))) / 0.6744897501960817 / np.sqrt(2)
        found = found or float(steps.std()) / np.sqrt(2)
        if found == 0:
            raise InvalidInput(
                "y", N_("no varía entre un valor y el siguiente: no hay azar que separar de los cambios")
            )
        return float(found)

    def __call__(self, starts: "NDArray[np.int64]", end: int) -> "Floats":
        """Cost of the stretches from each of `starts` to before `end`."""
        import numpy as np
        from scipy.special import xlogy

        size = end - starts
        total = self.sums[end] - self.sums[starts]
        if self.kind == "poisson":
            found: Floats = 2 * (total - xlogy(total, total / size))
            return found
        around = np.maximum(self.squares[end] - self.squares[starts] - total**2 / size, 0.0)
        if self.kind == "mean":
            return np.asarray(around)
        # The likelihood's maximum over variances of at least the floor: so that splitting never costs more.
        variance = np.maximum(around / size, self.floor)
        return np.asarray(size * np.log(2 * np.pi * variance) + around / variance)


def _pelt(costs: _Costs, n: int, penalty: float, least: int) -> tuple[list[int], float]:
    """Positions of the changes, and the least penalised cost.

    A start that is beaten at `t` by the best partition up to `t` is never the last change of a longer
    series; but where stretches have a least length, a change at `t` is possible only `least` values
    later, so until then the start is kept.
    """
    import numpy as np

    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, dtype=np.int64)
    starts = np.array([0], dtype=np.int64)
    beaten = np.array([n + least], dtype=np.int64)  # when each start was beaten
    for t in range(least, n + 1):
        if t % REPORTED_EVERY == 0:
            report(t, n)
        found = best[starts] + costs(starts, t)
        choice = int(found.argmin())
        best[t] = found[choice] + penalty
        last[t] = starts[choice]
        beaten = np.where((found > best[t]) & (beaten > t), t, beaten)
        keep = beaten + least > t + 1
        starts, beaten = starts[keep], beaten[keep]
        new = t + 1 - least
        if new >= least:
            starts = np.append(starts, new)
            beaten = np.append(beaten, n + least)
    points: list[int] = []
    t = n
    while last[t] > 0:
        t = int(last[t])
        points.append(t)
    return points[::-1], float(best[n])


def _serial(residuals: "Floats") -> tuple[Caution, ...]:
    """A caution if what is left inside stretches is correlated from one value to the next."""
    import numpy as np

    spread = float((residuals**2).sum())
    if spread <= 0:
        return ()
    r = float(residuals[1:] @ residuals[:-1]) / spread
    return (Caution(text=SERIAL, values={"r": round(r, 2)}),) if abs(r) > 2.5 / np.sqrt(residuals.size) else ()
