"""Does the VaR hold? (*contraste del VaR*): Kupiec, Christoffersen, and Basel's traffic light."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Vector, operation
from engines.errors import N_, InsufficientData, InvalidInput
from engines.financial.risk.levels import Confidence

if TYPE_CHECKING:
    from engines.arrays import Floats

Days = Annotated[int, Field(ge=1, le=10_000_000)]
Exceptions = Annotated[int, Field(ge=0, le=10_000_000)]


class Backtest(Computed):
    """Likelihood ratios (χ² of 1, 1 and 2 degrees) and their p; those of independence need the order of `hits`.

    `lr` is Kupiec's unconditional coverage; `binomial_upper_tail` the probability of as many exceptions or more.
    """

    observations: int
    exceptions: int
    expected: float
    lr: float
    p_value: float
    reject_5pct: bool
    binomial_upper_tail: float
    lr_independence: float | None = None
    p_independence: float | None = None
    lr_conditional: float | None = None
    p_conditional: float | None = None


RARE = N_("Se esperan solo {expected} excepciones: el contraste tiene poca potencia.")


@operation(
    "Contraste del VaR",
    examples=(
        "Contrasta el VaR: 12 excepciones en 600 días al 99 %, ¿se rechaza con Kupiec?",
        "VaR backtest with Kupiec and Christoffersen tests of exceptions",
    ),
)
def var_backtest(
    coverage: Confidence = 0.99,
    observations: Days | None = None,
    exceptions: Exceptions | None = None,
    hits: Vector | None = None,
) -> Backtest:
    """Test whether losses passed the VaR as often as they should, and independently of each other.

    Args:
        coverage: confidence of the VaR under test, 0.5 to 0.9999.
        observations: how many days, without `hits`.
        exceptions: on how many of them the loss passed the VaR, without `hits`.
        hits: (n,) 1 on a day of exception, 0 else, in order; brings the test of independence.

    Raises:
        InvalidInput: more exceptions than days, hits other than 0 and 1, counts that contradict them.
        InsufficientData: fewer than two hits.

    Source: Kupiec, The Journal of Derivatives 3 (1995); Christoffersen, International Economic Review 39
    (1998), section 2; Jorion, Value at Risk (3rd ed., 2007), section 6.2.
    """
    from scipy import special, stats

    if hits is not None:
        row = vector(hits, "hits", least=2)
        if not ((row == 0) | (row == 1)).all():
            raise InvalidInput("hits", N_("solo admite ceros y unos"))
        for name, told, counted in (
            ("observations", observations, row.size),
            ("exceptions", exceptions, int(row.sum())),
        ):
            if told is not None and told != counted:
                raise InvalidInput(name, N_("no concuerda con la serie de excepciones"))
        days, failed = row.size, int(row.sum())
    elif observations is None or exceptions is None:
        missing = "observations" if observations is None else "exceptions"
        raise InvalidInput(missing, N_("dé los días y las excepciones, o la serie de unos y ceros"))
    else:
        days, failed = observations, exceptions
    if failed > days:
        raise InvalidInput("exceptions", N_("hay más excepciones que días"))
    rate = 1 - coverage
    share = failed / days
    lr = 2 * float(
        special.xlogy(failed, share)
        + special.xlogy(days - failed, 1 - share)
        - special.xlogy(failed, rate)
        - special.xlogy(days - failed, coverage)
    )
    lr = max(lr, 0.0)
    p_value = float(stats.chi2.sf(lr, 1))
    apart = max(_independence(row), 0.0) if hits is not None else None
    expected = days * rate
    return Backtest(
        method="likelihood ratios",
        library="scipy",
        n=days,
        observations=days,
        exceptions=failed,
        expected=expected,
        lr=lr,
        p_value=p_value,
        reject_5pct=p_value < 0.05,
        binomial_upper_tail=float(stats.binom.sf(failed - 1, days, rate)),
        lr_independence=apart,
        p_independence=float(stats.chi2.sf(apart, 1)) if apart is not None else None,
        lr_conditional=lr + apart if apart is not None else None,
        p_conditional=float(stats.chi2.sf(lr + apart, 2)) if apart is not None else None,
        warnings=(Caution(text=RARE, values={"expected": round(expected, 2)}),) if expected < 5 else (),
    )


def _independence(row: "Floats") -> float:
    """Christoffersen's ratio of a first-order chain against independent days."""
    from scipy import special

    before, after = row[:-1], row[1:]
    n00, n01 = int(((before == 0) & (after == 0)).sum()), int(((before == 0) & (after == 1)).sum())
    n10, n11 = int(((before == 1) & (after == 0)).sum()), int(((before == 1) & (after == 1)).sum())

    def likelihood(misses: int, found: int) -> float:
        share = found / (misses + found) if misses + found else 0.0
        return float(special.xlogy(found, share) + special.xlogy(misses, 1 - share))

    return 2 * (likelihood(n00, n01) + likelihood(n10, n11) - likelihood(n00 + n10, n01 + n11))


Zone = Literal["green", "yellow", "red"]


class TrafficLight(Computed):
    """A zone for each number of exceptions: yellow from a cumulative probability of 95 %, red from 99.99 %.

    `plus` is what the zone adds to the multiplier 3, defined for 250 days at 99 % alone.
    """

    exceptions: tuple[int, ...]
    zones: tuple[Zone, ...]
    cumulative: tuple[float, ...]
    plus: tuple[float | None, ...]


PLUS = (0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.5, 0.65, 0.75, 0.85, 1.0)


@operation(
    "Semáforo de Basilea",
    examples=(
        "¿En qué zona del semáforo de Basilea cae un VaR con 6 excepciones en 250 días?",
        "Basel traffic light zone and multiplier for VaR exceptions",
    ),
)
def basel_traffic_light(
    exceptions: Annotated[tuple[Exceptions, ...], Field(min_length=1, max_length=1000)],
    observations: Days = 250,
    coverage: Confidence = 0.99,
) -> TrafficLight:
    """Put numbers of VaR exceptions into the green, yellow or red zone.

    Args:
        exceptions: numbers of days on which the loss passed the VaR.
        observations: days that were looked at.
        coverage: confidence of the VaR.

    Raises:
        InvalidInput: more exceptions than days.
        InsufficientData: no number at all.

    Source: Basel Committee on Banking Supervision, Supervisory framework for the use of "backtesting"
    (January 1996), section III and table 2.
    """
    from scipy import stats

    if not exceptions:
        raise InsufficientData("exceptions", 1, 0)
    if max(exceptions) > observations:
        raise InvalidInput("exceptions", N_("hay más excepciones que días"))
    under = [float(stats.binom.cdf(count, observations, 1 - coverage)) for count in exceptions]
    zones: tuple[Zone, ...] = tuple("red" if p >= 0.9999 else "yellow" if p >= 0.95 else "green" for p in under)
    standard = observations == 250 and abs(coverage - 0.99) < 1e-12
    bars = sorted(set(zip(exceptions, under, strict=True)))
    chart = Chart(
        kind="bar",
        title=N_("Probabilidad acumulada de excepciones"),
        series=(
            Series(name=N_("probabilidad acumulada"), x=tuple(float(k) for k, _ in bars), y=tuple(p for _, p in bars)),
        ),
        x_label=N_("excepciones"),
        marks=((N_("zona amarilla"), 0.95), (N_("zona roja"), 0.9999)),
    )
    return TrafficLight(
        method="cumulative binomial",
        library="scipy",
        n=observations,
        exceptions=tuple(exceptions),
        zones=zones,
        cumulative=tuple(under),
        plus=tuple(PLUS[min(count, 10)] if standard else None for count in exceptions),
        charts=(chart,),
    )
