"""How much may one event strike? The circle with the greatest sum insured."""

import heapq
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from engines.arrays import vector
from engines.charts import Chart, Series
from engines.contract import Caution, Computed, Matrix, Part, Vector, operation
from engines.errors import N_, InvalidInput, LimitExceeded
from engines.running import report
from engines.statistical.spatial.places import MOST_LINKS, NEARER, chord, on_sphere, points_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

REPORTED_EVERY: Final = 2_000
EQUATOR: Final = 6_378_137.0  # metres, WGS84
ECCENTRICITY2: Final = 0.006_694_379_990_14
WIDER: Final = 1.02  # the index stands on a sphere, which may be 1 % off the ellipsoid
SLACK: Final = 1e-9  # of the radius: a place exactly on the circle is inside, as in the Regulation


class Circle(Part):
    """A circle of the radius asked for, its centre in degrees, and the positions of what lies in it."""

    sum: float
    count: int
    latitude: float
    longitude: float
    positions: list[int]


class Accumulation(Computed):
    """The worst circle, in the unit of the values, and the next ones that share nothing with those before.

    Args:
        share: of the worst circle in the total.
    """

    worst: float
    count: int
    latitude: float
    longitude: float
    share: float
    circles: list[Circle]


@operation(
    "Acumulación de sumas aseguradas en un círculo",
    examples=(
        "¿Cuál es la mayor suma asegurada acumulada en un radio de 200 metros? Riesgo de incendio de Solvencia II",
        "Largest accumulation of insured values within a 200 m circle (Solvency II fire concentration)",
    ),
    heavy=True,
)
def accumulation(
    values: Vector,
    points: Matrix,
    radius_m: Annotated[float, Field(gt=0, le=100_000)] = 200.0,
    top: Annotated[int, Field(ge=1, le=100)] = 5,
) -> Accumulation:
    """Find the circles with the greatest sums insured, wherever their centres lie.

    A circle that holds the most can be moved until one of its places lies on its edge: so only circles
    through a place are tried, round all their centres, which makes the result exact. Distances are taken
    on the plane that touches the WGS84 ellipsoid at that place: good to centimetres over a kilometre.

    Args:
        values: (n,) sums insured, not negative, in one currency.
        points: (n, 2) latitude, longitude in degrees.
        radius_m: radius in metres; 200 for the fire sub-module.
        top: how many circles to give, none sharing a place with another.

    Raises:
        InvalidInput: negative values, all zero, or degrees outside the Earth.
        LimitExceeded: more than 100000 places, or five million pairs within twice the radius.

    Source: Commission Delegated Regulation (EU) 2015/35, article 132 (largest fire risk concentration: radius of
    200 metres); algorithm: Chazelle & Lee, On a Circle Placement Problem, Computing 36 (1986).
    """
    import numpy as np
    from scipy.spatial import cKDTree

    placed = points_array(points, "geographic")
    sums = vector(values, "values", length=len(placed), low=0.0)
    if sums.sum() <= 0:
        raise InvalidInput("values", N_("son todas cero: no hay nada acumulado"))
    space = on_sphere(placed)
    tree = cKDTree(space)
    reach = chord(2 * radius_m) * WIDER
    pairs = int(tree.count_neighbors(tree, reach))
    if pairs > MOST_LINKS:
        raise LimitExceeded("radius_m", MOST_LINKS, pairs, NEARER)
    near = [np.asarray(row, dtype=np.int64) for row in tree.query_ball_point(space, reach)]
    free = np.ones(len(placed), dtype=bool)
    # The best circle through each place; once others are taken away it can only get worse, so the
    # heap's top is recomputed until it stays on top.
    queue: list[tuple[float, int, int]] = []
    for i in range(len(placed)):
        if i % REPORTED_EVERY == 0:
            report(i, len(placed))
        queue.append((-_best(i, near[i], placed, sums, radius_m)[0], i, 0))
    heapq.heapify(queue)
    circles: list[Circle] = []
    while queue and len(circles) < top:
        bound, i, round_ = heapq.heappop(queue)
        if not free[i] or bound == 0:
            continue
        found, angle, inside = _best(i, near[i][free[near[i]]], placed, sums, radius_m)
        if round_ < len(circles) and queue and -found > queue[0][0]:
            heapq.heappush(queue, (-found, i, len(circles)))
            continue
        if found <= 0:
            continue
        latitude, longitude = _moved(placed[i], angle, radius_m)
        free[inside] = False
        circles.append(
            Circle(
                sum=float(sums[inside].sum()),
                count=int(inside.size),
                latitude=latitude,
                longitude=longitude,
                positions=sorted(int(j) for j in inside),
            )
        )
    worst = circles[0]
    return Accumulation(
        method=f"exact circle placement, radius {radius_m:g} m",
        library="scipy",
        n=len(placed),
        worst=worst.sum,
        count=worst.count,
        latitude=worst.latitude,
        longitude=worst.longitude,
        share=min(worst.sum / float(sums.sum()), 1.0),
        circles=circles,
        warnings=_doubtful(placed),
        charts=(
            Chart(
                kind="bar",
                title=N_("Mayores acumulaciones"),
                x_label=N_("Círculo"),
                series=(
                    Series(
                        name=N_("Suma asegurada"),
                        x=tuple(str(j + 1) for j in range(len(circles))),
                        y=tuple(c.sum for c in circles),
                    ),
                ),
            ),
        ),
    )


def _best(i: int, others: "Whole", placed: "Floats", sums: "Floats", radius: float) -> "tuple[float, float, Whole]":
    """The greatest sum in a circle through place `i`, the direction of its centre, and what it holds."""
    import numpy as np

    meridian, parallel = _curvature(placed[i, 0])
    north = meridian * np.radians(placed[others, 0] - placed[i, 0])
    turned = (placed[others, 1] - placed[i, 1] + 180.0) % 360.0 - 180.0
    # At the mean latitude of both places, so that the distance is the same from either.
    east = parallel * np.cos(np.radians((placed[others, 0] + placed[i, 0]) / 2)) * np.radians(turned)
    away = np.hypot(east, north)
    within = away <= 2 * radius * (1 + SLACK)
    others, east, north, away = others[within], east[within], north[within], away[within]
    same = away <= SLACK * radius
    always = float(sums[others[same]].sum())
    moving = ~same
    if not moving.any():
        return always, 0.0, others
    towards = np.arctan2(north[moving], east[moving])
    half = np.arccos(np.minimum(away[moving] / (2 * radius), 1.0)) + SLACK
    weights = sums[others[moving]]
    opens, closes = (towards - half) % (2 * np.pi), (towards + half) % (2 * np.pi)
    start = always + float(weights[opens > closes].sum())
    angles = np.concatenate([opens, closes])
    steps = np.concatenate([weights, -weights])
    # At one angle, what opens comes before what closes.
    order = np.lexsort((np.concatenate([np.zeros(opens.size), np.ones(closes.size)]), angles))
    running = start + np.cumsum(steps[order])
    at = int(running.argmax())
    angle = float(angles[order][at])
    best = max(float(running[at]), start)
    if start > running[at]:
        angle = 0.0
    covered = np.abs((towards - angle + np.pi) % (2 * np.pi) - np.pi) <= half + SLACK
    inside = np.concatenate([others[same], others[moving][covered]])
    return best, angle, inside


def _moved(place: "Floats", angle: float, radius: float) -> tuple[float, float]:
    """The centre: so many metres from `place` in a direction counted from the east."""
    import numpy as np

    meridian, parallel = _curvature(place[0])
    latitude = float(place[0] + np.degrees(radius * np.sin(angle) / meridian))
    shrink = max(float(np.cos(np.radians((place[0] + latitude) / 2))), 1e-12)
    longitude = float(place[1] + np.degrees(radius * np.cos(angle) / (parallel * shrink)))
    return max(-90.0, min(90.0, latitude)), (longitude + 180.0) % 360.0 - 180.0


def _curvature(latitude: float) -> tuple[float, float]:
    """Radii of the WGS84 ellipsoid at a latitude in degrees: along the meridian, and across it."""
    import math

    flat = 1 - ECCENTRICITY2 * math.sin(math.radians(latitude)) ** 2
    return EQUATOR * (1 - ECCENTRICITY2) / flat**1.5, EQUATOR / math.sqrt(flat)


def _doubtful(placed: "Floats") -> tuple[Caution, ...]:
    """A caution where many places stand on one point, as after geocoding by postcode."""
    import numpy as np

    _, counts = np.unique(placed, axis=0, return_counts=True)
    most: Any = counts.max()
    if len(placed) >= 10 and most > max(5, len(placed) // 20):
        text = N_("{n} riesgos comparten coordenadas: quizá son las del código postal y no las del edificio")
        return (Caution(text=text, values={"n": int(most)}),)
    return ()
