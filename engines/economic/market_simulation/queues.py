"""Waiting lines: how long people wait at the telephone or the desk."""

from typing import Annotated, Final

from pydantic import Field

from engines.charts import Chart, Series
from engines.contract import Caution, Computed, NonNegative, Positive, operation
from engines.errors import N_, InvalidInput

BUSY: Final = N_("La ocupación es del {share} %: un poco más de llegadas dispara la espera.")
BARS: Final = 15
CROWDED: Final = 0.98


class Waiting(Computed):
    """A queue in equilibrium. Times are in the unit of the rates (hours if they are per hour).

    L and Lq are people in the system and in line, W and Wq their times; `p_wait` is the probability of
    waiting at all, `p_wait_over` of waiting longer than `target_wait`.
    """

    utilisation: float
    L: float
    Lq: float
    W: float
    Wq: float
    p_empty: float
    p_wait: float
    p_wait_over: float


@operation(
    "Cola de espera (Erlang C)",
    examples=(
        "¿Cuántos agentes hacen falta en el teléfono si entran 40 llamadas por hora? Tiempo de espera de la cola",
        "M/M/s queue waiting time and Erlang C probability of waiting",
    ),
)
def queue(
    arrival_rate: Positive,
    service_rate: Positive,
    servers: Annotated[int, Field(ge=1, le=100_000)] = 1,
    target_wait: NonNegative = 0.0,
) -> Waiting:
    """Work out the waiting line of Poisson arrivals at equal servers with exponential service (M/M/s).

    Args:
        arrival_rate: arrivals per unit of time.
        service_rate: people that one server attends per unit of time.
        servers: how many servers.
        target_wait: wait, in the same unit of time, for `p_wait_over`.

    Raises:
        InvalidInput: as many arrivals as the servers can attend, or more: the line grows without end.

    Source: Erlang (1917); Hillier & Lieberman, Introduction to Operations Research, section 17.6;
    Erlang C from Erlang B by the recursion 1/B(s) = 1 + s/(a B(s-1)).
    """
    import numpy as np

    load = arrival_rate / service_rate
    used = load / servers
    if used >= 1:
        raise InvalidInput("arrival_rate", N_("llegan tantos o más de los que se atienden: la cola crece sin fin"))
    wait = _erlang_c(load, servers)
    lq = wait * used / (1 - used)
    wq = lq / arrival_rate
    slack = servers * service_rate - arrival_rate
    first = max(int(load) + 1, servers - BARS // 2)
    # A post short of the limit makes a line so long that no other bar would be seen beside it.
    staff = [s for s in range(first, first + BARS) if s == servers or load / s < CROWDED]
    chart = Chart(
        kind="bar",
        title=N_("Espera media según los puestos"),
        x_label=N_("Puestos"),
        y_label=N_("Espera"),
        series=(
            Series(
                name=N_("Espera"),
                x=tuple(float(s) for s in staff),
                y=tuple(_erlang_c(load, s) / (s * service_rate - arrival_rate) for s in staff),
            ),
        ),
    )
    return Waiting(
        method="M/M/s",
        n=servers,
        warnings=(Caution(text=BUSY, values={"share": round(100 * used, 1)}),) if used > 0.9 else (),
        charts=(chart,) if servers <= 10_000 else (),
        utilisation=used,
        L=lq + load,
        Lq=lq,
        W=wq + 1 / service_rate,
        Wq=wq,
        p_empty=_empty(load, servers, wait),
        p_wait=wait,
        p_wait_over=float(wait * np.exp(-min(slack * target_wait, 700.0))),
    )


def _erlang_c(load: float, servers: int) -> float:
    """The probability that an arrival finds all servers busy; the recursion never overflows upwards of 1/B."""
    blocked = 1.0
    for s in range(1, servers + 1):
        blocked = load * blocked / (s + load * blocked)
    used = load / servers
    return blocked / (1 - used + used * blocked)


def _empty(load: float, servers: int, wait: float) -> float:
    """The probability of an empty system: P(wait) = p_empty * load^s/s! / (1 - load/s)."""
    import math

    if wait <= 0:
        return math.exp(-load)
    power = servers * math.log(load) - math.lgamma(servers + 1) - math.log1p(-load / servers)
    return math.exp(min(math.log(wait) - power, 0.0))
