"""Territory (*zonificación*): noisy effects by postcode become a few zones."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import ConfigDict, Field

from engines.arrays import labels, vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Labels, Part, Positive, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from engines.arrays import Floats

MOST_PLACES: Final = 2_000
ISLAND: Final = N_("{n} zonas no tienen vecinos: se acercan solo a la media")
ALIKE: Final = N_("Los efectos suavizados solo tienen {n} valores distintos: salen {n} zonas en vez de {asked}")
SAME: Final = 4  # decimals of the range of the given effects, beyond which smoothed ones do not differ
ZERO_VARIANCE: Final = N_("La varianza entre zonas sale negativa y se toma 0: los efectos no se distinguen")


class Neighbours(Part):
    """Two places that share a border."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: str
    b: str


class Place(Part):
    """One place: its effect as given, smoothed, and its zone (1 the lowest)."""

    name: str
    weight: float
    effect: float
    smoothed: float
    zone: int


class Zone(Part):
    """One zone: its places' number, weight and weighted mean of smoothed effects."""

    zone: int
    places: int
    weight: float
    effect: float


class Zones(Computed):
    """Places with smoothed effects, and zones of like effect. `smoothing` is lambda of the neighbours' penalty.

    `variance_kept` is the share of the smoothed effects' weighted variance that lies between the zones.
    """

    smoothing: float | None
    places: tuple[Place, ...]
    zones: tuple[Zone, ...]
    variance_kept: float


@operation(
    "Construcción de zonas tarifarias",
    examples=(
        "Construye zonas tarifarias a partir de los efectos por código postal suavizando con los vecinos",
        "Build rating zones from postcode effects with spatial smoothing",
    ),
    heavy=True,
)
def zone_build(
    places: Labels,
    effects: Vector,
    weights: Vector,
    neighbours: tuple[Neighbours, ...] = (),
    smoothing: Positive | None = None,
    within_variance: Positive | None = None,
    zones: Annotated[int, Field(ge=2, le=50)] = 5,
) -> Zones:
    """Smooth the effects of small places and gather them in zones.

    With neighbours: the mode of a Gaussian field with intrinsic autoregressive prior, that is, the least
    sum of w(e - z)² + smoothing × sum over borders of (z_a - z_b)²; without them, Bühlmann-Straub credibility
    towards the mean.

    Args:
        places: (n,) names, postcodes for instance, each once.
        effects: (n,) estimated effect of each place, logarithm of its relativity for instance.
        weights: (n,) its exposure, positive.
        neighbours: pairs of places with a common border.
        smoothing: lambda of the penalty; found by generalised cross-validation if it is not given.
        within_variance: variance of an effect of weight 1, for credibility without neighbours.
        zones: how many zones, of least variance within (dynamic programming, exact); fewer if the smoothed effects
            have not so many values.

    Raises:
        InvalidInput: repeated or unknown places, weights not positive, constant effects, neither neighbours nor
            variance.
        InsufficientData: fewer places than zones.
        LimitExceeded: more than 2,000 places.

    Source: Besag, York & Mollié, Annals of the Institute of Statistical Mathematics 43 (1991), the ICAR part;
    Golub, Heath & Wahba, Technometrics 21 (1979), GCV; Bühlmann & Gisler, A Course in Credibility Theory, 2005,
    ch. 4; Fisher, JASA 53 (1958), grouping for maximum homogeneity.
    """
    import numpy as np

    names = [str(name) for name in labels(places, "places", least=zones)]
    n = len(names)
    if n > MOST_PLACES:
        raise LimitExceeded("places", MOST_PLACES, n, N_("agrupe antes por municipio o por comarca"))
    if len(set(names)) < n:
        raise InvalidInput("places", N_("contiene nombres repetidos"))
    given = vector(effects, "effects", length=n, varies=True)
    worn = vector(weights, "weights", length=n)
    if worn.min() <= 0:
        raise InvalidInput("weights", N_("debe tener solo valores mayores que cero"))
    cautions: list[Caution] = []
    if neighbours:
        laplacian = _laplacian(names, neighbours)
        islands = int((np.diag(laplacian) == 0).sum())
        if islands:
            cautions.append(Caution(text=ISLAND, values={"n": islands}))
        smoothed, smoothing = _field(given, worn, laplacian, smoothing)
    elif within_variance is not None:
        smoothed = _credible(given, worn, within_variance, cautions)
        smoothing = None
    else:
        raise InvalidInput("neighbours", N_("indique los vecinos, o la varianza de un efecto de peso 1"))
    mean = float(smoothed @ worn / worn.sum())
    distinct = int(np.unique(np.round((smoothed - mean) / np.ptp(given), SAME)).size)
    if distinct < zones:
        cautions.append(Caution(text=ALIKE, values={"n": distinct, "asked": zones}))
        zones = distinct
    zone = _grouped(smoothed, worn, zones)
    rows = []
    between = 0.0
    for number in range(1, zones + 1):
        chosen = zone == number
        weight = float(worn[chosen].sum())
        effect = float(smoothed[chosen] @ worn[chosen] / weight)
        between += weight * (effect - mean) ** 2
        rows.append(Zone(zone=number, places=int(chosen.sum()), weight=weight, effect=effect))
    total = float(worn @ (smoothed - mean) ** 2)
    return Zones(
        method="ICAR, posterior mode" if neighbours else "Bühlmann-Straub",
        library="numpy",
        n=n,
        warnings=tuple(cautions),
        charts=(
            Chart(
                kind="bar",
                title=N_("Efecto por zona"),
                series=(
                    Series(name=N_("Efecto"), x=tuple(row.zone for row in rows), y=tuple(row.effect for row in rows)),
                ),
                x_label=N_("Zona"),
            ),
        ),
        smoothing=smoothing,
        places=tuple(
            Place(name=name, weight=float(w), effect=float(e), smoothed=float(s), zone=int(k))
            for name, w, e, s, k in zip(names, worn, given, smoothed, zone, strict=True)
        ),
        zones=tuple(rows),
        variance_kept=between / total if total > 0 else 1.0,
    )


def _laplacian(names: list[str], neighbours: tuple[Neighbours, ...]) -> "Floats":
    import numpy as np

    place = {name: number for number, name in enumerate(names)}
    found = np.zeros((len(names), len(names)))
    for pair in {frozenset((pair.a, pair.b)) for pair in neighbours}:
        if len(pair) != 2 or not pair <= place.keys():
            raise InvalidInput("neighbours", N_("nombran un lugar que no está en la lista, o uno consigo mismo"))
        a, b = (place[name] for name in pair)
        found[a, b] = found[b, a] = -1.0
        found[a, a] += 1
        found[b, b] += 1
    return found


def _field(
    given: "Floats", worn: "Floats", laplacian: "Floats", smoothing: float | None
) -> tuple["Floats", float]:  # fmt: skip
    """The posterior mode, and its lambda: the given one, or that of least generalised cross-validation.

    With s = W^½ z the problem has one basis for all lambda: the eigenvectors of W^-½ L W^-½.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    # Islands have no border to be drawn by: they are drawn to the mean, as weakly as one neighbour would.
    mean = float(given @ worn / worn.sum())
    penalty = laplacian + np.diag((np.diag(laplacian) == 0).astype(float))
    root = np.sqrt(worn)
    roots, basis = np.linalg.eigh(penalty / np.outer(root, root))
    roots = np.maximum(roots, 0.0)
    seen = basis.T @ (root * (given - mean))

    def loss(log_lambda: float) -> float:
        kept = 1 / (1 + np.exp(log_lambda) * roots)
        left = ((1 - kept) * seen) @ ((1 - kept) * seen)
        return float(np.log(left + 1e-300) - 2 * np.log(max(1 - kept.mean(), 1e-12)))

    if smoothing is None:
        scale = np.log(worn.mean())
        best: Any = minimize_scalar(loss, bounds=(scale - 12, scale + 12), method="bounded")
        smoothing = float(np.exp(best.x))
    return mean + (basis @ (seen / (1 + smoothing * roots))) / root, smoothing


def _credible(given: "Floats", worn: "Floats", within: float, cautions: list[Caution]) -> "Floats":
    total = float(worn.sum())
    mean = float(given @ worn / total)
    spread = float(worn @ (given - mean) ** 2) - (given.size - 1) * within
    between = spread / (total - float(worn @ worn) / total)
    if between <= 0:
        cautions.append(Caution(text=ZERO_VARIANCE))
        between = 0.0
    credibility = worn * between / (worn * between + within)
    centre = float(credibility @ given / credibility.sum()) if between > 0 else mean
    return centre + credibility * (given - centre)


def _grouped(values: "Floats", worn: "Floats", zones: int) -> Any:
    """The zone of each value (1 the lowest) that leaves the least weighted variance within zones."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    v, w = values[order] - values.mean(), worn[order]
    n = v.size
    cw, cv, cs = (np.concatenate([[0.0], np.cumsum(part)]) for part in (w, w * v, w * v * v))
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    cuts = np.zeros((zones + 1, n + 1), dtype=np.int64)
    for number in range(1, zones + 1):
        reached = np.full(n + 1, np.inf)
        for end in range(number, n + 1):
            starts = np.arange(number - 1, end)
            weight = cw[end] - cw[starts]
            within = (cs[end] - cs[starts]) - (cv[end] - cv[starts]) ** 2 / weight
            costs = best[starts] + within
            chosen = int(np.argmin(costs))
            reached[end], cuts[number, end] = costs[chosen], starts[chosen]
        best = reached
    zone = np.zeros(n, dtype=np.int64)
    end = n
    for number in range(zones, 0, -1):
        begin = int(cuts[number, end])
        zone[order[begin:end]] = number
        end = begin
    return zone
