"""What statistics of maps must satisfy whatever the map."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import InvalidInput, LimitExceeded, SingularMatrix
from engines.running import compute

FEW = settings(max_examples=15, deadline=None)


def call(name: str, **arguments: Any) -> Any:
    return compute(f"spatial_{name}", arguments)


def square(x: float, y: float, side: float = 1.0) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}


def grid(size: int) -> dict[str, list[str]]:
    """Rook neighbours of a square grid."""
    steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
    return {
        f"{r},{c}": [f"{r + a},{c + b}" for a, b in steps if 0 <= r + a < size and 0 <= c + b < size]
        for r in range(size)
        for c in range(size)
    }


@FEW
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_moran_and_geary_ignore_unit_level_and_the_names_of_units(seed: int, unit: float, level: float) -> None:
    rng = np.random.default_rng(seed)
    y, near = rng.normal(0, 1, 25), grid(5)
    order = rng.permutation(25)
    names = list(near)
    shuffled = {names[i]: near[names[i]] for i in order}
    for name, figure in (("moran", "moran_i"), ("geary", "C")):
        one = getattr(call(name, y=y.tolist(), neighbours=near, permutations=0), figure)
        other = call(name, y=(unit * y[order] + level).tolist(), neighbours=shuffled, permutations=0)
        assert getattr(other, figure) == pytest.approx(one, abs=1e-8)


def test_a_chessboard_is_as_unlike_as_can_be_and_a_slope_alike() -> None:
    near = grid(6)
    board = [float((r + c) % 2) for r in range(6) for c in range(6)]
    slope = [float(r) for r in range(6) for _ in range(6)]
    unlike = call("moran", y=board, neighbours=near, permutations=99)
    assert unlike.moran_i == pytest.approx(-1)
    assert unlike.p_sim == pytest.approx(0.01)
    assert call("moran", y=slope, neighbours=near, permutations=0).z > 4
    assert call("geary", y=slope, neighbours=near, permutations=0).C < 0.3
    assert call("geary", y=board, neighbours=near, permutations=0).C > 1


def test_the_same_seed_gives_the_same_permutations_and_leaves_chance_as_it_was() -> None:
    y, near = np.random.default_rng(1).normal(0, 1, 25).tolist(), grid(5)
    np.random.seed(7)
    expected = np.random.random()
    np.random.seed(7)
    one = call("moran", y=y, neighbours=near, permutations=199, seed=3)
    assert np.random.random() == expected
    assert call("moran", y=y, neighbours=near, permutations=199, seed=3) == one
    assert call("lisa", y=y, neighbours=near, seed=4) == call("lisa", y=y, neighbours=near, seed=4)


def test_local_statistics_average_to_the_global_one() -> None:
    y, near = np.random.default_rng(2).normal(0, 1, 36).tolist(), grid(6)
    local = call("lisa", y=y, neighbours=near)
    whole = call("moran", y=y, neighbours=near, permutations=0).moran_i
    assert local.global_i == pytest.approx(whole)
    assert np.mean([unit.local_i for unit in local.units]) == pytest.approx(whole * 35 / 36)


def test_a_unit_is_never_drawn_as_its_own_neighbour() -> None:
    # Where all are neighbours there is one neighbourhood only, and nothing is extreme.
    near = {str(i): [str(j) for j in range(6) if j != i] for i in range(6)}
    found = call("lisa", y=[1.0, 2.0, 4.0, 8.0, 16.0, 32.0], neighbours=near, permutations=99)
    assert [unit.p for unit in found.units] == [1.0] * 6


def test_a_cluster_is_found_and_noise_is_not() -> None:
    near, size = grid(10), 10
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, 100)
    raised = noise.reshape(size, size).copy()
    raised[:3, :3] += 8
    found = call("lisa", y=raised.ravel().tolist(), neighbours=near, permutations=1999)
    high = {unit.id for unit in found.units if unit.id in found.significant and unit.quadrant == "HH"}
    assert "1,1" in high
    assert len(call("lisa", y=noise.tolist(), neighbours=near, permutations=1999).significant) <= 5


def test_hot_and_cold_places() -> None:
    points = [[float(x), float(y)] for x in range(10) for y in range(10)]
    values = [10.0 if x < 3 and y < 3 else 0.0 if x > 6 and y > 6 else 5.0 for x, y in points]
    found = call("hotspots", y=values, points=points, distance_band=1.5, coordinates="planar")
    assert 11 in found.hot
    assert 88 in found.cold
    assert 55 not in found.hot + found.cold


def test_general_g_is_the_share_of_products_of_neighbours() -> None:
    points = [[0.0, 0.0], [1.0, 0.0], [5.0, 0.0], [6.0, 0.0], [20.0, 0.0]]
    y = [1.0, 2.0, 3.0, 4.0, 5.0]
    found = call("getis_ord_general", y=y, points=points, distance_band=1.5, coordinates="planar", permutations=0)
    products = sum(a * b for i, a in enumerate(y) for j, b in enumerate(y) if i != j)
    assert found.G == pytest.approx(2 * (1 * 2 + 3 * 4) / products)
    assert found.p_sim is None


def test_islands_are_refused_unless_admitted() -> None:
    near = {"a": ["b"], "b": ["a"], "c": ["a"], "d": []}
    with pytest.raises(InvalidInput, match="sin vecinos"):
        call("moran", y=[1, 2, 3, 5], neighbours=near, permutations=0)
    assert call("moran", y=[1, 2, 3, 5], neighbours=near, permutations=0, allow_islands=True).n == 4
    far = {"type": "FeatureCollection", "features": [square(0, 0), square(1, 0), square(9, 9)]}
    with pytest.raises(InvalidInput):
        call("weights", kind="queen", areas=far)
    found = call("weights", kind="queen", areas=far, allow_islands=True)
    assert found.islands == ["2"]
    assert found.components == 2
    assert found.weights["2"] == []


def test_neighbours_that_do_not_match_are_named() -> None:
    for near in ({"a": ["b"]}, {"a": ["z"], "b": ["a"], "c": ["a"], "d": ["a"]}, {n: [n] for n in "abcd"}):
        with pytest.raises(InvalidInput) as wrong:
            call("moran", y=[1, 2, 3, 5], neighbours=near, permutations=0)
        assert wrong.value.argument == "neighbours"


def test_areas_that_meet_at_a_corner_are_queens_and_not_rooks() -> None:
    areas = {"type": "FeatureCollection", "features": [square(0, 0), square(1, 1), square(1, 0)]}
    assert call("weights", kind="queen", areas=areas).neighbours["0"] == ["1", "2"]
    assert call("weights", kind="rook", areas=areas).neighbours["0"] == ["2"]
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    with pytest.raises(InvalidInput, match="cruza"):
        call("weights", kind="queen", areas={"features": [{"geometry": bow}]})


def test_geographic_distances_are_metres_and_coordinates_must_be_told() -> None:
    # Madrid, 111 m and 1 km to the north; a degree of latitude is about 111 km.
    points = [[40.0, -3.7], [40.001, -3.7], [40.009, -3.7]]
    found = call("weights", kind="band", points=points, distance=200, coordinates="geographic", allow_islands=True)
    assert found.neighbours == {"0": ["1"], "1": ["0"], "2": []}
    with pytest.raises(InvalidInput) as missing:
        call("weights", kind="knn", points=points, k=1)
    assert missing.value.argument == "coordinates"
    with pytest.raises(InvalidInput, match="latitud"):
        call("weights", kind="knn", points=[[200, 0], [1, 1]], k=1, coordinates="geographic")


@FEW
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=20), st.integers(1, 3))
def test_each_point_has_its_k_nearest_even_if_points_coincide(points: list[tuple[int, int]], k: int) -> None:
    found = call("weights", kind="knn", points=[list(map(float, p)) for p in points], k=k, coordinates="planar")
    for i, (x, y) in enumerate(points):
        away = sorted((x - a) ** 2 + (y - b) ** 2 for j, (a, b) in enumerate(points) if j != i)
        mine = sorted((x - points[int(j)][0]) ** 2 + (y - points[int(j)][1]) ** 2 for j in found.neighbours[str(i)])
        assert mine == away[:k]
        assert str(i) not in found.neighbours[str(i)]


def regression_data(rho: float, error: float) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    near = grid(12)
    at = {name: i for i, name in enumerate(near)}
    w = np.zeros((144, 144))
    for name, others in near.items():
        w[at[name], [at[o] for o in others]] = 1 / len(others)
    rng = np.random.default_rng(11)
    x = rng.normal(0, 1, (144, 2))
    noise = np.linalg.solve(np.eye(144) - error * w, rng.normal(0, 0.5, 144))
    y = np.linalg.solve(np.eye(144) - rho * w, 1 + x @ [2.0, -1.0] + noise)
    return {"y": y.tolist(), "a": x[:, 0].tolist(), "b": x[:, 1].tolist()}, near


@pytest.mark.parametrize("model", ["ml_lag", "gm_lag"])
def test_lag_models_find_what_was_put_in_and_least_squares_tests_point_at_them(model: str) -> None:
    data, near = regression_data(0.6, 0.0)
    found = call("spatial_regression", data=data, y="y", x=["a", "b"], model=model, neighbours=near)
    assert found.rho == pytest.approx(0.6, abs=0.08)
    assert found.params["a"] == pytest.approx(2, abs=0.2)
    tests = {
        t.test: t.p for t in call("spatial_regression", data=data, y="y", x=["a", "b"], neighbours=near).diagnostics
    }
    assert tests["robust_lm_lag"] < 1e-6 < tests["robust_lm_error"]


@pytest.mark.parametrize("model", ["ml_error", "gm_error"])
def test_error_models_find_what_was_put_in(model: str) -> None:
    data, near = regression_data(0.0, 0.7)
    found = call("spatial_regression", data=data, y="y", x=["a", "b"], model=model, neighbours=near)
    assert found.lambda_error == pytest.approx(0.7, abs=0.2)
    assert found.rho is None
    assert found.params["b"] == pytest.approx(-1, abs=0.15)


def test_a_regression_follows_its_units() -> None:
    data, near = regression_data(0.5, 0.0)
    one = call("spatial_regression", data=data, y="y", x=["a", "b"], model="ml_lag", neighbours=near)
    scaled = {"y": [1e6 * v for v in data["y"]], "a": [1e-3 * v for v in data["a"]], "b": data["b"]}
    other = call("spatial_regression", data=scaled, y="y", x=["a", "b"], model="ml_lag", neighbours=near)
    assert other.rho == pytest.approx(one.rho, abs=1e-6)
    assert other.params["a"] == pytest.approx(1e9 * one.params["a"], rel=1e-6)
    assert other.se["a"] == pytest.approx(1e9 * one.se["a"], rel=1e-4)
    assert other.loglik == pytest.approx(one.loglik - 144 * np.log(1e6))


def test_a_regression_refuses_what_it_cannot_tell_apart() -> None:
    data, near = regression_data(0.0, 0.0)
    with pytest.raises(SingularMatrix, match="twice"):
        call("spatial_regression", data={**data, "twice": data["a"]}, y="y", x=["a", "twice"])
    with pytest.raises(InvalidInput) as missing:
        call("spatial_regression", data=data, y="y", x=["a"], model="ml_lag")
    assert missing.value.argument == "neighbours"


def test_maximum_likelihood_has_a_limit_that_names_the_way_round() -> None:
    n = 5001
    near = {str(i): [str((i + 1) % n)] for i in range(n)}
    data = {"y": np.random.default_rng(0).normal(0, 1, n).tolist(), "a": np.arange(float(n)).tolist()}
    with pytest.raises(LimitExceeded, match="gm_lag"):
        call("spatial_regression", data=data, y="y", x=["a"], model="ml_lag", neighbours=near)


def most_by_trying(values: list[float], metres: list[tuple[float, float]], radius: float) -> float:
    """The best circle through two places, or round one: all that can matter."""
    p = np.array(metres)
    centres = [tuple(v) for v in p]
    for i in range(len(p)):
        for j in range(len(p)):
            gap = p[j] - p[i]
            half = np.hypot(*gap) / 2
            if 0 < half <= radius:
                up = np.array([-gap[1], gap[0]]) / (2 * half) * np.sqrt(radius**2 - half**2)
                centres.append(tuple((p[i] + p[j]) / 2 + up))
    away = [np.hypot(*(p - np.array(c)).T) <= radius * (1 + 1e-6) for c in centres]
    return max(float(np.array(values)[inside].sum()) for inside in away)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=12),
    st.lists(st.integers(1, 50), min_size=12, max_size=12),
)
def test_no_circle_holds_more(places: list[tuple[int, int]], values: list[int]) -> None:
    # On the equator a metre is nearly the same in both directions: 110574 m and 111319 m a degree.
    points = [[y / 110574.27, x / 111319.49] for x, y in places]
    sums = [float(v) for v in values[: len(places)]]
    metres = [(float(x), float(y)) for x, y in places]
    found = call("accumulation", values=sums, points=points, top=3)
    # Places within a hair of the edge may fall either way.
    assert most_by_trying(sums, metres, 199.9) <= found.worst <= most_by_trying(sums, metres, 200.1)
    taken = [i for circle in found.circles for i in circle.positions]
    assert len(taken) == len(set(taken))
    assert found.worst == pytest.approx(sum(sums[i] for i in found.circles[0].positions))
    assert [c.sum for c in found.circles] == sorted((c.sum for c in found.circles), reverse=True)


def test_the_centre_told_is_within_the_radius_of_what_it_holds() -> None:
    from pyproj import Geod

    rng = np.random.default_rng(5)
    points = np.column_stack([40.4168 + rng.normal(0, 0.002, 80), -3.7038 + rng.normal(0, 0.002, 80)])
    found = call("accumulation", values=rng.lognormal(12, 1, 80).tolist(), points=points.tolist(), top=20)
    for circle in found.circles:
        inside = points[circle.positions]
        centre = [circle.longitude] * len(inside), [circle.latitude] * len(inside)
        _, _, metres = Geod(ellps="WGS84").inv(inside[:, 1], inside[:, 0], *centre)
        # Each is pushed as far as it goes: one of its places lies on its edge.
        assert np.max(metres) == pytest.approx(200, abs=0.02)


def test_many_risks_on_one_point_are_cautioned() -> None:
    points = [[40.0, -3.0]] * 12 + [[40.0 + i / 100, -3.5] for i in range(8)]
    found = call("accumulation", values=[1.0] * 20, points=points)
    assert found.count == 12
    assert any("código postal" in caution.text for caution in found.warnings)


def test_points_on_a_border_go_to_the_first_area_and_holes_are_outside() -> None:
    hole = square(0, 0, 3)
    hole["geometry"]["coordinates"].append([[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]])
    areas = {"features": [{**hole, "properties": {"cp": "28001"}}, {**square(3, 0, 3), "properties": {"cp": "28002"}}]}
    found = call("geocode_area", points=[[1.5, 1.5], [0.5, 3.0], [0.5, 4.0]], areas=areas, id_property="cp")
    assert found.areas == [None, "28001", "28002"]
    assert found.outside == 1
    with pytest.raises(InvalidInput) as missing:
        call("geocode_area", points=[[1, 1]], areas=areas, id_property="zip")
    assert missing.value.argument == "id_property"


def test_a_place_that_is_near_all_others_is_neither_hot_nor_cold() -> None:
    rng = np.random.default_rng(21)
    points = np.column_stack([40.4 + rng.normal(0, 0.01, 120), -3.7 + rng.normal(0, 0.013, 120)])
    y = rng.lognormal(11, 1, 120)
    found = call("hotspots", y=y.tolist(), points=points.tolist(), distance_band=20_000, coordinates="geographic")
    assert not found.hot
    assert not found.cold
    assert {place.z for place in found.places} == {0.0}
    assert [caution.values for caution in found.warnings] == [{"n": 120}]


def test_hot_spots_with_lonely_places_count_them_in_words_for_people() -> None:
    points = [[40.0 + i / 1000, -3.7] for i in range(35)] + [[43.0, -8.0]]
    found = call("hotspots", y=list(range(36)), points=points, distance_band=200, coordinates="geographic")
    assert [(c.text, c.values) for c in found.warnings] == [("{n} unidades no tienen vecinos", {"n": 1})]


def test_lisa_asks_for_more_permutations_only_where_nothing_came_out() -> None:
    near = {str(i): [str(j) for j in range(52) if j != i and abs(i - j) <= 3] for i in range(52)}
    rng = np.random.default_rng(3)
    together = np.concatenate([rng.normal(0, 0.1, 40), rng.normal(5, 0.1, 12)])
    found = call("lisa", y=together.tolist(), neighbours=near)
    assert found.significant
    assert not found.warnings
    assert call("lisa", y=rng.normal(size=52).tolist(), neighbours=near).warnings
