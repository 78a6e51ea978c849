"""Places as arguments: GeoJSON areas, points on a plane or on the Earth, and who is whose neighbour."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import Field

from engines.arrays import matrix
from engines.contract import Matrix, Part
from engines.errors import N_, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EARTH: Final = 6_371_008.8  # mean radius in metres, IUGG
MOST_PLACES: Final = 100_000
MOST_LINKS: Final = 5_000_000
BY_ZONE: Final = N_("agrupe antes por zona o código postal")
NEARER: Final = N_("reduzca la distancia o agrupe los puntos")
UNKNOWN: Final = N_("nombra vecinos que no están entre las unidades")
ISLANDS: Final = N_("hay unidades sin vecinos; admítalas con allow_islands, o use los vecinos más cercanos (knn)")
LATITUDES: Final = N_("las coordenadas geográficas van como latitud (-90 a 90) y longitud (-180 a 180)")

Coordinates: TypeAlias = Literal["planar", "geographic"]
Neighbours: TypeAlias = dict[str, list[str | int]]


class Geometry(Part):
    """A GeoJSON polygon or multipolygon: rings of [longitude, latitude], the first the outer one."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class Feature(Part):
    """A GeoJSON feature. Other members, as RFC 7946 allows, are left unread."""

    type: Literal["Feature"] = "Feature"
    id: str | int | None = None
    properties: dict[str, Any] | None = None
    geometry: Geometry


class Areas(Part):
    """A GeoJSON feature collection of areas; its coordinates are longitude and latitude (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature] = Field(min_length=1)


def shapes(areas: Areas, id_property: str | None) -> tuple[list[str], list[Any]]:
    """The ids of `areas` and their shapely polygons.

    Args:
        areas: a feature collection.
        id_property: which property names an area; None for the feature's own id, or its position.

    Raises:
        InvalidInput: two areas of one name, a property that is missing, or a polygon that crosses itself.
        LimitExceeded: more than 100000 areas.
    """
    import shapely

    if len(areas.features) > MOST_PLACES:
        raise LimitExceeded("areas", MOST_PLACES, len(areas.features), BY_ZONE)
    ids, found = [], []
    for position, feature in enumerate(areas.features):
        if id_property is None:
            ids.append(str(position if feature.id is None else feature.id))
        elif not feature.properties or feature.properties.get(id_property) is None:
            raise InvalidInput("id_property", N_("no está en todas las zonas"))
        else:
            ids.append(str(feature.properties[id_property]))
        try:
            found.append(shapely.geometry.shape(feature.geometry.model_dump()))
        except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError) as error:
            raise InvalidInput("areas", N_("contiene un polígono mal formado")) from error
    if len(set(ids)) < len(ids):
        raise InvalidInput("areas", N_("contiene dos zonas con el mismo nombre"))
    if not all(shapely.is_valid(found)) or any(shapely.is_empty(found)):
        raise InvalidInput("areas", N_("contiene un polígono vacío o que se cruza a sí mismo"))
    return ids, found


def points_array(points: Matrix, coordinates: Coordinates, *, least: int = 1, argument: str = "points") -> "Floats":
    """`points` as (n, 2): x, y on a plane, or latitude, longitude in degrees.

    Raises:
        InvalidInput: not two columns, or degrees outside the Earth.
        LimitExceeded: more than 100000 points.
    """
    import numpy as np

    found = matrix(points, argument, least=least, columns=2)
    if len(found) > MOST_PLACES:
        raise LimitExceeded(argument, MOST_PLACES, len(found), BY_ZONE)
    if coordinates == "geographic" and ((np.abs(found[:, 0]) > 90) | (np.abs(found[:, 1]) > 180)).any():
        raise InvalidInput(argument, LATITUDES)
    return found


def on_sphere(degrees: "Floats") -> "Floats":
    """Latitudes and longitudes as points in space, in metres from the centre of the Earth."""
    import numpy as np

    latitude, longitude = np.radians(degrees).T
    return EARTH * np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def chord(distance: float) -> float:
    """The straight line through the Earth between two places so many metres apart along the surface."""
    import math

    return 2 * EARTH * math.sin(min(distance / (2 * EARTH), math.pi / 2))


def nearest(points: "Floats", coordinates: Coordinates, k: int) -> list[list[int]]:
    """The `k` nearest other points of each."""
    import numpy as np
    from scipy.spatial import cKDTree

    placed = on_sphere(points) if coordinates == "geographic" else points
    _, found = cKDTree(placed).query(placed, k=k + 1)
    rows = []
    for i, row in enumerate(np.asarray(found)):
        # Where points coincide, the point itself need not be among its nearest.
        others = [int(j) for j in row if j != i]
        rows.append(others[:k])
    return rows


def within(points: "Floats", coordinates: Coordinates, distance: float, argument: str = "points") -> list[list[int]]:
    """The other points at most `distance` from each: units of the plane, or metres.

    Raises:
        LimitExceeded: more than five million pairs.
    """
    from scipy.spatial import cKDTree

    placed = on_sphere(points) if coordinates == "geographic" else points
    radius = chord(distance) if coordinates == "geographic" else distance
    tree = cKDTree(placed)
    links = int(tree.count_neighbors(tree, radius))
    if links > MOST_LINKS:
        raise LimitExceeded(argument, MOST_LINKS, links, NEARER)
    return [sorted(j for j in row if j != i) for i, row in enumerate(tree.query_ball_point(placed, radius))]


def links(
    neighbours: Neighbours, n: int, transform: Literal["row", "binary"], *, allow_islands: bool = False,
    argument: str = "neighbours",
) -> Any:  # fmt: skip
    """The PySAL weights of units in the order of their values.

    Raises:
        InvalidInput: units or neighbours that do not match the values, a unit that is its own neighbour, or islands.
    """
    from libpysal.weights import W

    if len(neighbours) != n:
        raise InvalidInput(argument, N_("debe nombrar tantas unidades como valores hay, y en su orden"))
    at = {name: i for i, name in enumerate(neighbours)}
    rows: dict[int, list[int]] = {}
    for name, others in neighbours.items():
        if any(str(other) not in at for other in others):
            raise InvalidInput(argument, UNKNOWN)
        rows[at[name]] = list(dict.fromkeys(at[str(other)] for other in others))
        if at[name] in rows[at[name]]:
            raise InvalidInput(argument, N_("una unidad no puede ser vecina de sí misma"))
    if not any(rows.values()):
        raise InvalidInput(argument, N_("nadie tiene vecinos"))
    if not allow_islands and not all(rows.values()):
        raise InvalidInput(argument, ISLANDS)
    found = W(rows, id_order=list(range(n)), silence_warnings=True)
    found.transform = "r" if transform == "row" else "b"
    return found


def numbered(rows: list[list[int]]) -> Neighbours:
    """Neighbours by position, as an argument of the operations on neighbours."""
    return {str(i): [str(j) for j in others] for i, others in enumerate(rows)}


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The library permutes with NumPy's global generator: set for the while, and put back as it was."""
    import numpy as np

    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
