"""What structure must satisfy: projections keep lengths, groups do not hang on order or names, noise is told."""

import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines import operations
from engines.errors import EngineError, InsufficientData, InvalidInput, LimitExceeded
from engines.running import compute, run
from tests.engines.cases import builtin

IRIS = builtin("sklearn.load_iris")
MEASURES = {name: column for name, column in IRIS.items() if name != "target"}


def unsupervised(tool: str, **arguments: Any) -> Any:
    return compute(f"unsupervised_{tool}", arguments)


def blobs(sizes: tuple[int, ...] = (40, 30, 20), spread: float = 0.3, seed: int = 4) -> dict[str, list[float]]:
    """Groups on the corners of a triangle, the largest first."""
    chance = random.Random(seed)
    corners = [(0.0, 0.0), (10.0, 0.0), (5.0, 8.0)]
    points = [
        (chance.gauss(x, spread), chance.gauss(y, spread))
        for (x, y), size in zip(corners, sizes, strict=False)
        for _ in range(size)
    ]
    return {"x": [x for x, _ in points], "y": [y for _, y in points]}


def test_all_components_keep_all_the_variance() -> None:
    found = unsupervised("pca", data=IRIS, scale=True)
    assert sum(found.explained_variance) == pytest.approx(4)
    assert found.cumulative[-1] == pytest.approx(1)
    for i in range(4):
        axis = [row[i] for row in found.loadings.values()]
        assert sum(v * v for v in axis) == pytest.approx(1)
        assert max(axis, key=abs) > 0
    assert found.loadings.keys() == MEASURES.keys()


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 100))
def test_standardised_components_know_no_units(unit: float) -> None:
    name = next(iter(MEASURES))
    other = {**MEASURES, name: [v * unit for v in MEASURES[name]]}
    one, two = (unsupervised("pca", data=d, scale=True).explained_variance_ratio for d in (MEASURES, other))
    assert one == pytest.approx(two)


def test_more_components_than_columns_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        unsupervised("pca", data=IRIS, k=5)
    assert refused.value.argument == "k"


GROUPINGS: list[tuple[str, dict[str, Any]]] = [
    ("kmeans", {"k": 3}),
    ("hierarchical", {"k": 3}),
    ("hierarchical", {"k": 3, "method": "single"}),
    ("hdbscan", {"min_cluster_size": 8}),
]


@pytest.mark.parametrize(("tool", "how"), GROUPINGS)
def test_groups_that_are_there_are_found(tool: str, how: dict[str, Any]) -> None:
    found = unsupervised(tool, data=blobs(), **how)
    assert found.sizes == [20, 30, 40]
    assert found.silhouette > 0.8
    assert found.centres[2]["x"] == pytest.approx(0, abs=0.3)
    assert [found.labels.count(g) for g in range(3)] == found.sizes


def test_the_order_of_rows_does_not_matter() -> None:
    data = blobs()
    back = {name: column[::-1] for name, column in data.items()}
    one, two = unsupervised("kmeans", data=data, k=3), unsupervised("kmeans", data=back, k=3)
    assert one.inertia == pytest.approx(two.inertia)
    assert one.labels == two.labels[::-1]


def test_more_groups_fit_better_and_one_has_no_silhouette() -> None:
    inertias = [unsupervised("kmeans", data=IRIS, k=k).inertia for k in (1, 2, 3, 4)]
    assert inertias == sorted(inertias, reverse=True)
    assert unsupervised("kmeans", data=IRIS, k=1).silhouette is None
    with pytest.raises(InsufficientData):
        unsupervised("kmeans", data={"x": [1.0, 1.0, 2.0]}, k=3)


def test_noise_is_kept_apart() -> None:
    data = blobs()
    data["x"].append(100.0)
    data["y"].append(100.0)
    found = unsupervised("hdbscan", data=data, min_cluster_size=8)
    assert found.labels[-1] == -1
    assert found.noise >= 1
    assert sum(found.sizes) + found.noise == 91
    nothing = unsupervised("hdbscan", data={"x": [float(2**i) for i in range(12)]}, min_cluster_size=12)
    assert nothing.sizes == []
    assert any("ruido" in caution.text for caution in nothing.warnings)


def test_the_number_of_groups_is_found_three_ways() -> None:
    chosen = unsupervised("choose_k", data=blobs(), k_max=6)
    assert (chosen.by_silhouette, chosen.by_gap) == (3, 3)
    mixture = unsupervised("gaussian_mixture", data=blobs())
    assert mixture.k == 3
    assert sum(mixture.weights) == pytest.approx(1)
    assert mixture.means[0]["x"] == pytest.approx(0, abs=0.3)
    assert mixture.labels.count(0) == 40


def test_where_nothing_is_grouped_the_gap_says_one() -> None:
    found = unsupervised("choose_k", data=blobs((120,)), k_max=5)
    assert found.by_gap == 1
    assert any("arbitrarios" in caution.text for caution in found.warnings)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.permutations([0, 1, 2, 3]))
def test_agreement_does_not_care_for_names(groups: list[int], names: list[int]) -> None:
    renamed = [str(names[g]) for g in groups]
    found = unsupervised("cluster_compare", labels_true=groups, labels_pred=renamed)
    assert found.ari == pytest.approx(1)
    assert found.nmi == pytest.approx(1)
    other = [g % 2 for g in groups]
    one = unsupervised("cluster_compare", labels_true=groups, labels_pred=other)
    two = unsupervised("cluster_compare", labels_true=other, labels_pred=groups)
    assert one.ari == pytest.approx(two.ari)
    assert one.homogeneity == pytest.approx(two.completeness)


@pytest.mark.parametrize("method", ["isolation_forest", "lof"])
def test_the_odd_one_out_is_the_strangest(method: str) -> None:
    data = blobs((60,))
    data["x"][17], data["y"][17] = 9.0, -9.0
    found = unsupervised("anomaly", data=data, method=method, share=0.05)
    assert found.anomalies[0] == 17
    assert len(found.anomalies) == 3
    assert found.score[17] == max(found.score)
    assert any("fraudulento" in caution.text for caution in found.warnings)


def test_a_segment_is_told_by_what_sets_it_apart() -> None:
    data = {
        "prima": [100.0, 110.0, 105.0, 900.0, 950.0, None],
        "ramo": ["autos", "autos", "hogar", "autos", "hogar", "hogar"],
        "edad": [40, 41, 40, 41, 40, 41],
    }
    found = unsupervised("segment_profile", labels=["a", "a", "a", "b", "b", "b"], data=data)
    assert [p.size for p in found.segments] == [3, 3]
    rich = next(p for p in found.segments if p.segment == "b")
    assert rich.traits[0].column == "prima"
    assert rich.traits[0].here == 925
    assert next(t for t in rich.traits if t.column == "ramo").level == "hogar"
    with pytest.raises(InvalidInput):
        unsupervised("segment_profile", labels=["a"] * 5, data=data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"x": [1.0, None, 3.0, 4.0]}, InvalidInput),
        ({"x": [1.0, 1.0, 1.0, 1.0]}, InvalidInput),
        ({"x": ["a", "b", "c", "d"]}, InvalidInput),
        ({f"c{i}": [1.0, 2.0, 3.0, 4.0] for i in range(201)}, LimitExceeded),
        ({"x": [1e90, 1e90, 1e90, 1e90 * (1 + 1e-15)]}, EngineError),
    ],
)
def test_tables_without_usable_numbers_are_refused(data: dict[str, list[Any]], kind: type[EngineError]) -> None:
    with pytest.raises(kind) as refused:
        unsupervised("pca", data=data)
    assert refused.value.argument.startswith("data")


def said(found: Any) -> str:
    return " | ".join(caution.text.format(**caution.values) for caution in found.warnings)


@pytest.mark.parametrize("seed", [4, 5])
def test_one_case_alone_among_thousands_is_a_group_with_a_silhouette(seed: int) -> None:
    chance = random.Random(1)
    data = {"prima": [chance.gauss(400, 50) for _ in range(8000)], "edad": [chance.gauss(45, 10) for _ in range(8000)]}
    data["prima"][5] = 90_000.0
    found = unsupervised("kmeans", data=data, k=2, scale=True, seed=seed)
    assert found.sizes == [1, 7999]
    assert found.silhouette == pytest.approx(0.987, abs=0.001)


def test_days_are_left_out_as_texts_are() -> None:
    days = pd.date_range("2025-01-01", periods=150)
    table = pd.DataFrame(MEASURES).assign(alta=days, baja=list(days.date))
    found = run(operations()["unsupervised_pca"], {"data": table})
    assert found.explained_variance == pytest.approx(unsupervised("pca", data=MEASURES).explained_variance)
    assert "alta, baja" in said(found)


def test_a_normal_that_is_one_repeated_value_is_told() -> None:
    chance = random.Random(2)
    data: dict[str, list[float]] = {"prima": [chance.lognormvariate(6, 0.5) for _ in range(400)]}
    assert "valor repetido" not in said(unsupervised("gaussian_mixture", data=data))
    data["siniestros"] = [float(chance.random() < 0.15) for _ in range(400)]
    for covariance in ("full", "diag"):
        found = unsupervised("gaussian_mixture", data=data, covariance=covariance)
        assert "valor repetido de siniestros" in said(found)


def test_equal_cases_are_not_told_apart_by_their_place() -> None:
    data = {"prima": [(120.0, 240.0, 360.0)[i % 3] for i in range(500)]}
    data["prima"][3] = 9000.0
    found = unsupervised("anomaly", data=data, method="lof", share=0.05)
    assert found.anomalies[0] == 3
    assert "Otros 475 casos" in said(found)
    assert "Hay casos repetidos" in said(found)
    assert "biblioteca" not in said(found)
    assert "Otros" not in said(unsupervised("anomaly", data=blobs(), share=0.05))
