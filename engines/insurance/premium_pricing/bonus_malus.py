"""Bonus-malus: where a system's rules lead its customers in the end."""

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Positive, Vector, operation
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rule: TypeAlias = tuple[Annotated[int, Field(ge=1, le=200)], ...]
ROWS: Final = N_("debe tener dos filas o más (0 siniestros, 1, …), todas con una clase de destino por clase")
ONE_CHANCE: Final = N_("indique la probabilidad de siniestro (dos filas) o la frecuencia de Poisson (más filas)")
SPLIT: Final = N_("separa las clases en grupos que no se comunican: el reparto final depende de dónde se empieza")
CYCLES: Final = N_("El sistema oscila: el reparto de un año no tiende al estacionario")
SLOW: Final = N_("El sistema tarda {years} años en acercarse al reparto estacionario")
MOST_YEARS: Final = 1_000


class BonusMalus(Computed):
    """The share of customers in each class in the long run, and what that means for premiums.

    `mean_level` is the mean of the levels (% of the base premium). `efficiency` is Loimaranta's: the elasticity of
    the mean level to the claim frequency (1 = premiums follow claims entirely). `years_to_stationary`: years after
    which the spread from the starting class lies within 1 % in total variation; None if more than 1,000.
    """

    stationary: tuple[float, ...]
    mean_level: float | None
    efficiency: float | None
    years_to_stationary: int | None
    second_eigenvalue: float


@operation(
    "Distribución estacionaria de un bonus-malus",
    examples=(
        "Calcula la distribución estacionaria y el nivel medio de este sistema bonus-malus",
        "Stationary distribution and mean premium level of a bonus-malus system",
    ),
)
def bonus_malus_stationary(
    transitions: tuple[Rule, ...],
    claim_probability: Level | None = None,
    frequency: Positive | None = None,
    levels: Vector | None = None,
    start: Annotated[int, Field(ge=1, le=200)] = 1,
) -> BonusMalus:
    """Find how customers spread over the classes of a bonus-malus system in the long run.

    Args:
        transitions: one row for 0, 1, 2, … claims in the year (the last for that number or more); in each,
            the class of next year for every class of this year, counted from 1.
        claim_probability: probability of a claim in the year, where there are two rows.
        frequency: mean of the Poisson number of claims a year, for any number of rows.
        levels: premium of each class, % of the base premium.
        start: class in which a new customer begins, counted from 1.

    Raises:
        InvalidInput: rows of unequal length, classes out of range, neither or both chances given, or classes
            that do not communicate, so that the long run depends on the start.

    Source: Lemaire, Bonus-Malus Systems in Automobile Insurance, 1995, ch. 1, 4 and 5; efficiency, Loimaranta,
    ASTIN Bulletin 6 (1972).
    """
    import numpy as np

    classes = len(transitions[0]) if transitions else 0
    if len(transitions) < 2 or classes < 2 or any(len(row) != classes for row in transitions):
        raise InvalidInput("transitions", ROWS)
    if max(max(row) for row in transitions) > classes or start > classes:
        raise InvalidInput("transitions", N_("nombra clases que el sistema no tiene"))
    if (claim_probability is None) == (frequency is None) or (claim_probability is not None and len(transitions) > 2):
        raise InvalidInput("claim_probability", ONE_CHANCE)
    # A probability p of some claim is a Poisson mean of -log(1 - p).
    mean = frequency if frequency is not None else -float(np.log1p(-(claim_probability or 0.0)))
    chain = _chain(transitions, mean)
    stationary = _stationary(chain)
    sizes = np.sort(np.abs(np.linalg.eigvals(chain)))[::-1]
    cautions = []
    if sizes[1] > 1 - 1e-12:
        cautions.append(Caution(text=CYCLES))
    years = _years(chain, stationary, start - 1)
    if years is not None and years > 30:
        cautions.append(Caution(text=SLOW, values={"years": years}))
    level = efficiency = None
    if levels is not None:
        premium = vector(levels, "levels", length=classes, low=0.0)
        level = float(stationary @ premium)
        if level > 0:
            step = 1e-5
            up = float(_stationary(_chain(transitions, mean * (1 + step))) @ premium)
            down = float(_stationary(_chain(transitions, mean * (1 - step))) @ premium)
            efficiency = (up - down) / (2 * step * level)
    return BonusMalus(
        method="stationary law of the Markov chain",
        library="numpy",
        n=classes,
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="bar",
                title=N_("Reparto estacionario por clase"),
                series=(
                    Series(
                        name=N_("Parte de los asegurados"),
                        x=tuple(float(k) for k in range(1, classes + 1)),
                        y=tuple(map(float, stationary)),
                    ),
                ),
                x_label=N_("Clase"),
            ),
        ),
        stationary=tuple(map(float, stationary)),
        mean_level=level,
        efficiency=efficiency,
        years_to_stationary=years,
        second_eigenvalue=float(sizes[1]),
    )


def _chain(transitions: tuple[Rule, ...], mean: float) -> "NDArray[np.float64]":
    import numpy as np
    from scipy import stats

    last = len(transitions) - 1
    chances = [*stats.poisson(mean).pmf(np.arange(last)), float(stats.poisson(mean).sf(last - 1))]
    found = np.zeros((len(transitions[0]),) * 2)
    for row, chance in zip(transitions, chances, strict=True):
        found[np.arange(len(row)), np.array(row) - 1] += chance
    return found


def _stationary(chain: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The law that the chain leaves as it is.

    Raises:
        InvalidInput: there is more than one.
    """
    import numpy as np

    size = len(chain)
    system = np.vstack([chain.T - np.eye(size), np.ones(size)])
    wanted = np.concatenate([np.zeros(size), [1.0]])
    found, _, rank, _ = np.linalg.lstsq(system, wanted, rcond=1e-13)
    if rank < size:
        raise InvalidInput("transitions", SPLIT)
    clean = np.maximum(found, 0.0)
    return np.asarray(clean / clean.sum())


def _years(chain: "NDArray[np.float64]", stationary: "NDArray[np.float64]", start: int) -> int | None:
    import numpy as np

    law = np.zeros(len(chain))
    law[start] = 1.0
    for year in range(MOST_YEARS + 1):
        if np.abs(law - stationary).sum() / 2 <= 0.01:
            return year
        law = law @ chain
    return None
