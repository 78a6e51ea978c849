"""How well a score orders risks, and the classes that come of it."""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Part, Vector, operation
from engines.errors import N_, InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.arrays import Floats

POSITIVE: Final = N_("debe tener solo valores mayores que cero")
ALL_ZERO: Final = N_("no tiene ningún siniestro")
CURVE_POINTS: Final = 101
FEW: Final = N_("Hay {n} filas: los tramos son demasiado pequeños para fiarse de ellos")
TIED: Final = N_("La puntuación tiene pocos valores distintos: salen {n} tramos en vez de {asked}")


class Band(Part):
    """One tenth (or other part) of the exposure, from the best score to the worst: rates observed and expected."""

    band: int
    exposure: float
    observed: float
    expected: float
    ratio: float | None


class DoubleLift(Part):
    """One part of the exposure by score / benchmark: which of the two is nearer to what was observed."""

    band: int
    exposure: float
    relative: float
    observed: float
    score: float
    benchmark: float


class Lift(Computed):
    """How a score separates risks. Scores are brought to the level of the observed total first.

    `gini` = 1 - 2 × the area under the ordered Lorenz curve (`lorenz_x` share of exposure, `lorenz_y` share of
    losses); `gini_best` is what a perfect order would reach and `gini_normalised` their ratio. With a benchmark
    premium, `gini_relativity` orders by score / benchmark and measures exposure in benchmark premium (Frees).
    """

    gini: float
    gini_best: float
    gini_normalised: float | None
    gini_relativity: float | None
    lorenz_x: tuple[float, ...]
    lorenz_y: tuple[float, ...]
    bands: tuple[Band, ...]
    double_lift: tuple[DoubleLift, ...]
    top_to_bottom: float | None


@operation(
    "Poder de discriminación (Lorenz, Gini y lift)",
    examples=(
        "Calcula el Gini, la curva de Lorenz y la tabla de deciles de este modelo de siniestralidad",
        "Gini index, ordered Lorenz curve and double lift of a risk score against the current premium",
    ),
    heavy=True,
)
def lift(
    y: Vector,
    score: Vector,
    exposure: Vector | None = None,
    benchmark: Vector | None = None,
    bands: Annotated[int, Field(ge=2, le=100)] = 10,
) -> Lift:
    """Measure how well a score orders risks by their losses.

    Args:
        y: (n,) losses or claims, not negative.
        score: (n,) predicted rate a unit of exposure, positive.
        exposure: (n,) policy-years, positive; 1 each without it.
        benchmark: (n,) the other rate or premium to compare with, positive.
        bands: parts of equal exposure in the tables; rows of one score stay together, so that there may be fewer.

    Raises:
        InvalidInput: lengths differ, values out of range, no loss at all.
        InsufficientData: fewer rows than bands.

    Source: Frees, Meyers & Cummings, Summarizing Insurance Scores Using a Gini Index, JASA 106 (2011); double
    lift as in Goldburd, Khare, Tevet & Guller, GLMs for Insurance Rating, CAS Monograph 5, 2nd ed. 2020, section 7.
    """
    import numpy as np

    losses = vector(y, "y", least=bands, low=0.0)
    n = losses.size
    rates = _positive(score, "score", n)
    weights = np.ones(n) if exposure is None else _positive(exposure, "exposure", n)
    if losses.max() == 0:
        raise InvalidInput("y", ALL_ZERO)
    level = losses.sum() / (rates @ weights)
    x, curve, gini = _lorenz(rates, losses, weights)
    best = _lorenz(losses / weights, losses, weights)[2]
    relative = None
    double: list[DoubleLift] = []
    if benchmark is not None:
        other = _positive(benchmark, "benchmark", n)
        relative = _lorenz(rates / other, losses, weights * other)[2]
        double = _double_lift(rates, other, losses, weights, bands)
    rows = []
    for number, chosen in enumerate(_parts(rates, weights, bands), 1):
        worn = float(weights[chosen].sum())
        expected = float(level * (rates[chosen] @ weights[chosen]) / worn)
        observed = float(losses[chosen].sum() / worn)
        rows.append(Band(band=number, exposure=worn, observed=observed, expected=expected, ratio=observed / expected))
    grid = np.linspace(0, 1, CURVE_POINTS)
    cautions = []
    if n < 20 * bands:
        cautions.append(Caution(text=FEW, values={"n": n}))
    if len(rows) < bands and np.unique(rates).size < n:
        cautions.append(Caution(text=TIED, values={"n": len(rows), "asked": bands}))
    return Lift(
        method="ties in the score share their losses",
        n=n,
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="line",
                title=N_("Curva de Lorenz"),
                series=(
                    Series(name=N_("Siniestros"), x=tuple(grid), y=tuple(np.interp(grid, x, curve))),
                    Series(name=N_("Igualdad"), x=(0.0, 1.0), y=(0.0, 1.0)),
                ),
                x_label=N_("Parte de la exposición"),
                y_label=N_("Parte de los siniestros"),
            ),
            Chart(
                kind="line",
                title=N_("Observado y esperado por tramo"),
                series=(
                    Series(name=N_("Observado"), x=tuple(r.band for r in rows), y=tuple(r.observed for r in rows)),
                    Series(name=N_("Esperado"), x=tuple(r.band for r in rows), y=tuple(r.expected for r in rows)),
                ),
                x_label=N_("Tramo"),
            ),
        ),
        gini=gini,
        gini_best=best,
        gini_normalised=gini / best if best > 0 else None,
        gini_relativity=relative,
        lorenz_x=tuple(map(float, grid)),
        lorenz_y=tuple(map(float, np.interp(grid, x, curve))),
        bands=tuple(rows),
        double_lift=tuple(double),
        top_to_bottom=rows[-1].observed / rows[0].observed if rows[0].observed > 0 else None,
    )


def _positive(values: Vector, argument: str, n: int) -> "Floats":
    found = vector(values, argument, length=n)
    if found.min() <= 0:
        raise InvalidInput(argument, POSITIVE)
    return found


def _lorenz(order: "Floats", losses: "Floats", weights: "Floats") -> tuple["Floats", "Floats", float]:
    """The curve of losses against exposure from the lowest to the highest of `order`, and its Gini index."""
    import numpy as np

    _, place = np.unique(order, return_inverse=True)
    x = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=weights))]) / weights.sum()
    curve = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=losses))]) / losses.sum()
    return x, curve, float(1 - 2 * np.trapezoid(curve, x))


def _parts(order: "Floats", weights: "Floats", bands: int) -> list["NDArray[np.int64]"]:
    """Rows by parts of about equal exposure, in order; parts that would be empty are left out.

    Rows that tie are in one part, that of their middle: else the order of the rows would tell parts apart.
    """
    import numpy as np

    _, place = np.unique(order, return_inverse=True)
    worn = np.bincount(place, weights=weights)
    middle = np.cumsum(worn) - worn / 2
    number = np.minimum((middle / weights.sum() * bands).astype(int), bands - 1)[place]
    return [np.flatnonzero(number == part) for part in range(bands) if (number == part).any()]


def _double_lift(
    rates: "Floats", other: "Floats", losses: "Floats", weights: "Floats", bands: int
) -> list[DoubleLift]:  # fmt: skip
    ours = rates * (losses.sum() / (rates @ weights))
    theirs = other * (losses.sum() / (other @ weights))
    rows = []
    for number, chosen in enumerate(_parts(ours / theirs, weights, bands), 1):
        worn = float(weights[chosen].sum())
        mine = float(ours[chosen] @ weights[chosen] / worn)
        yours = float(theirs[chosen] @ weights[chosen] / worn)
        rows.append(
            DoubleLift(
                band=number,
                exposure=worn,
                relative=mine / yours,
                observed=float(losses[chosen].sum() / worn),
                score=mine,
                benchmark=yours,
            )
        )
    return rows


class RiskClass(Part):
    """One class: scores from `low` (included) to `high` (not included), and what was observed in it."""

    name: str
    low: float | None
    high: float | None
    members: int
    share: float
    exposure: float
    rate: float | None


class BucketedRisk(Computed):
    """Risks by class, A the lowest score. `monotone`: the observed rate rises from class to class."""

    assigned: tuple[str, ...]
    classes: tuple[RiskClass, ...]
    monotone: bool | None


LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EMPTY_CLASS: Final = N_("La clase {name} está vacía")
NOT_MONOTONE: Final = N_("La siniestralidad no crece de clase en clase: revise los puntos de corte")


@operation(
    "Clases de riesgo por puntuación",
    examples=(
        "Clasifica estos riesgos de la A a la E según su puntuación y comprueba que la siniestralidad crece",
        "Bucket risks into classes A to E by score cut points and check monotonicity",
    ),
    heavy=True,
)
def bucket_risk(
    score: Vector, cut_points: Vector, losses: Vector | None = None, exposure: Vector | None = None
) -> BucketedRisk:
    """Put each risk in a class by its score, and tell whether the classes order the losses.

    Args:
        score: (n,) scores, higher is worse.
        cut_points: rising bounds between classes, at most 25; a score equal to one belongs to the class above.
        losses: (n,) losses or claims observed, to check the order.
        exposure: (n,) policy-years, positive; 1 each without it.

    Raises:
        InvalidInput: cut points that do not rise, lengths that differ, exposure not positive.
        InsufficientData: no score.

    Source: classes by cut points of a score, Werner & Modlin, Basic Ratemaking, CAS 2016, ch. 9 (homogeneous,
    ordered risk classes); monotonicity as the direct comparison of observed rates.
    """
    import numpy as np

    scores = vector(score, "score")
    cuts = vector(cut_points, "cut_points")
    if cuts.size > len(LETTERS) - 1 or (np.diff(cuts) <= 0).any():
        raise InvalidInput("cut_points", N_("deben crecer, y ser 25 como mucho"))
    weights = np.ones(scores.size) if exposure is None else _positive(exposure, "exposure", scores.size)
    seen = None if losses is None else vector(losses, "losses", length=scores.size, low=0.0)
    place = np.searchsorted(cuts, scores, side="right")
    bounds = [None, *map(float, cuts), None]
    classes = []
    for number in range(cuts.size + 1):
        chosen = place == number
        worn = float(weights[chosen].sum())
        classes.append(
            RiskClass(
                name=LETTERS[number],
                low=bounds[number],
                high=bounds[number + 1],
                members=int(chosen.sum()),
                share=float(chosen.mean()),
                exposure=worn,
                rate=float(seen[chosen].sum() / worn) if seen is not None and worn > 0 else None,
            )
        )
    known = [row.rate for row in classes if row.rate is not None]
    monotone = None if seen is None else all(a <= b for a, b in zip(known, known[1:], strict=False))
    cautions = [Caution(text=EMPTY_CLASS, values={"name": row.name}) for row in classes if row.members == 0]
    if monotone is False:
        cautions.append(Caution(text=NOT_MONOTONE))
    return BucketedRisk(
        n=scores.size,
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="bar",
                title=N_("Riesgos por clase"),
                series=(
                    Series(
                        name=N_("Riesgos"),
                        x=tuple(row.name for row in classes),
                        y=tuple(float(row.members) for row in classes),
                    ),
                ),
            ),
        ),
        assigned=tuple(LETTERS[number] for number in place),
        classes=tuple(classes),
        monotone=monotone,
    )
