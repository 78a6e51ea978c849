"""Do like values lie together? Of the whole map, and place by place."""

import warnings
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Level, Matrix, Part, Positive, Seed, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.running import report
from engines.statistical.spatial.places import (
    BY_ZONE,
    MOST_PLACES,
    Coordinates,
    Neighbours,
    links,
    numbered,
    points_array,
    seeded,
    within,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_PERMUTED: Final = 200_000_000  # values times permutations
FEWER: Final = N_("pida menos permutaciones")
FEW: Final = N_("con {n} unidades la aproximación normal es pobre: mire la probabilidad por permutación")
LEAST: Final = 4
TIE: Final = 1e-12  # standard deviations
REPORTED_EVERY: Final = 1000

Permutations = Annotated[int, Field(ge=0, le=99_999)]


def _values(y: Vector, permutations: int, *, low: float | None = None) -> "Floats":
    found = (
        vector(y, "y", least=LEAST, varies=True) if low is None else vector(y, "y", least=LEAST, varies=True, low=low)
    )
    if found.size > MOST_PLACES:
        raise LimitExceeded("y", MOST_PLACES, int(found.size), BY_ZONE)
    if found.size * permutations > MOST_PERMUTED:
        raise LimitExceeded("permutations", MOST_PERMUTED // int(found.size), permutations, FEWER)
    return found / float(abs(found).max()) if abs(found).max() > 0 else found


def _few(n: int) -> tuple[Caution, ...]:
    return (Caution(text=FEW, values={"n": n}),) if n < 30 else ()


class Moran(Computed):
    """Moran's I: above what is expected, like values are neighbours; below, unlike ones.

    Args:
        p_norm: two-sided, under normality.
        p_sim: share of permutations as extreme, one-sided; None without permutations.
    """

    moran_i: float
    expected: float
    variance: float
    z: float
    p_norm: float
    z_rand: float
    p_rand: float
    p_sim: float | None


@operation(
    "Autocorrelación espacial (I de Moran)",
    examples=(
        "¿Se agrupan en el mapa los códigos postales de alta siniestralidad? Calcula la I de Moran",
        "Moran's I spatial autocorrelation of loss ratios with permutation test",
    ),
    heavy=True,
)
def moran(
    y: Vector,
    neighbours: Neighbours,
    transform: Literal["row", "binary"] = "row",
    permutations: Permutations = 999,
    allow_islands: bool = False,
    seed: Seed = 0,
) -> Moran:
    """Test whether like values are neighbours over the whole map.

    Args:
        y: (n,) values of the units, in the order of `neighbours`, any unit.
        neighbours: the neighbours of each unit by id, as `weights` gives them.
        transform: `row` weights that add up to one for each unit; `binary` ones.
        permutations: how many random maps to compare with; 0 for none.
        allow_islands: whether units without neighbours are admitted.
        seed: where chance begins.

    Raises:
        InsufficientData: fewer than four units.
        InvalidInput: values that do not vary, neighbours that do not match them, or islands.
        LimitExceeded: more than 100000 units, or too many permutations of them.

    Source: Moran, Biometrika 37 (1950); moments: Cliff & Ord, Spatial Processes (1981), section 1.5.
    """
    from esda.moran import Moran as Computation

    values = _values(y, permutations)
    graph = links(neighbours, values.size, transform, allow_islands=allow_islands)
    with seeded(seed):
        found = Computation(values, graph, transformation=transform[0], permutations=permutations)
    centred = values - values.mean()
    lag = graph.sparse @ centred
    return Moran(
        method=f"{transform} weights, {permutations} permutations",
        library="esda",
        n=values.size,
        seed=seed if permutations else None,
        moran_i=float(found.I),
        expected=float(found.EI),
        variance=float(found.VI_norm),
        z=float(found.z_norm),
        p_norm=float(found.p_norm),
        z_rand=float(found.z_rand),
        p_rand=float(found.p_rand),
        p_sim=float(found.p_sim) if permutations else None,
        warnings=_few(values.size),
        charts=(_scatter(centred / centred.std(), lag / centred.std()),),
    )


def _scatter(own: "Floats", lag: "Floats") -> Chart:
    return Chart(
        kind="scatter",
        title=N_("Diagrama de Moran"),
        x_label=N_("Valor tipificado"),
        y_label=N_("Media de los vecinos"),
        series=(Series(name=N_("Unidades"), x=tuple(map(float, own[:2000])), y=tuple(map(float, lag[:2000]))),),
        marks=((N_("Media"), 0.0),),
    )


class Geary(Computed):
    """Geary's C: under 1, neighbours are alike; above, unlike. `p` is one-sided, under normality."""

    C: float
    expected: float
    variance: float
    z: float
    p: float
    z_rand: float
    p_rand: float
    p_sim: float | None


@operation(
    "Contraste de Geary",
    examples=(
        "Calcula la C de Geary de la frecuencia de siniestros por provincia",
        "Geary's C local similarity of neighbouring areas",
    ),
    heavy=True,
)
def geary(
    y: Vector,
    neighbours: Neighbours,
    transform: Literal["row", "binary"] = "row",
    permutations: Permutations = 999,
    allow_islands: bool = False,
    seed: Seed = 0,
) -> Geary:
    """Test whether neighbours differ less than units at random.

    Args:
        y: (n,) values of the units, in the order of `neighbours`, any unit.
        neighbours: the neighbours of each unit by id, as `weights` gives them.
        transform: `row` weights that add up to one for each unit; `binary` ones.
        permutations: how many random maps to compare with; 0 for none.
        allow_islands: whether units without neighbours are admitted.
        seed: where chance begins.

    Raises:
        InsufficientData: fewer than four units.
        InvalidInput: values that do not vary, neighbours that do not match them, or islands.
        LimitExceeded: more than 100000 units, or too many permutations of them.

    Source: Geary, The Incorporated Statistician 5 (1954); moments: Cliff & Ord, Spatial Processes (1981), 1.5.
    """
    from esda.geary import Geary as Computation

    values = _values(y, permutations)
    graph = links(neighbours, values.size, transform, allow_islands=allow_islands)
    with seeded(seed):
        found = Computation(values, graph, transformation=transform[0], permutations=permutations)
    return Geary(
        method=f"{transform} weights, {permutations} permutations",
        library="esda",
        n=values.size,
        seed=seed if permutations else None,
        C=float(found.C),
        expected=float(found.EC),
        variance=float(found.VC_norm),
        z=float(found.z_norm),
        p=float(found.p_norm),
        z_rand=float(found.z_rand),
        p_rand=float(found.p_rand),
        p_sim=float(found.p_sim) if permutations else None,
        warnings=_few(values.size),
    )


class General(Computed):
    """Getis and Ord's G: above what is expected, high values lie together; below, low ones. One-sided."""

    G: float
    expected: float
    variance: float
    z: float
    p_norm: float
    p_sim: float | None


@operation(
    "Concentración de valores altos (G de Getis-Ord)",
    examples=(
        "¿Están juntas las sumas aseguradas altas? Calcula la G general de Getis-Ord con un radio de 500 metros",
        "Getis-Ord general G of high values within a distance band",
    ),
    heavy=True,
)
def getis_ord_general(
    y: Vector,
    points: Matrix,
    distance_band: Positive,
    coordinates: Coordinates,
    permutations: Permutations = 999,
    seed: Seed = 0,
) -> General:
    """Test whether high values, or low ones, lie near each other.

    Args:
        y: (n,) values of the places, not negative, any unit.
        points: (n, 2) x, y or latitude, longitude of the places.
        distance_band: how far near reaches, in the unit of the plane, or metres.
        coordinates: `planar` x, y of one unit, or `geographic` latitude, longitude in degrees.
        permutations: how many random maps to compare with; 0 for none.
        seed: where chance begins.

    Raises:
        InsufficientData: fewer than four places.
        InvalidInput: negative values, none but equal ones, or nobody within the distance.
        LimitExceeded: more than 100000 places or five million pairs.

    Source: Getis & Ord, The Analysis of Spatial Association by Use of Distance Statistics, Geographical
    Analysis 24 (1992), eq. 4 to 7.
    """
    from esda.getisord import G

    values = _values(y, permutations, low=0.0)
    graph = _band(points, values.size, distance_band, coordinates)
    with seeded(seed):
        found = G(values, graph, permutations=permutations)
    return General(
        method=f"binary weights within {distance_band:g}",
        library="esda",
        n=values.size,
        seed=seed if permutations else None,
        G=float(found.G),
        expected=float(found.EG),
        variance=float(found.VG),
        z=float(found.z_norm),
        p_norm=float(found.p_norm),
        p_sim=float(found.p_sim) if permutations else None,
        warnings=_few(values.size),
    )


def _band(points: Matrix, n: int, distance: float, coordinates: Coordinates) -> Any:
    """Binary weights of places within a distance; lonely ones count in the totals alone."""
    placed = points_array(points, coordinates)
    if len(placed) != n:
        raise InvalidInput("points", N_("debe tener una fila por cada valor"))
    rows = numbered(within(placed, coordinates, distance))
    return links(rows, n, "binary", allow_islands=True, argument="distance_band")


class Hot(Part):
    """A place among its neighbours: z of Gi* (0 where all are near), p two-sided, and after Benjamini-Hochberg."""

    position: int
    z: float
    p: float
    p_adjusted: float
    kind: Literal["hot", "cold", "none"]


class Hotspots(Computed):
    """Each place's Gi*, in the order given, and which are hot or cold at the level after adjustment."""

    places: list[Hot]
    hot: list[int]
    cold: list[int]


@operation(
    "Puntos calientes del mapa (Gi* de Getis-Ord)",
    examples=(
        "Encuentra los puntos calientes de siniestros en un radio de 1000 metros (Gi* de Getis-Ord)",
        "Hot spot analysis of claims by Getis-Ord Gi* within a distance band",
    ),
    heavy=True,
)
def hotspots(
    y: Vector, points: Matrix, distance_band: Positive, coordinates: Coordinates, level: Level = 0.05
) -> Hotspots:
    """Find the places that lie among high values, or among low ones.

    Args:
        y: (n,) values of the places, any unit.
        points: (n, 2) x, y or latitude, longitude of the places.
        distance_band: how far near reaches, in the unit of the plane, or metres.
        coordinates: `planar` x, y of one unit, or `geographic` latitude, longitude in degrees.
        level: expected share of false ones among the places called hot or cold.

    Raises:
        InsufficientData: fewer than four places.
        InvalidInput: values that do not vary, or nobody within the distance.
        LimitExceeded: more than 100000 places or five million pairs.

    Source: Ord & Getis, Local Spatial Autocorrelation Statistics, Geographical Analysis 27 (1995), eq. 14 (Gi*,
    binary weights); Benjamini & Hochberg, Journal of the Royal Statistical Society B 57 (1995).
    """
    import numpy as np
    from esda.getisord import G_Local
    from scipy.stats import false_discovery_control, norm

    values = _values(y, 0)
    graph = _band(points, values.size, distance_band, coordinates)
    n = values.size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of groups of places that are not connected: none need be
        found = G_Local(values, graph, transform="B", star=True, permutations=0)
    near = np.array([graph.cardinalities[i] for i in range(n)])
    # A place that is near all others has the mean of all: rounding over nothing, not far out.
    z = np.where(near < n - 1, np.nan_to_num(np.asarray(found.Zs, dtype=float)), 0.0)
    p = 2 * norm.sf(np.abs(z))
    adjusted = false_discovery_control(p)
    kinds = np.where(adjusted >= level, "none", np.where(z > 0, "hot", "cold")).tolist()
    places = [
        Hot(position=i, z=float(z[i]), p=float(p[i]), p_adjusted=float(adjusted[i]), kind=kinds[i]) for i in range(n)
    ]
    return Hotspots(
        method=f"Gi*, binary weights within {distance_band:g}, Benjamini-Hochberg at {level:g}",
        library="esda",
        n=n,
        places=places,
        hot=[i for i in range(n) if kinds[i] == "hot"],
        cold=[i for i in range(n) if kinds[i] == "cold"],
        warnings=_few(n) + _uneven(near),
    )


def _uneven(near: "NDArray[np.int64]") -> tuple[Caution, ...]:
    """Cautions about a band so short that places have nobody near, or so long that all are near."""
    lonely, everywhere = int((near == 0).sum()), int((near == near.size - 1).sum())
    told = []
    if lonely:
        told.append(Caution(text=N_("{n} unidades no tienen vecinos"), values={"n": lonely}))
    if everywhere:
        text = N_("{n} puntos tienen a todos los demás cerca y no pueden destacar: reduzca la distancia")
        told.append(Caution(text=text, values={"n": everywhere}))
    return tuple(told)


class Local(Part):
    """A unit's local Moran, and its p, two-sided. HH high among high, LH low among high, and so on."""

    id: str
    local_i: float
    quadrant: Literal["HH", "LH", "LL", "HL"]
    p: float
    p_adjusted: float


class Lisa(Computed):
    """Local Moran statistics in the order given; `significant` are the ids after Benjamini-Hochberg."""

    units: list[Local]
    significant: list[str]
    global_i: float


@operation(
    "Conglomerados locales (LISA, Moran local)",
    examples=(
        "¿Qué municipios forman conglomerados de alta siniestralidad? Calcula los indicadores LISA",
        "Local Moran LISA clusters: high-high and low-low areas with adjusted p values",
    ),
    heavy=True,
)
def lisa(
    y: Vector,
    neighbours: Neighbours,
    permutations: Annotated[int, Field(ge=99, le=99_999)] = 999,
    level: Level = 0.05,
    allow_islands: bool = False,
    seed: Seed = 0,
) -> Lisa:
    """Find the units that lie among like ones, or stand out of their neighbourhood.

    Args:
        y: (n,) values of the units, in the order of `neighbours`, any unit.
        neighbours: the neighbours of each unit by id, as `weights` gives them; weights add up to one.
        permutations: how many random neighbourhoods of each unit to compare with.
        level: expected share of false ones among the significant units.
        allow_islands: whether units without neighbours are admitted.
        seed: where chance begins.

    Raises:
        InsufficientData: fewer than four units.
        InvalidInput: values that do not vary, neighbours that do not match them, or islands.
        LimitExceeded: more than 100000 units, or too many permutations of them.

    Source: Anselin, Local Indicators of Spatial Association, Geographical Analysis 27 (1995), eq. 12;
    Benjamini & Hochberg, Journal of the Royal Statistical Society B 57 (1995).
    """
    from scipy.stats import false_discovery_control

    values = _values(y, permutations)
    n = values.size
    graph = links(neighbours, n, "row", allow_islands=allow_islands)
    standard = (values - values.mean()) / values.std()
    lag = graph.sparse @ standard
    local = (n - 1) / n * standard * lag
    p = _conditional(standard, lag, [graph.cardinalities[i] for i in range(n)], permutations, seed)
    adjusted = false_discovery_control(p)
    quadrants: tuple[tuple[Literal["LL", "LH"], Literal["HL", "HH"]], ...] = (("LL", "HL"), ("LH", "HH"))
    ids = list(neighbours)
    units = [
        Local(
            id=ids[i],
            local_i=float(local[i]),
            quadrant=quadrants[int(lag[i] > 0)][int(standard[i] > 0)],
            p=float(p[i]),
            p_adjusted=float(adjusted[i]),
        )
        for i in range(n)
    ]
    least = 2 / (permutations + 1)
    significant = [unit.id for unit in units if unit.p_adjusted < level]
    coarse = least * n > level and not significant
    said = Caution(
        text=N_("con {n} unidades hacen falta más permutaciones para que alguna pueda resultar significativa"),
        values={"n": n},
    )
    return Lisa(
        method=f"conditional permutations, Benjamini-Hochberg at {level:g}",
        n=n,
        seed=seed,
        units=units,
        significant=significant,
        global_i=float((standard * lag).sum() / graph.s0),
        warnings=(said,) if coarse else (),
        charts=(_scatter(standard, lag),),
    )


def _conditional(standard: "Floats", lag: "Floats", sizes: list[int], permutations: int, seed: int) -> "Floats":
    """Two-sided p of each unit's neighbourhood mean among means of as many other units at random.

    Plain NumPy: the library compiles its own for half a minute in every new process. As there, one set of
    random positions serves all units.
    """
    import numpy as np

    n = standard.size
    rng = np.random.default_rng(seed)
    widest = max(sizes)
    drawn = np.stack([rng.permutation(n - 1)[:widest] for _ in range(permutations)])
    p = np.ones(n)
    for i, size in enumerate(sizes):
        if i % REPORTED_EVERY == 0:
            report(i, n)
        if not size:
            continue
        positions = drawn[:, :size]
        means = standard[positions + (positions >= i)].mean(axis=1)
        # The same neighbours summed in another order are a tie, not more or less.
        above = int((means >= lag[i] - TIE).sum())
        below = int((means <= lag[i] + TIE).sum())
        p[i] = min(1.0, 2 * (min(above, below) + 1) / (permutations + 1))
    return p
