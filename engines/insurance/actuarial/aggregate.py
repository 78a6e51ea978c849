"""The total loss of a year: a random number of random claims."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Computed, Level, Part, Positive, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_POINTS: Final = 2**20
MOST_WORK: Final = 500_000_000
COARSER: Final = N_("use un paso monetario mayor")
TAIL: Final = 1e-12
SAVED_POINTS: Final = 2_000


class _Law(Part):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PoissonCount(_Law):
    """Poisson number of claims."""

    dist: Literal["poisson"]
    mean: Positive


class NegativeBinomialCount(_Law):
    """Negative binomial number of claims: mean r·beta, variance r·beta·(1 + beta)."""

    dist: Literal["negative_binomial"]
    r: Positive
    beta: Positive


class BinomialCount(_Law):
    """Binomial number of claims: m risks, each with probability q."""

    dist: Literal["binomial"]
    m: Annotated[int, Field(ge=1, le=10_000_000)]
    q: Level


Frequency: TypeAlias = Annotated[PoissonCount | NegativeBinomialCount | BinomialCount, Field(discriminator="dist")]


@dataclass(frozen=True)
class Counted:
    """A law of the (a, b, 0) class: p(k) = (a + b/k) p(k - 1), with its moments and generating function."""

    a: float
    b: float
    mean: float
    variance: float
    law: Frequency

    def log_pgf(self, z: Any) -> Any:
        """Logarithm of E[z^N]."""
        import numpy as np

        match self.law:
            case PoissonCount(mean=mean):
                return mean * (z - 1)
            case NegativeBinomialCount(r=r, beta=beta):
                return -r * np.log(1 - beta * (z - 1))
            case BinomialCount(m=m, q=q):
                return m * np.log(1 + q * (z - 1))


def _counted(law: Frequency) -> Counted:
    match law:
        case PoissonCount(mean=mean):
            return Counted(0.0, mean, mean, mean, law)
        case NegativeBinomialCount(r=r, beta=beta):
            a = beta / (1 + beta)
            return Counted(a, (r - 1) * a, r * beta, r * beta * (1 + beta), law)
        case BinomialCount(m=m, q=q):
            a = -q / (1 - q)
            return Counted(a, -(m + 1) * a, m * q, m * q * (1 - q), law)


class TailPoint(Part):
    """Value at risk and tail value at risk at one level, EUR."""

    level: float
    var: float
    tvar: float


class AggregateLoss(Computed):
    """The law of the year's total loss, in steps of `step` EUR.

    `pmf` is the probability of 0, 1, 2, … steps (the first 2,000 points at most); `var` and `tvar` are those of the
    first level. `check` is the greatest difference between the recursion and the Fourier transform.
    """

    mean: float
    sd: float
    skewness: float
    probability_of_none: float
    pmf: tuple[float, ...]
    step: float
    var: float
    tvar: float
    tail: tuple[TailPoint, ...]
    check: float | None


@operation(
    "Distribución de la siniestralidad agregada",
    examples=(
        "Calcula la distribución de la siniestralidad total por la recursión de Panjer con su VaR y TVaR",
        "Aggregate loss distribution by Panjer recursion with VaR and TVaR",
    ),
    heavy=True,
)
def aggregate_loss(
    frequency: Frequency,
    severity: Vector,
    step: Positive,
    levels: tuple[Level, ...] = (0.95, 0.99, 0.995),
) -> AggregateLoss:
    """Find the law of the sum of a random number of claims.

    Args:
        frequency: law of the number of claims: poisson, negative_binomial or binomial.
        severity: probabilities that a claim costs 0, 1, 2, … steps; they add up to 1.
        step: EUR of one step.
        levels: confidence of VaR and TVaR.

    Raises:
        InvalidInput: probabilities that are negative or do not add up to 1, or no cost at all.
        LimitExceeded: the total needs more than a million steps, or too much work.

    Source: Panjer, ASTIN Bulletin 12 (1981); Fourier transform as check, and as method where the probability of
    no claim is too small to begin the recursion; Klugman, Panjer & Willmot, Loss Models, ch. 9; TVaR as the mean
    of the worst 1 - level, Acerbi & Tasche 2002.
    """
    import numpy as np

    chances = vector(severity, "severity", low=0.0, high=1.0)
    if abs(chances.sum() - 1) > 1e-6:
        raise InvalidInput("severity", N_("debe sumar 1"))
    chances = chances / chances.sum()
    chances = np.trim_zeros(chances, "b")
    if chances.size < 2:
        raise InvalidInput("severity", N_("no da coste a ningún siniestro"))
    if not levels:
        raise InvalidInput("levels", N_("indique al menos un nivel"))
    law = _counted(frequency)
    amounts = np.arange(chances.size)
    m1, m2, m3 = (float(chances @ amounts.astype(float) ** k) for k in (1, 2, 3))
    mean = law.mean * m1
    sd = math.sqrt(law.mean * (m2 - m1**2) + law.variance * m1**2)
    points = 1 << max(math.ceil(math.log2(mean + 30 * sd + 10 * chances.size)), 6)
    if points > MOST_POINTS:
        raise LimitExceeded("frequency", MOST_POINTS, int(points), COARSER)
    padded = np.zeros(points)
    padded[: chances.size] = chances
    fourier = np.fft.irfft(np.exp(law.log_pgf(np.fft.rfft(padded))), points)
    fourier = np.maximum(fourier, 0.0)
    enough = min(int(np.searchsorted(np.cumsum(fourier), 1 - TAIL)) + 1, points)
    start = float(law.log_pgf(chances[0]))
    pmf, check, method = fourier[:enough], None, "FFT"
    if start > -690 and enough * chances.size <= MOST_WORK:
        pmf = _panjer(law, chances, enough, math.exp(start))
        check = float(np.abs(pmf - fourier[:enough]).max())
        method = "Panjer"
    totals = np.arange(pmf.size) * step
    upto = np.cumsum(pmf)
    centred = np.arange(pmf.size) - mean
    tail = []
    for level in levels:
        place = min(int(np.searchsorted(upto, level - 1e-12)), pmf.size - 1)
        above = float(pmf[place + 1 :] @ totals[place + 1 :])
        var = float(totals[place])
        # The part of the atom at VaR that belongs to the worst 1 - level.
        tail.append(
            TailPoint(level=level, var=var, tvar=(above + var * max(float(upto[place]) - level, 0.0)) / (1 - level))
        )
    pick = np.unique(np.linspace(0, pmf.size - 1, 400).astype(int))
    skew = float(pmf @ centred**3) / sd**3 if sd > 0 else 0.0
    return AggregateLoss(
        method=method,
        library="numpy",
        charts=(
            Chart(
                kind="line",
                title=N_("Distribución de la siniestralidad agregada"),
                series=(
                    Series(
                        name=N_("Probabilidad acumulada"),
                        x=tuple(map(float, totals[pick])),
                        y=tuple(map(float, upto[pick])),
                    ),
                ),
                x_label=N_("Siniestralidad total, EUR"),
            ),
        ),
        mean=mean * step,
        sd=sd * step,
        skewness=skew,
        probability_of_none=math.exp(start),
        pmf=tuple(map(float, pmf[:SAVED_POINTS])),
        step=step,
        var=tail[0].var,
        tvar=tail[0].tvar,
        tail=tuple(tail),
        check=check,
    )


def _panjer(law: Counted, chances: "Floats", points: int, start: float) -> "Floats":
    import numpy as np

    found = np.zeros(points)
    found[0] = start
    width = chances.size - 1
    ahead = chances[1:]
    weighted = ahead * np.arange(1, width + 1)
    norm = 1 / (1 - law.a * chances[0])
    for total in range(1, points):
        reach = min(total, width)
        before = found[total - reach : total][::-1]
        found[total] = norm * (law.a * (ahead[:reach] @ before) + law.b / total * (weighted[:reach] @ before))
    return found
