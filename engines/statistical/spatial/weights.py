"""Who is whose neighbour, and in which area a point lies."""

from typing import Annotated, Any, Literal

from pydantic import Field

from engines.contract import Caution, Computed, Matrix, Part, Positive, operation
from engines.errors import N_, InvalidInput
from engines.statistical.spatial.places import (
    ISLANDS,
    Areas,
    Coordinates,
    nearest,
    numbered,
    points_array,
    shapes,
    within,
)


class Weights(Computed):
    """Neighbours of each unit by its id, in the order given, with their weights.

    Args:
        islands: units without neighbours.
        components: how many groups of units are connected.
        mean_neighbours: links per unit.
    """

    neighbours: dict[str, list[str]]
    weights: dict[str, list[float]]
    islands: list[str]
    components: int
    links: int
    mean_neighbours: float


@operation(
    "Vecindad entre zonas o puntos (pesos espaciales)",
    examples=(
        "Calcula qué códigos postales son vecinos (contigüidad reina) a partir de este GeoJSON",
        "Spatial weights from polygons or points: queen, rook, k nearest neighbours or distance band",
    ),
    heavy=True,
)
def weights(
    kind: Literal["queen", "rook", "knn", "band"],
    areas: Areas | None = None,
    points: Matrix | None = None,
    coordinates: Coordinates | None = None,
    k: Annotated[int, Field(ge=1, le=1000)] = 5,
    distance: Positive | None = None,
    transform: Literal["row", "binary"] = "row",
    id_property: str | None = None,
    allow_islands: bool = False,
) -> Weights:
    """Tell which areas or points are neighbours.

    Args:
        kind: `queen` areas that share a point; `rook` areas that share a border; `knn` the k nearest points;
            `band` points within a distance.
        areas: GeoJSON feature collection of polygons, for `queen` and `rook`.
        points: (n, 2) x, y or latitude, longitude, for `knn` and `band`.
        coordinates: `planar` x, y of one unit, or `geographic` latitude, longitude in degrees; to be said with points.
        k: neighbours of each point under `knn`.
        distance: reach of `band`, in the unit of the plane, or metres.
        transform: `row` weights that add up to one for each unit; `binary` ones.
        id_property: which property names an area; None for the feature's id, or its position.
        allow_islands: whether units without neighbours are admitted.

    Raises:
        InsufficientData: fewer points than neighbours asked for.
        InvalidInput: what `kind` needs is missing, malformed polygons, or islands that are not admitted.
        LimitExceeded: more than 100000 units or five million links.

    Source: Anselin, Spatial Econometrics: Methods and Models (1988), section 3.1.
    """
    if kind in ("queen", "rook"):
        if areas is None:
            raise InvalidInput("areas", N_("hace falta un GeoJSON con las zonas"))
        ids, polygons = shapes(areas, id_property)
        rows = _contiguous(polygons, kind == "rook")
        found = {ids[i]: [ids[j] for j in others] for i, others in enumerate(rows)}
    else:
        if points is None:
            raise InvalidInput("points", N_("hacen falta los puntos"))
        if coordinates is None:
            raise InvalidInput(
                "coordinates", N_("diga si los puntos son planos (planar) o latitud y longitud (geographic)")
            )
        if kind == "band" and distance is None:
            raise InvalidInput("distance", N_("hace falta la distancia"))
        placed = points_array(points, coordinates, least=k + 1 if kind == "knn" else 2)
        rows = nearest(placed, coordinates, k) if kind == "knn" else within(placed, coordinates, distance or 0.0)
        found = {unit: [str(j) for j in others] for unit, others in numbered(rows).items()}
    islands = [unit for unit, others in found.items() if not others]
    if islands and not allow_islands:
        raise InvalidInput("allow_islands", ISLANDS)
    links = sum(map(len, found.values()))
    return Weights(
        method=f"{kind}, {transform}",
        library="shapely" if kind in ("queen", "rook") else "scipy",
        n=len(found),
        neighbours=found,
        weights={
            unit: [1.0 if transform == "binary" else 1.0 / max(len(others), 1)] * len(others)
            for unit, others in found.items()
        },
        islands=islands,
        components=_components(rows),
        links=links,
        mean_neighbours=links / len(found),
        warnings=(Caution(text=N_("{n} unidades no tienen vecinos"), values={"n": len(islands)}),) if islands else (),
    )


def _contiguous(polygons: list[Any], borders: bool) -> list[list[int]]:
    """The areas that touch each; with `borders`, along a line and not at a point alone."""
    import numpy as np
    import shapely

    shaped = np.asarray(polygons, dtype=object)
    one, other = shapely.STRtree(shaped).query(shaped, predicate="intersects")
    keep = one != other
    if borders:
        edges = shapely.boundary(shaped)
        pairs = np.flatnonzero(keep)
        shared = shapely.length(shapely.intersection(edges[one[pairs]], edges[other[pairs]]))
        keep[pairs] = shared > 0
    rows: list[list[int]] = [[] for _ in polygons]
    for i, j in sorted(zip(one[keep].tolist(), other[keep].tolist(), strict=True)):
        rows[i].append(j)
    return rows


def _components(rows: list[list[int]]) -> int:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    one = [i for i, others in enumerate(rows) for _ in others]
    other = [j for others in rows for j in others]
    graph = csr_array(([1.0] * len(one), (one, other)), shape=(len(rows), len(rows)))
    return int(connected_components(graph, directed=False)[0])


class AreaCount(Part):
    """How many points lie in an area."""

    area: str
    count: int


class Located(Computed):
    """The area of each point, None of those in none, and how many each area has, the fullest first."""

    areas: list[str | None]
    counts: list[AreaCount]
    outside: int


@operation(
    "Zona en la que está cada punto",
    examples=(
        "¿En qué código postal o municipio cae cada riesgo según su latitud y longitud? Uso este GeoJSON de zonas",
        "Assign each latitude/longitude point to the polygon that contains it",
    ),
)
def geocode_area(points: Matrix, areas: Areas, id_property: str | None = None) -> Located:
    """Find the area that each place lies in.

    Args:
        points: (n, 2) latitude, longitude in degrees.
        areas: GeoJSON feature collection of polygons; a point on a border goes to the first of them.
        id_property: which property names an area; None for the feature's id, or its position.

    Raises:
        InvalidInput: degrees outside the Earth, or malformed polygons.
        LimitExceeded: more than 100000 points or areas.

    Source: RFC 7946, The GeoJSON Format (2016), section 3; index: Leutenegger, Lopez & Edgington, STR: A Simple
    and Efficient Algorithm for R-Tree Packing, ICDE (1997).
    """
    import numpy as np
    import shapely

    placed = points_array(points, "geographic")
    ids, polygons = shapes(areas, id_property)
    which, where = shapely.STRtree(polygons).query(shapely.points(placed[:, 1], placed[:, 0]), predicate="intersects")
    first = np.full(len(placed), len(ids))
    np.minimum.at(first, which, where)
    found = [ids[i] if i < len(ids) else None for i in first.tolist()]
    counts = np.bincount(first, minlength=len(ids) + 1)
    outside = int(counts[len(ids)])
    ranked = sorted(
        (AreaCount(area=ids[i], count=int(counts[i])) for i in range(len(ids)) if counts[i]),
        key=lambda row: (-row.count, row.area),
    )
    said = (Caution(text=N_("{n} puntos no caen en ninguna zona"), values={"n": outside}),) if outside else ()
    return Located(
        method="STR-tree, intersects", library="shapely", n=len(placed), areas=found, counts=ranked, outside=outside,
        warnings=said,
    )  # fmt: skip
